//go:generate go tool packer-sdc mapstructure-to-hcl2 -type Network,Interface,Route,Clock,Data,Log,SSH,Supervise,Watchdog

// Package guest is the options that tell the machine something, in blocks: each is
// checked, and translated into what the machine's configuration says.
package guest
