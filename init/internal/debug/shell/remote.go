package shell

import (
	"flag"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/debug/page"
)

// showLog shows the end of the machine's log, and with -f what follows.
func showLog(c call) error {
	var follow bool
	lines := 100
	if _, err := c.flags("log", func(f *flag.FlagSet) {
		f.BoolVar(&follow, "f", false, "go on with what follows")
		f.IntVar(&lines, "n", lines, "how many lines")
	}); err != nil {
		return err
	}
	query := url.Values{"n": {strconv.Itoa(lines)}}
	if follow {
		query.Set("follow", "1")
	}
	return c.ask("/log?" + query.Encode())
}

// showStatus shows what the status page does, as JSON.
func showStatus(c call) error { return c.ask("?format=json") }

// ask shows the answer of PID 1's status page.
func (c call) ask(path string) error {
	answer, err := status.Ask(c.ctx, status.Path+path)
	if err != nil {
		return fmt.Errorf("asking PID 1: %w", err)
	}
	defer answer.Close()
	if _, err := io.Copy(c.stdout, answer); c.ctx.Err() == nil {
		return err
	}
	return nil
}
