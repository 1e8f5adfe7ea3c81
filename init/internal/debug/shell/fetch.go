package shell

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// fetch gets a URL, with the commonest options of curl(1).
func fetch(c call) error {
	var (
		output, method, data string
		header, fail, quiet  bool
	)
	f, err := c.flags("fetch", func(f *flag.FlagSet) {
		f.StringVar(&output, "o", "", "the file to write")
		f.StringVar(&method, "X", "", "the method")
		f.StringVar(&data, "d", "", "what to send, by POST")
		f.BoolVar(&header, "i", false, "show the header")
		f.BoolVar(&fail, "f", false, "fail at a status of 400 or more")
		f.BoolVar(&quiet, "s", false, "accepted for curl's sake")
	})
	if err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("say which URL")
	}
	url := f.Arg(0)
	if !strings.Contains(url, "://") {
		url = "http://" + url
	}
	if method == "" {
		method = http.MethodGet
		if data != "" {
			method = http.MethodPost
		}
	}
	request, err := http.NewRequestWithContext(c.ctx, method, url, strings.NewReader(data))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if fail && response.StatusCode >= 400 {
		return errors.New(response.Status)
	}
	if header {
		fmt.Fprintf(c.stdout, "%s %s\r\n", response.Proto, response.Status)
		_ = response.Header.Write(c.stdout)
		fmt.Fprint(c.stdout, "\r\n")
	}
	return c.save(response.Body, output)
}

// save writes what r gives to a file, or to standard output if none is named.
func (c call) save(r io.Reader, name string) error {
	if name == "" {
		_, err := io.Copy(c.stdout, r)
		return err
	}
	file, err := os.Create(c.path(name))
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, r); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
