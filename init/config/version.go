package config

// Version is the version of the plugin and of the machine library alike.
const Version = "0.1.0"

// Released is the day of Version. No machine's clock can be before it.
const Released = "2026-11-24"
