// Greets serves a greeting on a port, or does what a program should not do.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// what is a greeting, and what becomes of the program: runs, exits or hangs. Tests change
// it in the file, by others of the same length.
var what = "greets: old   runs "

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	words := strings.Fields(what)
	greeting := words[1]
	fmt.Println("here is", greeting)
	switch words[2] {
	case "exits":
		os.Exit(3)
	case "hangs":
		<-ctx.Done()
		return
	}
	server := http.Server{Addr: os.Args[1], Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, greeting)
	})}
	go func() {
		fmt.Println(server.ListenAndServe())
	}()
	<-ctx.Done()
	within, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = server.Shutdown(within)
	fmt.Println("bye from", greeting)
}
