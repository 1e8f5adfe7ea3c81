package shell

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/interp"
)

// shells are the names by which a script asks for a shell.
var shells = []string{"sh", "bash", "ash", "dash"}

// scripts runs a script for a shell that is not there in this one.
func scripts(next interp.ExecHandlerFunc) interp.ExecHandlerFunc {
	return func(ctx context.Context, args []string) error {
		h := interp.HandlerCtx(ctx)
		path, err := interp.LookPathDir(h.Dir, h.Env, args[0])
		if err != nil || !isScript(path) {
			return next(ctx, args)
		}
		c := call{ctx, h.Stdin, h.Stdout, h.Stderr, h.Dir, h.Env, nil}
		return exit(c.shell().main(ctx, append([]string{"--", path}, args[1:]...)))
	}
}

// isScript tells whether a file begins with a line "#!/bin/sh" or the like,
// whose shell is not there, or is no program at all but text.
func isScript(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	start, _ := bufio.NewReader(file).Peek(256)
	line, _, _ := bytes.Cut(start, []byte("\n"))
	interpreter, found := strings.CutPrefix(string(line), "#!")
	if !found {
		return !bytes.ContainsRune(start, 0)
	}
	words := strings.Fields(interpreter)
	if len(words) > 1 && filepath.Base(words[0]) == "env" {
		words = words[1:]
	}
	if len(words) == 0 || !slices.Contains(shells, filepath.Base(words[0])) {
		return false
	}
	_, err = os.Stat(words[0])
	return err != nil
}

// programs runs what is a program on its own.
func programs(interp.ExecHandlerFunc) interp.ExecHandlerFunc {
	return interp.DefaultExecHandler(killTime)
}
