package shell

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/debug/page"
)

// service lists the services, or does something to one of them.
func service(c call) error {
	const usage = "service [list] | status NAME | start NAME | stop NAME | restart NAME | logs NAME [-f] [-n LINES]"
	switch {
	case len(c.args) == 0 || len(c.args) == 1 && c.args[0] == "list":
		return listServices(c, "")
	case len(c.args) < 2:
		return errors.New(usage)
	}
	order, name := c.args[0], c.args[1]
	switch order {
	case "status":
		return listServices(c, name)
	case "start", "stop", "restart":
		return status.Tell(c.ctx, status.Services+"/"+url.PathEscape(name)+"/"+order)
	case "logs":
		c.args = c.args[2:]
		return logsOf(c, name)
	}
	return errors.New(usage)
}

// services asks PID 1 for the list.
func services(c call) ([]status.Service, error) {
	answer, err := status.Ask(c.ctx, status.Services)
	if err != nil {
		return nil, errors.Wrap(err, "asking PID 1")
	}
	defer answer.Close()
	var all []status.Service
	return all, errors.Wrap(json.NewDecoder(answer).Decode(&all), "reading PID 1's answer")
}

// sessionsOf names the services, and whether their program was replaced, by their sessions, which are those of all processes that
// a service starts, unless they leave it. It is nil where PID 1 does not say.
func sessionsOf(c call) map[int]string {
	all, err := services(c)
	if err != nil {
		return nil
	}
	sessions := map[int]string{}
	for _, s := range all {
		if s.PID == 0 {
			continue
		}
		sessions[s.PID] = s.Name
		if s.Substitute != nil {
			sessions[s.PID] += " (replaced)"
		}
	}
	return sessions
}

// listServices shows all services, or one.
func listServices(c call, only string) error {
	all, err := services(c)
	if err != nil {
		return err
	}
	found := false
	table := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tKIND\tPID\tRESTARTS\tPHASE\tLAST EXIT")
	for _, s := range all {
		if only == "" || s.Name == only {
			found = true
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\n", s.Name, s.Kind, s.PID, s.Restarts, s.Phase, s.LastExit)
		}
	}
	if !found {
		return errors.Errorf("there is no service %q", only)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, s := range all {
		if s.Substitute != nil && (only == "" || s.Name == only) {
			fmt.Fprintf(c.stdout, "%s: %s\n", s.Name, s.Substitute)
		}
	}
	return nil
}

// logsOf shows the end of what a service wrote, and with -f what follows.
func logsOf(c call, name string) error {
	var follow bool
	lines := 100
	if _, err := c.flags("service logs", func(f *flag.FlagSet) {
		f.BoolVar(&follow, "f", false, "go on with what follows")
		f.IntVar(&lines, "n", lines, "how many lines")
	}); err != nil {
		return err
	}
	query := url.Values{"n": {strconv.Itoa(lines)}, "service": {name}}
	if follow {
		query.Set("follow", "1")
	}
	return c.ask("/log?" + query.Encode())
}
