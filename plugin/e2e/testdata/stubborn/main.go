// Stubborn is a program that ends by a signal if it is told to, and else by nothing but
// SIGKILL.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "die" {
		fmt.Println("dying")
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	signal.Ignore(syscall.SIGTERM)
	fmt.Println("staying")
	time.Sleep(time.Hour)
}
