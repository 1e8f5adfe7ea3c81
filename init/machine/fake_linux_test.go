package machine

import (
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

// fake is a machine on a kernel that the test plays.
type fake struct {
	*pid1
	*kernelfake.Kernel
}

func newFake(t *testing.T) *fake {
	t.Helper()
	k := kernelfake.New(t)
	f := &fake{newPID1(k.Kernel, setup{}), k}
	f.AddConsole(&k.Screen)
	return f
}

// Printf and Report are those of the machine, not of the fake kernel.
func (f *fake) Printf(format string, args ...any) { f.pid1.Printf(format, args...) }
func (f *fake) Report(what string, err error)     { f.pid1.Report(what, err) }

// shown returns what the console has shown by now.
func (f *fake) shown() string {
	f.Flush(5 * time.Second)
	return f.Shown()
}

func (f *fake) wantShown(t *testing.T, want ...string) {
	t.Helper()
	f.shown()
	f.WantShown(t, want...)
}
