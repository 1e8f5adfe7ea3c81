// Zoned brings its time zones with it.
package main

import (
	"fmt"
	"time"
	_ "time/tzdata"
)

func main() { fmt.Println(time.LoadLocation("Europe/Berlin")) }
