// Told is a program that shows what its machine was told, and counts its starts
// on the data disk. It uses up the memory when it is asked to.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

func main() {
	starts := 0
	if dir := os.Getenv("DATA_DIR"); dir != "" {
		starts = count(filepath.Join(dir, "starts"))
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		name, _ := os.Hostname()
		fmt.Fprintf(w, "%s, args %q, FROM=%s, DATA_DIR=%s, starts %d\n",
			name, os.Args[1:], os.Getenv("FROM"), os.Getenv("DATA_DIR"), starts)
	})
	http.HandleFunc("/eat", func(http.ResponseWriter, *http.Request) { time.AfterFunc(time.Second/2, eat) })
	log.Fatal(http.ListenAndServe(":80", nil))
}

// count adds a byte to a file and returns how many there are.
func count(path string) int {
	content, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		log.Fatal(err)
	}
	if err := os.WriteFile(path, append(content, '+'), 0o644); err != nil {
		log.Fatal(err)
	}
	return len(content) + 1
}

// eat uses up the memory.
func eat() {
	for memory := []byte{1}; ; {
		memory = append(memory, memory...)
	}
}
