// Services is a service for notes, and what belongs to it. Its first argument says what it
// does: migrate, serve, backup or metrics. See services.pkr.hcl.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"os"
)

const (
	notes  = "/data/notes"
	copied = "/data/notes.backup"
)

func main() {
	log.SetFlags(0) // the machine's log has the time
	if len(os.Args) != 2 {
		log.Fatal("one argument: migrate, serve, backup or metrics")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(what string) error {
	switch what {
	case "migrate":
		return migrate()
	case "serve":
		http.HandleFunc("/", serve)
		return http.ListenAndServe(":80", nil)
	case "backup":
		return backup()
	case "metrics":
		http.HandleFunc("/metrics", metrics)
		return http.ListenAndServe(":9100", nil)
	}
	return fmt.Errorf("%s: unknown", what)
}

// migrate makes what the server needs: here a file, elsewhere the tables of a database.
func migrate() error {
	if _, err := os.Stat(notes); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	log.Print("making ", notes)
	return os.WriteFile(notes, []byte("The first note.\n"), 0o600)
}

func serve(w http.ResponseWriter, _ *http.Request) {
	text, err := os.ReadFile(notes)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(text)
}

func backup() error {
	text, err := os.ReadFile(notes)
	if err != nil {
		return err
	}
	log.Printf("%d bytes to %s", len(text), copied)
	return os.WriteFile(copied, text, 0o600)
}

// metrics tells whether the server answers.
func metrics(w http.ResponseWriter, _ *http.Request) {
	up := 0
	if response, err := http.Get("http://127.0.0.1/"); err == nil {
		_ = response.Body.Close()
		up = 1
	}
	fmt.Fprintf(w, "# TYPE notes_up gauge\nnotes_up %d\n", up)
}
