// Supervised is a program that does what its supervisor is there for, when it
// is asked to.
package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	for path, do := range map[string]func(*http.Request) string{
		"/pid":   func(*http.Request) string { return strconv.Itoa(os.Getpid()) },
		"/stop":  soon(func() { _ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) }),
		"/fail":  soon(func() { os.Exit(3) }),
		"/eat":   soon(eat),
		"/write": write,
		"/fill":  fill,
		"/empty": empty,
		"/kills": kills,
		"/read":  read,
	} {
		http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, do(r)) })
	}
	dieAgain()
	fmt.Println(http.ListenAndServe(":80", nil))
	os.Exit(1)
}

// lives is how often the program is yet to be killed, as soon as it starts.
const lives = "/tmp/lives"

// kills has the program killed so many times in a row, from now on.
func kills(r *http.Request) string {
	if err := os.WriteFile(lives, []byte(r.URL.Query().Get("n")), 0o644); err != nil {
		return err.Error()
	}
	return soon(dieAgain)(r)
}

// dieAgain kills the program if it is to be.
func dieAgain() {
	content, _ := os.ReadFile(lives)
	if n, _ := strconv.Atoi(string(content)); n > 0 {
		_ = os.WriteFile(lives, []byte(strconv.Itoa(n-1)), 0o644)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}

// soon does what ends the program once that is answered.
func soon(do func()) func(*http.Request) string {
	return func(*http.Request) string {
		time.AfterFunc(time.Second/2, do)
		return "soon"
	}
}

// eat uses up the memory.
func eat() {
	for memory := []byte{1}; ; {
		memory = append(memory, memory...)
	}
}

// write makes a file, and says "written" or what is in the way.
func write(r *http.Request) string {
	if err := os.WriteFile(r.URL.Query().Get("path"), []byte("x"), 0o644); err != nil {
		return err.Error()
	}
	return "written"
}

// fills are what fill said, by the folder.
var fills sync.Map

// fill writes to a folder until it is full, and says how many bytes went in, and
// what came then. A folder is filled once, however often that is asked for.
func fill(r *http.Request) string {
	folder := r.URL.Query().Get("path")
	once, _ := fills.LoadOrStore(folder, sync.OnceValue(func() string { return writeAll(filepath.Join(folder, "filler")) }))
	return once.(func() string)()
}

func writeAll(path string) string {
	file, err := os.Create(path)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	for written, block := 0, make([]byte, 1<<16); ; {
		n, err := file.Write(block)
		if written += n; err != nil {
			return fmt.Sprintf("%d bytes, then %v", written, err)
		}
	}
}

// empty takes away what fill wrote.
func empty(r *http.Request) string {
	if err := os.RemoveAll(filepath.Join(r.URL.Query().Get("path"), "filler")); err != nil {
		return err.Error()
	}
	return "empty"
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
