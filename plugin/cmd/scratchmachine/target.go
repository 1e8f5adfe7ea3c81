package main

import (
	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/remote"
)

// target is the machine that a command speaks with.
type target struct {
	to, vagrant string
	keys        []string
	hostKey     string
	anyHost     bool
}

// addTo makes the flags.
func (t *target) addTo(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringVar(&t.to, "to", "", "The machine: `[USER@]HOST[:PORT]`. The port defaults to 22.")
	set.StringVar(&t.vagrant, "vagrant", "", "Vagrant's machine with this `NAME`, such as default, of the Vagrantfile here.")
	set.StringArrayVar(&t.keys, "key", nil, "A private key `FILE`. Defaults to the SSH agent's keys, and those in ~/.ssh. May be repeated.")
	set.StringVar(&t.hostKey, "host-key", "", "The machine's host `KEY`, or its SHA256 fingerprint. Defaults to what known_hosts says.")
	set.BoolVar(&t.anyHost, "any-host-key", false, "Takes any host key, as for a machine of this host that makes one at each boot.")
	cmd.MarkFlagsMutuallyExclusive("to", "vagrant")
	cmd.MarkFlagsMutuallyExclusive("host-key", "any-host-key")
}

// resolve says how to reach it.
func (t *target) resolve(cmd *cobra.Command) (remote.Target, error) {
	var r remote.Target
	var err error
	switch {
	case t.to != "":
		r, err = remote.ParseAddress(t.to)
	case t.vagrant != "":
		r, err = remote.Vagrant(cmd.Context(), t.vagrant)
	default:
		return r, usageError{errors.New("say which machine: --to HOST[:PORT] or --vagrant NAME"), helpOf(cmd)}
	}
	if err != nil {
		return r, err
	}
	r.Keys = append(t.keys, r.Keys...)
	r.HostKey = t.hostKey
	r.AnyHostKey = t.anyHost || r.AnyHostKey && t.hostKey == ""
	return r, nil
}
