package main

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
)

// The stages of a boot, in their order. A machine is watched from outside, so
// that each stage is the same thing for every machine.
const (
	firmware = "firmware" // until the boot record is in memory
	loader   = "loader"   // until the kernel is in long mode
	unpack   = "unpack"   // until the unpacked kernel has its own interrupt table
	kernel   = "kernel"   // until a process runs
	module   = "module"   // until e1000's driver asks for a link
	link     = "link"     // until there is one
	answer   = "answer"   // until the first HTTP 200
)

var stageNames = []string{firmware, loader, unpack, kernel, module, link, answer}

// marks are when stages ended, counted from QEMU's start.
type marks map[string]time.Duration

// lasted is how long a stage took: from the end of the last one that was seen.
// It is 0 for one that was not seen, or was over before.
func (m marks) lasted(name string) time.Duration {
	var before time.Duration
	for _, s := range stageNames {
		if s == name {
			break
		}
		before = max(before, m[s])
	}
	return max(0, m[name]-before)
}

// watchInterval is how often the processor's state is looked at.
const watchInterval = 5 * time.Millisecond

// The texts of QEMU's trace events of the emulated card's link.
const (
	negotiating = "e1000x_link_negotiation_start"
	negotiated  = "e1000x_link_negotiation_done"
	linkTrace   = "e1000x_link_negotiation*"
)

// watch notes the stages up to the first process.
func watch(ctx context.Context, v *vm.VM, m marks) error {
	s, err := v.Session()
	if err != nil {
		return err
	}
	defer s.Close()
	for ctx.Err() == nil && m[kernel] == 0 {
		now := v.Running()
		if m[firmware] == 0 && m[loader] == 0 {
			word, err := s.Monitor("xp /1wx 0x7c00")
			if err != nil {
				return err
			}
			if !strings.HasSuffix(strings.TrimSpace(word), " 0x00000000") {
				m[firmware] = now
			}
		}
		registers, err := s.Monitor("info registers")
		if err != nil {
			return err
		}
		for _, name := range reached(registers) {
			if m[name] == 0 {
				m[name] = now
			}
		}
		time.Sleep(watchInterval)
	}
	return ctx.Err()
}

var (
	efer = regexp.MustCompile(`EFER=([0-9a-f]+)`)
	idt  = regexp.MustCompile(`IDT= *([0-9a-f]+)`)
)

// reached tells which stages the state of the processor shows to be over: long
// mode is bit 10 of EFER, the kernel's own half of memory is the upper one, and
// processes run with privilege level 3 (Intel SDM, volume 3).
func reached(registers string) []string {
	var over []string
	if number(efer, registers)&(1<<10) != 0 {
		over = append(over, loader)
	}
	if number(idt, registers)>>63 != 0 {
		over = append(over, unpack)
	}
	if strings.Contains(registers, "CPL=3") {
		over = append(over, kernel)
	}
	return over
}

func number(pattern *regexp.Regexp, text string) uint64 {
	found := pattern.FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	n, _ := strconv.ParseUint(found[1], 16, 64)
	return n
}
