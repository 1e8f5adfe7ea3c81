// Package status is the status page: what a machine knows of itself, over HTTP,
// for people and as JSON.
package status

import (
	"encoding/json"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/layer"
)

// Report is what there is to know of a machine, at one time.
type Report struct {
	Hostname string `json:"hostname"`
	Version  string `json:"version"` // of this project
	Kernel   string `json:"kernel"`  // its release
	// Uptime is the time since the kernel started, in seconds.
	Uptime float64 `json:"uptime"`
	// Timeline is where the time of the boot went: numbers as JSON, and a line.
	Timeline json.Marshaler `json:"timeline"`
	// Config has the configuration's keys, with where they came from, and secrets masked.
	Config     []layer.Key `json:"config"`
	Interfaces []Interface `json:"interfaces"`
	// Resolver has the lines of resolv.conf(5).
	Resolver []string `json:"resolver"`
	// Modules are the kernel's, the last loaded first.
	Modules []Module `json:"modules"`
	// Log is the end of the log.
	Log []string `json:"log"`
}

// Interface is a network interface.
type Interface struct {
	Name      string   `json:"name"`
	MAC       string   `json:"mac,omitempty"`
	MTU       int      `json:"mtu"`
	Flags     string   `json:"flags"`
	Addresses []string `json:"addresses,omitempty"`
}

// Module is a kernel module.
type Module struct {
	Name string `json:"name"`
	Size int    `json:"size"` // in bytes
}
