package checked

import (
	"fmt"
	"net"
	"os"
	"testing"
)

func TestDouble(t *testing.T) {
	if Double(2) != 4 {
		t.Error("4 is expected")
	}
	if content, err := os.ReadFile("testdata/file"); err != nil || string(content) != "data\n" {
		t.Errorf("testdata/file: %q, %v", content, err)
	}
	if err := os.WriteFile(t.TempDir()+"/file", nil, 0o600); err != nil {
		t.Error(err)
	}
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	init, _ := os.ReadFile("/proc/1/cmdline")
	fmt.Printf("process 1 is %q, GREETING is %s\n", init, os.Getenv("GREETING"))
}

// TestFails ends the process by itself, if told to.
func TestFails(*testing.T) {
	if os.Getenv("FAIL") != "" {
		fmt.Fprintln(os.Stderr, "as told")
		os.Exit(7)
	}
}
