package shell

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func uname(c call) error {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err
	}
	parts := []struct {
		letter rune
		text   string
	}{
		{'s', unix.ByteSliceToString(u.Sysname[:])}, {'n', unix.ByteSliceToString(u.Nodename[:])},
		{'r', unix.ByteSliceToString(u.Release[:])}, {'v', unix.ByteSliceToString(u.Version[:])},
		{'m', unix.ByteSliceToString(u.Machine[:])}, {'o', "Linux"},
	}
	wanted := strings.ReplaceAll(strings.Join(c.args, ""), "-", "")
	if wanted == "" {
		wanted = "s"
	}
	var shown []string
	for _, p := range parts {
		if strings.ContainsRune(wanted, p.letter) || strings.Contains(wanted, "a") {
			shown = append(shown, p.text)
		}
	}
	_, err := fmt.Fprintln(c.stdout, strings.Join(shown, " "))
	return err
}

// hostname shows the host's name, or sets it.
func hostname(c call) error {
	if len(c.args) > 0 && !strings.HasPrefix(c.args[0], "-") {
		return unix.Sethostname([]byte(c.args[0]))
	}
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.stdout, name)
	return err
}

// id shows the one user that there is.
func id(c call) error {
	u, g := strconv.Itoa(os.Getuid()), strconv.Itoa(os.Getgid())
	text := fmt.Sprintf("uid=%s(root) gid=%s(root)", u, g)
	for _, a := range c.args {
		switch {
		case a == "-un" || a == "-gn":
			text = "root"
		case strings.HasPrefix(a, "-u"):
			text = u
		case strings.HasPrefix(a, "-g"):
			text = g
		}
	}
	_, err := fmt.Fprintln(c.stdout, text)
	return err
}

func date(c call) error {
	_, err := fmt.Fprintln(c.stdout, time.Now().UTC().Format("Mon Jan _2 15:04:05 MST 2006"))
	return err
}

func sleep(c call) error {
	if len(c.args) != 1 {
		return errors.New("say how many seconds")
	}
	d, err := time.ParseDuration(c.args[0] + "s")
	if err != nil {
		d, err = time.ParseDuration(c.args[0])
	}
	if err != nil {
		return err
	}
	select {
	case <-c.ctx.Done():
		return c.ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func syncDisks(call) error {
	unix.Sync()
	return nil
}

func uptime(c call) error {
	var s unix.Sysinfo_t
	if err := unix.Sysinfo(&s); err != nil {
		return err
	}
	load := func(n uint64) float64 { return float64(n) / (1 << unix.SI_LOAD_SHIFT) }
	_, err := fmt.Fprintf(c.stdout, "up %s, load %.2f %.2f %.2f\n", time.Duration(s.Uptime)*time.Second,
		load(uint64(s.Loads[0])), load(uint64(s.Loads[1])), load(uint64(s.Loads[2])))
	return err
}

// free shows the first lines of proc_meminfo(5).
func free(c call) error {
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return err
	}
	for _, line := range strings.SplitN(string(content), "\n", 6)[:5] {
		fmt.Fprintln(c.stdout, line)
	}
	return nil
}

// dmesg shows the kernel's log: syslog(2), command 3.
func dmesg(c call) error {
	const readAll, size = 3, 10
	n, err := unix.Klogctl(size, nil)
	if err != nil {
		return err
	}
	text := make([]byte, n)
	if n, err = unix.Klogctl(readAll, text); err != nil {
		return err
	}
	_, err = c.stdout.Write(text[:n])
	return err
}

// PID 1 powers off at SIGTERM and reboots at SIGINT, in order.
func powerOff(call) error { return unix.Kill(1, unix.SIGTERM) }
func reboot(call) error   { return unix.Kill(1, unix.SIGINT) }

// shutdown is shutdown(8) for now, whatever the time it is given.
func shutdown(c call) error {
	var again, halted bool
	if _, err := c.flags("shutdown", func(f *flag.FlagSet) {
		f.BoolVar(&again, "r", false, "reboot")
		f.BoolVar(&halted, "h", false, "power off")
		f.BoolVar(&halted, "P", false, "power off")
	}); err != nil {
		return err
	}
	if again {
		return reboot(c)
	}
	return powerOff(c)
}

// first makes this process and its children the first to go when memory is
// short (proc_pid_oom_score_adj(5)): never PID 1.
func first() { _ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0o644) }
