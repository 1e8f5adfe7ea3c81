package ndp

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sample has a prefix, two name servers for 600 s, two domains for 300 s and the
// router's hardware address.
const sample = `86 00 00 00 40 c0 07 08 00 00 00 00 00 00 00 00
	03 04 40 c0 00 01 51 80 00 00 38 40 00 00 00 00 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 00
	19 05 00 00 00 00 02 58 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 53 fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01
	1f 04 00 00 00 00 01 2c 01 61 07 65 78 61 6d 70 6c 65 00 07 65 78 61 6d 70 6c 65 03 6f 72 67 00
	01 01 02 00 00 00 00 01`

func bytesOf(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParse(t *testing.T) {
	got, err := Parse(bytesOf(t, sample))
	if err != nil {
		t.Fatal(err)
	}
	want := Advertisement{
		Managed: true, Other: true,
		DNS:    []Server{{netip.MustParseAddr("2001:db8::53"), 600 * time.Second}, {netip.MustParseAddr("fe80::1"), 600 * time.Second}},
		Search: []Domain{{"a.example", 300 * time.Second}, {"example.org", 300 * time.Second}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	header := "86 00 00 00 40 00 07 08 00 00 00 00 00 00 00 00"
	for name, text := range map[string]string{
		"nothing": "", "a solicitation": "85 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "a short header": header[:39],
		"an option without length": header + "19 00 00 00 00 00 00 00", "half an option": header + "19 03 00 00 00 00 00 00",
	} {
		if a, err := Parse(bytesOf(t, text)); err == nil {
			t.Errorf("%s is read as %+v", name, a)
		}
	}
	for name, text := range map[string]string{
		"no value": header + "19 01 00 00 00 00 00 05", "a name without an end": header + "1f 02 00 00 00 00 00 05 07 61 62 63 64 65 66 67",
	} {
		if a, err := Parse(bytesOf(t, text)); err != nil || len(a.DNS)+len(a.Search) > 0 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(bytesOf(f, sample))
	f.Fuzz(func(t *testing.T, message []byte) {
		a, err := Parse(message)
		if err != nil {
			return
		}
		var table Table
		table.Learn(a, "eth0", 0)
		dns, search := table.At(0)
		if len(dns) > most || len(search) > most {
			t.Errorf("%d name servers, %d domains", len(dns), len(search))
		}
	})
}

func TestTable(t *testing.T) {
	a := func(seconds time.Duration) Advertisement {
		return Advertisement{DNS: []Server{{netip.MustParseAddr("fe80::1"), seconds * time.Second}}}
	}
	var table Table
	holds := func(now time.Duration, want string) {
		t.Helper()
		var got []string
		dns, search := table.At(now * time.Second)
		for _, d := range dns {
			got = append(got, d.String())
		}
		if text := strings.Join(append(got, search...), " "); text != want {
			t.Errorf("at %d: %q, want %q", now, text, want)
		}
	}
	next := func(now time.Duration, want time.Duration) {
		t.Helper()
		if at, ok := table.Next(now * time.Second); at != want*time.Second || ok != (want != 0) {
			t.Errorf("the next after %d is %s, %v, want %d", now, at, ok, want)
		}
	}
	table.Learn(a(100), "eth0", 0)
	table.Learn(Advertisement{Search: []Domain{{"a.example", forever}}}, "eth0", 0)
	holds(99, "fe80::1%eth0 a.example")
	next(0, 100)
	table.Learn(a(100), "eth0", 50*time.Second) // again
	holds(149, "fe80::1%eth0 a.example")
	next(50, 150)
	holds(150, "a.example")
	next(150, 0)
	table.Learn(a(100), "eth0", 200*time.Second)
	table.Learn(a(0), "eth0", 210*time.Second) // withdrawn
	holds(210, "a.example")
}
