// Supervised is a program that does what its supervisor is there for, when it
// is asked to.
package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "fail" {
		os.Exit(3)
	}
	for path, do := range map[string]func(*http.Request) string{
		"/pid":   func(*http.Request) string { return strconv.Itoa(os.Getpid()) },
		"/kill":  func(*http.Request) string { return fmt.Sprint(syscall.Kill(os.Getpid(), syscall.SIGKILL)) },
		"/stop":  func(*http.Request) string { return fmt.Sprint(syscall.Kill(os.Getpid(), syscall.SIGSTOP)) },
		"/eat":   eat,
		"/write": write,
		"/read":  read,
	} {
		http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, do(r)) })
	}
	fmt.Println(http.ListenAndServe(":80", nil))
	os.Exit(1)
}

// eat uses up the memory.
func eat(*http.Request) string {
	var all [][]byte
	for {
		piece := make([]byte, 1<<20)
		for i := range piece {
			piece[i] = byte(i)
		}
		all = append(all, piece)
		if len(all) > 1<<20 {
			return "too much"
		}
	}
}

// write makes a file, and says "written" or what is in the way.
func write(r *http.Request) string {
	if err := os.WriteFile(r.URL.Query().Get("path"), []byte("x"), 0o644); err != nil {
		return err.Error()
	}
	return "written"
}

// read shows files.
func read(r *http.Request) string {
	var text strings.Builder
	for _, path := range r.URL.Query()["path"] {
		content, err := os.ReadFile(path)
		if err != nil {
			return err.Error()
		}
		text.Write(content)
	}
	return text.String()
}
