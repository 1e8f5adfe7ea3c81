// Package abitest compares the guest's structures and constants for the kernel with the
// kernel's own headers: sizes, offsets and numbers, as a C compiler sees them.
package abitest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/tooltest"
)

// Value is a number that must be the same in C and in Go.
type Value struct {
	C  string // a C expression
	Go uintptr
}

// Check compiles and runs a C program that prints the values, and compares them.
// headers are names such as "linux/random.h linux/rtc.h".
func Check(t *testing.T, headers string, values []Value) {
	t.Helper()
	gcc := tooltest.Need(t, "gcc")
	var source strings.Builder
	source.WriteString("#include <stddef.h>\n#include <stdio.h>\n")
	for _, h := range strings.Fields(headers) {
		fmt.Fprintf(&source, "#include <%s>\n", h)
	}
	source.WriteString("int main(void) {\n")
	for _, v := range values {
		fmt.Fprintf(&source, "printf(\"%%llu\\n\", (unsigned long long)(%s));\n", v.C)
	}
	source.WriteString("}\n")
	dir := t.TempDir()
	file, program := filepath.Join(dir, "abi.c"), filepath.Join(dir, "abi")
	if err := os.WriteFile(file, []byte(source.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gcc, "-o", program, file).CombinedOutput(); err != nil {
		t.Fatalf("compiling: %v\n%s\n%s", err, out, source.String())
	}
	out, err := exec.Command(program).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(out))
	if len(lines) != len(values) {
		t.Fatalf("%d values of %d", len(lines), len(values))
	}
	for i, v := range values {
		if got, err := strconv.ParseUint(lines[i], 10, 64); err != nil || uintptr(got) != v.Go {
			t.Errorf("%s is %s in C, %d here", v.C, lines[i], v.Go)
		}
	}
}
