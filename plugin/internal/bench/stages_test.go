package main

import (
	"slices"
	"testing"
	"time"
)

func TestReached(t *testing.T) {
	tests := []struct {
		name, registers string
		want            []string
	}{
		{"firmware", "CPL=0 II=0\nIDT=     00000000 000003ff\nEFER=0000000000000000", nil},
		{"unpacking", "CPL=0 II=0\nIDT=     0000000001b3f000 00000200\nEFER=0000000000000500", []string{loader}},
		{"kernel", "CPL=0 II=0\nIDT=     fffffe0000000000 00000fff\nEFER=0000000000000d01", []string{loader, unpack}},
		{"init", "CPL=3 II=0\nIDT=     fffffe0000000000 00000fff\nEFER=0000000000000d01", []string{loader, unpack, kernel}},
	}
	for _, test := range tests {
		if got := reached(test.registers); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestLasted: a driver that is built in asks for its link before a process runs.
func TestLasted(t *testing.T) {
	m := marks{loader: 2, unpack: 5, module: 7, kernel: 9, link: 12, answer: 20}
	for name, want := range map[string]time.Duration{
		firmware: 0, loader: 2, unpack: 3, kernel: 4, module: 0, link: 3, answer: 8,
	} {
		if got := m.lasted(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}
