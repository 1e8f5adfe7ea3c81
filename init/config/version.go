package config

// Version is the version of both the plugin and the machine library.
const Version = "0.1.0"

// Released is the release date of Version. No machine's clock is before it.
const Released = "2026-11-24"
