// Sqlite counts its visits in a SQLite database, whose path is its argument.
package main

import (
	"database/sql"
	"fmt"
	"log"
	"net/http"
	"os"

	_ "modernc.org/sqlite"
)

func main() {
	db, err := sql.Open("sqlite", os.Args[1]+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(1) // SQLite has one writer at a time
	if _, err := db.Exec("CREATE TABLE IF NOT EXISTS visits (at INTEGER NOT NULL)"); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		visits, err := visit(db)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, "visits: %d\n", visits)
	})
	log.Fatal(http.ListenAndServe(":80", nil))
}

// visit writes a visit, and counts all of them.
func visit(db *sql.DB) (visits int, err error) {
	if _, err := db.Exec("INSERT INTO visits VALUES (unixepoch())"); err != nil {
		return 0, err
	}
	err = db.QueryRow("SELECT count(*) FROM visits").Scan(&visits)
	return visits, err
}
