//go:build linux

package service

import (
	"strconv"
	"strings"
)

// userEnv are the entries of the environment that say whom the program runs as
// (environ(7)). A user who is not in /etc/passwd has no name, and the root folder.
func (s *Service) userEnv() []string {
	passwd, _ := s.set.kernel.ReadFile("etc/passwd")
	name, home, ok := findUser(string(passwd), s.UID)
	if !ok {
		return []string{"HOME=/"}
	}
	return []string{"HOME=" + home, "USER=" + name, "LOGNAME=" + name}
}

// findUser looks a number up in the lines of passwd(5).
func findUser(passwd string, uid uint32) (name, home string, ok bool) {
	want := strconv.FormatUint(uint64(uid), 10)
	for line := range strings.Lines(passwd) {
		// name, password, number, group, comment, home, shell
		if fields := strings.Split(strings.TrimSpace(line), ":"); len(fields) == 7 && fields[2] == want {
			return fields[0], fields[5], true
		}
	}
	return "", "", false
}
