// Package status is the status page: what a machine knows of itself, over HTTP,
// for people and as JSON.
package status

import (
	"encoding/json"
	"fmt"
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
	Program  Program        `json:"program"`
	// Services are the program and the services beside it, in the order of their start.
	Services []Service `json:"services"`
	// Config has the configuration's keys, with where they came from, and secrets masked.
	Config     []Key       `json:"config"`
	Interfaces []Interface `json:"interfaces"`
	Leases     []Lease     `json:"leases"`
	// Resolver has the lines of resolv.conf(5).
	Resolver []string `json:"resolver"`
	// Modules are the kernel's, the last loaded first.
	Modules []Module `json:"modules"`
	// Log is the end of the log.
	Log []string `json:"log"`
}

// Key is a key of the configuration.
type Key struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
	Layer string          `json:"layer"`
}

// Program is what became of the program. Times are since the kernel started, in
// seconds.
type Program struct {
	PID     int     `json:"pid"`     // 0 while it does not run
	Started float64 `json:"started"` // when that process was
	// ReadySince is when it first showed that it works, 0 if it has not.
	ReadySince float64 `json:"ready_since"`
	Restarts   int     `json:"restarts"`            // after the first start
	LastExit   string  `json:"last_exit,omitempty"` // empty if it never ended
	// Substitute is what runs in the place of the program that was baked.
	Substitute *Substitute `json:"substitute,omitempty"`
}

// Substitute is a program that somebody has put in the place of one that was baked.
type Substitute struct {
	SHA256 string  `json:"sha256"`
	By     string  `json:"by"`    // whose key it was
	Since  float64 `json:"since"` // since the kernel started, in seconds
}

// String says it in words.
func (s Substitute) String() string {
	return fmt.Sprintf("replaced after %.2f s by %s: SHA-256 %.12s", s.Since, s.By, s.SHA256)
}

// Lease is what a DHCP server lets the machine have. Times are since the kernel
// started, in seconds.
type Lease struct {
	Interface string   `json:"interface"`
	Protocol  string   `json:"protocol"`
	Address   string   `json:"address,omitempty"` // none where only the rest was asked for
	Server    string   `json:"server,omitempty"`
	DNS       []string `json:"dns,omitempty"`
	NTP       []string `json:"ntp,omitempty"`
	Search    []string `json:"search,omitempty"`
	Since     float64  `json:"since"`  // when it was granted or last renewed
	Renew     float64  `json:"renew"`  // when it is to be renewed
	Expire    float64  `json:"expire"` // when it ends if it is not
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
