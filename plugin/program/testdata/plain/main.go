// Plain is a program that does not use the machine library.
package main

import "os"

func main() { os.Stdout.WriteString("plain\n") }
