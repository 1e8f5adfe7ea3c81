// Asks needs the certificate authorities and the time zones of its machine.
package main

import (
	"fmt"
	"net/http"
	"time"
)

func main() {
	_, err := http.Get("https://example.com")
	zone, _ := time.LoadLocation("Europe/Berlin")
	fmt.Println(zone, err)
}
