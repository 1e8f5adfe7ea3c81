package shell

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// grep finds lines as grep(1) does, with Go's regular expressions, which are
// close to those of grep -E. Its status is 1 if there are none.
func grep(c call) error {
	o, err := c.grepOptions()
	if err != nil {
		return fmt.Errorf("%w (options: -c -e -E -f -F -h -i -n -q -s -v -w -x)", err)
	}
	found := false
	err = c.open(o.files, func(name string, r io.Reader) error {
		n, err := o.search(c.stdout, name, r)
		found = found || n > 0
		return err
	})
	if err != nil {
		if !o.silent {
			fmt.Fprintf(c.stderr, "grep: %v\n", err)
		}
		return exit(2)
	}
	if !found {
		return exit(1)
	}
	return nil
}

type grepOptions struct {
	fixed, ignoreCase, invert, word, line, quiet, silent, count, number, noName bool
	patterns                                                                    []string
	expression                                                                  *regexp.Regexp
	files                                                                       []string
}

// grepOptions reads the options, which can stand together, as in -qi.
func (c call) grepOptions() (*grepOptions, error) {
	o := &grepOptions{}
	letters := map[rune]*bool{
		'F': &o.fixed, 'i': &o.ignoreCase, 'v': &o.invert, 'w': &o.word, 'x': &o.line, 'q': &o.quiet, 's': &o.silent,
		'c': &o.count, 'n': &o.number, 'h': &o.noName, 'E': new(bool),
	}
	args, given := c.args, false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "-" {
		option := args[0]
		args = args[1:]
		if option == "--" {
			break
		}
		for i, letter := range option[1:] {
			if set := letters[letter]; set != nil {
				*set = true
				continue
			}
			value := option[i+2:]
			if value == "" && len(args) > 0 {
				value, args = args[0], args[1:]
			}
			if err := o.pattern(c, letter, value); err != nil {
				return nil, err
			}
			given = true
			break
		}
	}
	if !given {
		if len(args) == 0 {
			return nil, errors.New("a pattern is missing")
		}
		o.patterns, args = strings.Split(args[0], "\n"), args[1:]
	}
	o.files = args
	var err error
	o.expression, err = o.compile()
	return o, err
}

// pattern takes the value of -e or -f.
func (o *grepOptions) pattern(c call, letter rune, value string) error {
	switch letter {
	case 'e':
		o.patterns = append(o.patterns, strings.Split(value, "\n")...)
	case 'f':
		content, err := os.ReadFile(c.path(value))
		if err != nil {
			return err
		}
		if len(content) > 0 {
			o.patterns = append(o.patterns, strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")...)
		}
	default:
		return fmt.Errorf("there is no option -%c", letter)
	}
	return nil
}

func (o *grepOptions) compile() (*regexp.Regexp, error) {
	if len(o.patterns) == 0 { // as of an empty file: they match nothing
		return regexp.MustCompile(`[^\s\S]`), nil
	}
	var all []string
	for _, p := range o.patterns {
		if o.fixed {
			p = regexp.QuoteMeta(p)
		}
		all = append(all, "(?:"+p+")")
	}
	text := "(?:" + strings.Join(all, "|") + ")"
	switch {
	case o.line:
		text = "^" + text + "$"
	case o.word:
		text = `(?:^|\W)` + text + `(?:\W|$)`
	}
	if o.ignoreCase {
		text = "(?i)" + text
	}
	return regexp.Compile(text)
}

// search shows the lines that match, and tells how many do.
func (o *grepOptions) search(w io.Writer, name string, r io.Reader) (int, error) {
	prefix := ""
	if len(o.files) > 1 && !o.noName {
		prefix = name + ":"
	}
	found := 0
	in := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, err := in.ReadString('\n')
		if err != nil && line == "" {
			if err == io.EOF {
				err = nil
			}
			if o.count && !o.quiet {
				fmt.Fprintf(w, "%s%d\n", prefix, found)
			}
			return found, err
		}
		line = strings.TrimSuffix(line, "\n")
		if o.expression.MatchString(line) == o.invert {
			continue
		}
		found++
		switch {
		case o.quiet:
			return found, nil
		case o.count:
		case o.number:
			fmt.Fprintf(w, "%s%d:%s\n", prefix, number, line)
		default:
			fmt.Fprintf(w, "%s%s\n", prefix, line)
		}
	}
}
