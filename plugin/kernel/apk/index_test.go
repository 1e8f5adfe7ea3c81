package apk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
)

const record = "C:Q1XwwFCIimt/556iPhRaigwuFzRio=\nP:linux-virt\nV:5.15.78-r0\nA:x86_64\nS:27630954\nI:34557952\n" +
	"T:Linux lts kernel\nU:https://www.kernel.org\nL:GPL-2.0\no:linux-lts\nm:Natanael Copa <ncopa@alpinelinux.org>\n" +
	"t:1668161985\nc:b4fa3f4ddf894475d005eaea92e9380327d19b69\nD:mkinitfs>=3.6.0\n"

func TestReadIndex(t *testing.T) {
	built := time.Date(2022, 11, 21, 22, 4, 1, 0, time.UTC)
	x, err := apk.ReadIndex(apktest.Index(built, "v3.16.3-13\n", record+"\nP:other\nV:1\n", ownKey()), trust(t, ownKey()))
	if err != nil {
		t.Fatal(err)
	}
	want := &apk.Index{
		Description: "v3.16.3-13", Built: built, Signer: ownKey().Name,
		Records: []apk.Record{{
			Info: apk.Info{
				Name: "linux-virt", Version: "5.15.78-r0", Arch: "x86_64", Description: "Linux lts kernel",
				URL: "https://www.kernel.org", License: "GPL-2.0", Origin: "linux-lts",
				Commit: "b4fa3f4ddf894475d005eaea92e9380327d19b69", Built: time.Unix(1668161985, 0).UTC(),
			},
			Size: 27630954,
			Checksum: apk.Checksum{0x5f, 0x0c, 0x05, 0x08, 0x88, 0xa6, 0xb7, 0xfe, 0x79, 0xea, 0x23, 0xe1,
				0x45, 0xa8, 0xa0, 0xc2, 0xe1, 0x73, 0x46, 0x2a},
		}, {Info: apk.Info{Name: "other", Version: "1"}}},
	}
	if diff := cmp.Diff(want, x); diff != "" {
		t.Error(diff)
	}
	if got := x.Records[0].Checksum.String(); got != "Q1XwwFCIimt/556iPhRaigwuFzRio=" {
		t.Errorf("the checksum is %s", got)
	}
}

// An index that does not say when it was made is as old as its newest package.
func TestIndexTime(t *testing.T) {
	x, err := apk.ReadIndex(apktest.Index(time.Unix(0, 0), "", record+"\nP:older\nt:1\n\n", ownKey()), trust(t, ownKey()))
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Unix(1668161985, 0).UTC(); !x.Built.Equal(want) {
		t.Errorf("built %v, want %v", x.Built, want)
	}
}

func TestIndexErrors(t *testing.T) {
	index := func(text string) []byte { return apktest.Index(apktest.Time(), "v3.24", text, ownKey()) }
	good := index(record)
	tests := []struct {
		name string
		file []byte
		want string
	}{
		{"damaged", damaged(good), "reading the"},
		{"signatures of another", append(members(t, index("P:x\n"), 2)[0], members(t, good, 2)[1]...), "its signature is wrong"},
		{"truncated", good[:len(good)-9], "reading the part that is signed: unexpected EOF"},
		{"only signatures", members(t, good, 2)[0], "reading the part that is signed: EOF"},
		{"unsigned", members(t, good, 2)[1], "it is not signed"},
		{"something behind", append(good[:len(good):len(good)], good...), "behind what is signed are another"},
		{"a stranger's", apktest.Index(apktest.Time(), "", record, otherKey()), "stranger@example.com-2.rsa.pub, which is not among the trusted"},
		{"empty", index(""), "no APKINDEX in what is signed, or it is empty"},
		{"a package", linuxVirt("1").Build(ownKey()), "behind what is signed are another"},
		{"no colon", index(record + "nonsense\n"), `line 15 is "nonsense"`},
		{"a field twice", index(record + "V:2\n"), `line 15: "V:" is there twice`},
		{"another checksum", index("C:Q2AAAA\n"), `line 1: "Q2AAAA" is not a checksum of the kind Q1`},
		{"half a checksum", index("C:Q1AAAA\n"), "not a checksum of the kind Q1"},
		{"a size in words", index("S:big\n"), "line 1"},
		{"a time in words", index("t:today\n"), `"today" is not a time`},
		{"v3", []byte("ADBd\x00\x00"), "apk v3 format"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := apk.ReadIndex(tt.file, trust(t, ownKey()))
			wantError(t, err, tt.want)
		})
	}
}

func TestLookup(t *testing.T) {
	records, err := apk.ParseIndex(strings.ReplaceAll("P:a|V:1.9-r0||P:linux-virt|V:6.18.9-r0||P:linux-virt|V:6.18.54-r0||P:linux-virt|V:6.18.48-r1|", "|", "\n"))
	if err != nil {
		t.Fatal(err)
	}
	x := &apk.Index{Records: records}
	if r, ok := x.Lookup("linux-virt"); !ok || r.Version != "6.18.54-r0" {
		t.Errorf("the newest is %v, %v", r, ok)
	}
	if r, ok := x.Version("linux-virt", "6.18.48-r1"); !ok || r.Version != "6.18.48-r1" {
		t.Errorf("the fixed one is %v, %v", r, ok)
	}
	if r, ok := x.Lookup("linux-lts"); ok {
		t.Errorf("there is %v", r)
	}
	if r, ok := x.Version("linux-virt", "6.18.48-r0"); ok {
		t.Errorf("there is %v", r)
	}
}
