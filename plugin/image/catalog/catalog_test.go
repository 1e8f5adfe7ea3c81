package catalog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func hello(version, architecture string) Box {
	return Box{
		Name: "acme/hello", Description: "Says hello.", Version: version, Provider: "virtualbox",
		Architecture: architecture, URL: "https://example.com/hello-" + version + "-" + architecture + ".box",
		SHA256: strings.Repeat("0a", 32),
	}
}

// TestUpdate: an older version stays, the same one is replaced, and what another
// architecture has is kept.
func TestUpdate(t *testing.T) {
	var catalog []byte
	for _, b := range []Box{hello("1.0.0", "amd64"), hello("1.1.0", "amd64"), hello("1.1.0", "arm64"), hello("1.1.0", "amd64")} {
		var err error
		if catalog, err = Update(catalog, b); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(filepath.Join("testdata", "hello.json"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(catalog)); diff != "" {
		t.Error(diff)
	}
}

func TestUpdateRefuses(t *testing.T) {
	bad := func(change func(*Box)) Box {
		b := hello("1.0.0", "amd64")
		change(&b)
		return b
	}
	tests := []struct {
		want, old string
		box       Box
	}{
		{"reading the one there is", "<html>", hello("1.0.0", "amd64")},
		{`the one there is lists the box "acme/other", not "acme/hello"`, `{"name":"acme/other"}`, hello("1.0.0", "amd64")},
		{"the name must be like acme/hello", "", bad(func(b *Box) { b.Name = "hello" })},
		{"the version must be like 1.2.0", "", bad(func(b *Box) { b.Version = "v1" })},
		{"the URL of the box must be one", "", bad(func(b *Box) { b.URL = "boxes/hello.box" })},
	}
	for _, test := range tests {
		if _, err := Update([]byte(test.old), test.box); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func FuzzUpdate(f *testing.F) {
	f.Add([]byte(`{"name":"acme/hello","versions":[{"version":"1.0.0","providers":[{"name":"virtualbox"}]}]}`))
	f.Fuzz(func(t *testing.T, old []byte) {
		once, err := Update(old, hello("1.0.0", "amd64"))
		if err != nil {
			return
		}
		again, err := Update(once, hello("1.0.0", "amd64"))
		if err != nil || string(again) != string(once) {
			t.Errorf("%v: %s became %s", err, once, again)
		}
	})
}
