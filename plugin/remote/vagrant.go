package remote

import (
	"context"
	"os/exec"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Vagrant asks Vagrant, in the working folder, how to reach a machine of its. name may be
// empty where there is one.
func Vagrant(ctx context.Context, name string) (Target, error) {
	args := []string{"ssh-config"}
	if name != "" {
		args = append(args, name)
	}
	command, err := exec.LookPath("vagrant")
	if err != nil {
		return Target{}, errors.New("vagrant is not in PATH: install it, or give the machine's address with --to")
	}
	out, err := exec.CommandContext(ctx, command, args...).Output()
	if ctx.Err() != nil {
		return Target{}, ctx.Err()
	}
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			if said := strings.Join(strings.Fields(string(exit.Stderr)), " "); said != "" {
				err = errors.New(said)
			}
		}
		return Target{}, errors.Wrapf(err, "vagrant %s", strings.Join(args, " "))
	}
	return parseConfig(string(out))
}

// parseConfig reads the description of one machine in the form of ssh_config(5).
func parseConfig(text string) (Target, error) {
	var t Target
	hosts := 0
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		value = strings.TrimSpace(value)
		if strings.HasPrefix(value, `"`) && strings.HasSuffix(value, `"`) && len(value) > 1 {
			value = value[1 : len(value)-1]
		}
		var err error
		switch key {
		case "Host":
			hosts++
		case "HostName":
			t.Host = value
		case "User":
			t.User = value
		case "Port":
			t.Port, err = strconv.Atoi(value)
		case "IdentityFile":
			t.Keys = append(t.Keys, value)
		case "StrictHostKeyChecking":
			t.AnyHostKey = value == "no"
		}
		if err != nil {
			return t, errors.Errorf("vagrant ssh-config says that the port is %q", value)
		}
	}
	switch {
	case hosts > 1:
		return t, errors.Errorf("there are %d machines: name one with --vagrant NAME", hosts)
	case t.Host == "":
		return t, errors.New("vagrant ssh-config names no address: is the machine up?")
	}
	return t, nil
}
