// Counter counts how often its metrics were asked for, and serves them as Prometheus
// reads them.
package main

import (
	"fmt"
	"log"
	"net/http"
	"sync/atomic"
)

func main() {
	var scrapes atomic.Int64
	http.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "# TYPE counter_scrapes_total counter\ncounter_scrapes_total %d\n", scrapes.Add(1))
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:9100", nil))
}
