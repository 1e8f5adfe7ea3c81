// Plain is a program that knows nothing of machines: the stock init runs it.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.Println("plain: started with", strings.Join(os.Args[1:], " "))
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "pid %d, args %q, GREETING=%s\n", os.Getpid(), os.Args[1:], os.Getenv("GREETING"))
	})
	http.HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { os.Exit(3) })
	http.HandleFunc("/cmdline", func(w http.ResponseWriter, _ *http.Request) {
		line, _ := os.ReadFile("/proc/cmdline")
		_, _ = w.Write(line)
	})
	log.Fatal(http.ListenAndServe(":80", nil))
}
