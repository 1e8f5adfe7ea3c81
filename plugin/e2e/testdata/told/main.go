// Told is a program that shows what its machine was told.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		name, _ := os.Hostname()
		fmt.Fprintf(w, "%s, args %q, FROM=%s\n", name, os.Args[1:], os.Getenv("FROM"))
	})
	log.Fatal(http.ListenAndServe(":80", nil))
}
