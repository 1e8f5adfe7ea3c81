package apk_test

import (
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
)

// Each list is in ascending order.
func TestCompareVersions(t *testing.T) {
	for _, list := range [][]string{
		{"6.18.9-r0", "6.18.48-r0", "6.18.54-r0", "6.18.54-r1", "6.18.54-r10", "6.19-r0", "10.0-r0"},
		{"1.0_alpha", "1.0_alpha2", "1.0_beta", "1.0_pre1", "1.0_rc1-r5", "1.0", "1.0-r1", "1.0_cvs", "1.0_svn1", "1.0_git20260101", "1.0_hg", "1.0_p1", "1.0_p9", "1.0_p10-r0"},
		{"1.0", "1.0a", "1.0b-r1", "1.0.1", "1.1"},
		{"1.05", "1.06-r6", "1.1", "1.12", "006"},
		{"8.2.0015", "8.2.002"},
		{"0.1.0_alpha_pre2", "0.1.0_alpha"},
		{"1.0_pre20191002222144-r0", "1.0_pre20210530193627-r0"},
		{"2.12~abc", "2.12~abd", "2.12~abd-r1"},
		{"20260101", "20261111", "99999999999999999999999999", "100000000000000000000000000"},
		{"1.0bc", "1.0c"}, // what is wrong with the first is behind the difference
	} {
		for i, a := range list {
			for j, b := range list {
				want := 0
				if i < j {
					want = -1
				} else if i > j {
					want = 1
				}
				if got := apk.CompareVersions(a, b); got != want {
					t.Errorf("%s against %s: %d, want %d", a, b, got, want)
				}
			}
		}
	}
	for _, same := range [][2]string{{"1.0-r0", "1.0-r0"}, {"01.2", "1.2"}, {"1_p01", "1_p1"}, {"", "x"}, {"0.99f7-r0", "0.99f7-r1"}} {
		if got := apk.CompareVersions(same[0], same[1]); got != 0 {
			t.Errorf("%s against %s: %d, want 0", same[0], same[1], got)
		}
	}
}

func TestValidVersion(t *testing.T) {
	for _, s := range []string{"1", "6.18.54-r0", "0.1.0_alpha_pre2", "0.99f7-r0", "2.12~0a1b2c-r0", "20261111"} {
		if !apk.ValidVersion(s) {
			t.Errorf("%q is not valid", s)
		}
	}
	for _, s := range []string{"", "a", "v1", "1.0-r0/../x", "1%2f", "1 ", "1\n", ".1", "-r1"} {
		if apk.ValidVersion(s) {
			t.Errorf("%q is valid", s)
		}
	}
}
