//go:generate go tool packer-sdc mapstructure-to-hcl2 -type Network,Interface,Route,Clock,Data,Log,SSH,Supervise,Watchdog

// Package guest holds the options that configure the machine from inside, in blocks. It
// checks each block and translates it into the machine's configuration.
package guest
