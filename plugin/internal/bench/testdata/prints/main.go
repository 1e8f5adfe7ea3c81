// Prints is a program that prints a line and ends.
package main

import "fmt"

func main() { fmt.Println("a line") }
