package pstore

import (
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	store := fstest.MapFS{
		"dmesg-efi-170000000001001": {Data: []byte("Panic#1 Part1\n<0>[    9.0] Kernel panic - not syncing\n<0>[    9.1] Rebooting\n")},
		"dmesg-efi-170000000002001": {Data: []byte("Panic#1 Part2\n<6>[    8.9] before it\n")},
		"dmesg-ramoops-0":           {Data: []byte("Oops#2 Part1\nthe second\x00\x00")},
		"dmesg-ramoops-1.enc.z":     {Data: []byte{0x78, 0x9c}},
		"dmesg-erst-7":              {Data: []byte("no header\nat all \xff")},
		"console-ramoops-0":         {Data: []byte("of a boot that may have gone well\n")},
	}
	records, err := Read(store)
	if err != nil {
		t.Error(err)
	}
	var got []string
	for _, r := range records {
		got = append(got, r.Name+" "+r.Reason+": "+strings.Join(r.Lines, "|"))
	}
	want := []string{
		"dmesg-erst-7 Crash: no header|at all ?",
		"dmesg-ramoops-1.enc.z Crash: (compressed by a method that this kernel does not have)",
		"dmesg-efi-170000000002001 Panic: <6>[    8.9] before it",
		"dmesg-efi-170000000001001 Panic: <0>[    9.0] Kernel panic - not syncing|<0>[    9.1] Rebooting",
		"dmesg-ramoops-0 Oops: the second",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReadDamaged: a file that cannot be read is an error, and the other records are
// returned.
func TestReadDamaged(t *testing.T) {
	store := fstest.MapFS{"dmesg-a": {Mode: 1 << 31}, "dmesg-b": {Data: []byte("Oops#1 Part1\nx")}}
	records, err := Read(store)
	if len(records) != 1 || err == nil || !strings.Contains(err.Error(), "reading dmesg-a") {
		t.Errorf("%v, %v", records, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("Panic#1 Part1\n<0>[    9.0] Kernel panic\n"))
	f.Add([]byte("#1 Part"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, l := range parse("dmesg-x-0", content).Lines {
			if strings.Contains(l, "\n") || !utf8.ValidString(l) {
				t.Errorf("the line %q", l)
			}
		}
	})
}
