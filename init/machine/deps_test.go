package machine

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/tooltest"
)

// TestImports: a program that imports only this package does not include HTTP, TLS,
// SSH, the shell or a log handler. These are in packages of their own.
func TestImports(t *testing.T) {
	list := exec.Command(tooltest.Need(t, "go"), "list", "-deps", "github.com/scratchmachine/packer-plugin-scratchmachine/init/machine")
	list.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	imports := strings.Fields(string(out))
	if !slices.Contains(imports, "net/netip") {
		t.Fatalf("that is not what it imports: %s", imports)
	}
	for _, costly := range []string{
		"crypto/tls", "encoding/xml", "html/template", "log/slog", "net/http", "text/template",
		"github.com/pkg/sftp", "github.com/u-root/u-root", "golang.org/x/crypto/ssh", "mvdan.cc/sh",
	} {
		for _, imported := range imports {
			if imported == costly || strings.HasPrefix(imported, costly+"/") {
				t.Errorf("it imports %s", imported)
			}
		}
	}
}
