//go:build linux

package modules

import (
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
	"golang.org/x/sys/unix"
)

func TestLoad(t *testing.T) {
	f := kernelfake.New(t)
	f.Failures["load b.ko"] = unix.EEXIST
	f.Failures["load c.ko"] = unix.ENOEXEC
	Load(f.Kernel, f, []string{"/m/a.ko", "/m/b.ko", "/m/c.ko", "/m/d.ko"})
	if want := "load a.ko, load b.ko, load c.ko, load d.ko"; f.Called() != want {
		t.Errorf("%s, want %s", f.Called(), want)
	}
	f.WantShown(t, "machine: modules: loading /m/c.ko (was it made for another kernel, or is it compressed?): exec format error")
	if strings.Contains(f.Shown(), "b.ko") {
		t.Error("a module that is there already is reported")
	}
}
