package files

import "strings"

// artifact is the files' paths.
type artifact []string

func (artifact) BuilderId() string { return BuilderID }
func (artifact) Id() string        { return "" }
func (a artifact) Files() []string { return a }
func (a artifact) String() string  { return "files: " + strings.Join(a, ", ") }
func (artifact) State(string) any  { return nil }

// Destroy leaves the files alone: they are the user's.
func (artifact) Destroy() error { return nil }
