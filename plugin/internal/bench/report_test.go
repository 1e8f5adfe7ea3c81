package main

import "testing"

func TestBetween(t *testing.T) {
	page := "# Page\n<!-- boot x -->\nold\n<!-- end of boot x -->\nrest\n"
	got, err := between(page, "boot x", "| new |\n")
	if want := "# Page\n<!-- boot x -->\n\n| new |\n\n<!-- end of boot x -->\nrest\n"; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if again, err := between(got, "boot x", "| new |\n"); err != nil || again != got {
		t.Errorf("a second time: %q, %v", again, err)
	}
	if _, err := between(page, "boot y", ""); err == nil {
		t.Error("a page without the marks was taken")
	}
}
