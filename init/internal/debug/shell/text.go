package shell

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// flags reads a command's options; what follows them is in Args.
func (c call) flags(name string, define func(*flag.FlagSet)) (*flag.FlagSet, error) {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(c.stderr)
	define(f)
	return f, f.Parse(c.args)
}

// open gives each named file, or standard input if none is.
func (c call) open(names []string, read func(name string, r io.Reader) error) error {
	if len(names) == 0 {
		if c.stdin == nil {
			return nil
		}
		return read("-", c.stdin)
	}
	for _, name := range names {
		file, err := os.Open(c.path(name))
		if err != nil {
			return err
		}
		err = read(name, file)
		_ = file.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// lines is the option -n of head and tail, also as -5.
func (c call) lines(name string) (int, []string, error) {
	if len(c.args) > 0 && len(c.args[0]) > 1 {
		if n, err := strconv.Atoi(c.args[0][1:]); err == nil && c.args[0][0] == '-' {
			return n, c.args[1:], nil
		}
	}
	n := 10
	f, err := c.flags(name, func(f *flag.FlagSet) { f.IntVar(&n, "n", n, "how many lines") })
	return n, f.Args(), err
}

func head(c call) error {
	n, names, err := c.lines("head")
	if err != nil {
		return err
	}
	return c.open(names, func(_ string, r io.Reader) error {
		in := bufio.NewReader(r)
		for range n {
			line, err := in.ReadBytes('\n')
			if _, werr := c.stdout.Write(line); err != nil || werr != nil {
				break
			}
		}
		return nil
	})
}

func tail(c call) error {
	n, names, err := c.lines("tail")
	if err != nil {
		return err
	}
	return c.open(names, func(_ string, r io.Reader) error {
		var last [][]byte
		in := bufio.NewReader(r)
		for {
			line, err := in.ReadBytes('\n')
			if len(line) > 0 {
				last = append(last, line)
			}
			if len(last) > n {
				last = last[len(last)-n:]
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
		}
		_, err := c.stdout.Write(bytes.Join(last, nil))
		return err
	})
}

func wc(c call) error {
	var lines, words, size bool
	f, err := c.flags("wc", func(f *flag.FlagSet) {
		f.BoolVar(&lines, "l", false, "lines")
		f.BoolVar(&words, "w", false, "words")
		f.BoolVar(&size, "c", false, "bytes")
	})
	if err != nil {
		return err
	}
	all := !lines && !words && !size
	return c.open(f.Args(), func(name string, r io.Reader) error {
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		var counts []string
		for _, count := range []struct {
			wanted bool
			n      int
		}{
			{lines, bytes.Count(content, []byte("\n"))}, {words, len(bytes.Fields(content))}, {size, len(content)},
		} {
			if count.wanted || all {
				counts = append(counts, strconv.Itoa(count.n))
			}
		}
		if name != "-" {
			counts = append(counts, name)
		}
		_, err = fmt.Fprintln(c.stdout, strings.Join(counts, " "))
		return err
	})
}

func tee(c call) error {
	var add bool
	f, err := c.flags("tee", func(f *flag.FlagSet) { f.BoolVar(&add, "a", false, "append") })
	if err != nil {
		return err
	}
	mode := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if add {
		mode = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	out := []io.Writer{c.stdout}
	for _, name := range f.Args() {
		file, err := os.OpenFile(c.path(name), mode, 0o644)
		if err != nil {
			return err
		}
		defer file.Close()
		out = append(out, file)
	}
	return c.open(nil, func(_ string, r io.Reader) error {
		_, err := io.Copy(io.MultiWriter(out...), r)
		return err
	})
}
