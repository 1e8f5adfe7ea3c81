package flags

import (
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
)

// files are the blocks file.
type files struct{ to *[]bake.File }

func (f *files) Set(text string) error {
	// The last colon with an absolute path behind it: C:\conf:/etc/conf.
	i := strings.LastIndex(text, ":/")
	if i <= 0 || !path.IsAbs(text[i+1:]) {
		return errors.Errorf("%q is not SRC:DST, where DST is an absolute path", text)
	}
	*f.to = append(*f.to, bake.File{Source: filepath.Clean(text[:i]), Destination: text[i+1:]})
	return nil
}

func (f *files) String() string { return "" }
func (f *files) Type() string   { return "SRC:DST" }

// ports are the blocks forwarded_port.
type ports struct{ to *[]bake.ForwardedPort }

func (p *ports) Set(text string) error {
	host, guest, ok := strings.Cut(text, ":")
	if !ok {
		return errors.Errorf("%q is not HOST:GUEST, such as 8080:80", text)
	}
	port := bake.ForwardedPort{}
	var err error
	if port.Host, err = strconv.Atoi(host); err == nil {
		port.Guest, err = strconv.Atoi(guest)
	}
	if err != nil {
		return errors.Errorf("%q is not HOST:GUEST, such as 8080:80", text)
	}
	*p.to = append(*p.to, port)
	return nil
}

func (p *ports) String() string { return "" }
func (p *ports) Type() string   { return "HOST:GUEST" }
