//go:build linux

package kernelapi

import (
	"math"
	"strconv"
	"strings"
)

// MemInfo returns a value of /proc/meminfo, such as "MemTotal" or "MemAvailable", in
// bytes (proc(5)). It returns false if the value is missing.
func (k *Kernel) MemInfo(name string) (bytes int64, ok bool) {
	info, err := k.ReadFile("proc/meminfo")
	if err != nil {
		return 0, false
	}
	return parseMemInfo(string(info), name)
}

func parseMemInfo(info, name string) (bytes int64, ok bool) {
	for line := range strings.Lines(info) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == name+":" {
			if n, err := strconv.ParseInt(fields[1], 10, 64); err == nil && n > 0 && n < math.MaxInt64>>10 {
				return n << 10, true
			}
		}
	}
	return 0, false
}
