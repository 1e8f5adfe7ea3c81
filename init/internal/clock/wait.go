package clock

// File is there once the clock is as right as it will be.
const File = "/run/machine/clock"
