// Services is all programs of a machine with several: what each does is its first
// argument.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// migrated is there once the migration has run.
const migrated = "/tmp/migrated"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	switch os.Args[1] {
	case "migrate":
		time.Sleep(time.Second)
		if err := os.WriteFile(migrated, nil, 0o644); err != nil {
			fail(err)
		}
		fmt.Println("migrated")
	case "fail":
		os.Exit(3)
	case "tick":
		fmt.Printf("tick of %s in %s\n", os.Getenv("USER"), os.Getenv("HOME"))
		if err := os.WriteFile(os.Getenv("HOME")+"/tick", nil, 0o644); err != nil {
			fail(err)
		}
	case "listen":
		go accept(":81")
		wait(ctx)
	case "wait":
		wait(ctx)
	case "serve":
		_, err := os.Stat(migrated)
		fmt.Println("serving, migrated:", err == nil)
		go serve()
		wait(ctx)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func wait(ctx context.Context) {
	<-ctx.Done()
	fmt.Println("bye from", os.Args[1])
}

func accept(address string) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		fail(err)
	}
	for {
		if c, err := l.Accept(); err == nil {
			_ = c.Close()
		}
	}
}

func serve() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") })
	http.HandleFunc("/read", func(w http.ResponseWriter, r *http.Request) {
		content, err := os.ReadFile(r.URL.Query().Get("path"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		fmt.Fprint(w, string(content))
	})
	fail(http.ListenAndServe(":80", nil))
}
