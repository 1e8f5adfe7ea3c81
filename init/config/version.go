package config

// Version is the version of the plugin and of the machine library alike.
const Version = "0.1.0"
