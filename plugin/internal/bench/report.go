package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// series is one stage of all of a contender's boots.
func (c *contender) series(stage string) series {
	var all series
	for _, r := range c.boots {
		all = append(all, r.marks.lasted(stage))
	}
	return all
}

// total is from power-on to the first answer.
func (c *contender) total() series {
	var all series
	for _, r := range c.boots {
		all = append(all, r.marks[answer])
	}
	return all
}

func (c *contender) cpu() series {
	var all series
	for _, r := range c.boots {
		all = append(all, r.cpu)
	}
	return all
}

// report prints the table, and writes it and the numbers where that is asked for.
func (b *bench) report(contenders []*contender) error {
	text := b.table(contenders)
	fmt.Fprint(b.out, "\n"+text)
	if b.json != "" {
		if err := writeJSON(b.json, contenders); err != nil {
			return err
		}
	}
	if b.page == "" {
		return nil
	}
	page, err := os.ReadFile(b.page)
	if err != nil {
		return errors.Wrap(err, "reading the page")
	}
	changed, err := between(string(page), "boot "+strings.SplitN(filepath.Base(b.kernel), "-", 2)[0], text)
	if err != nil {
		return errors.Wrap(err, b.page)
	}
	return errors.Wrap(os.WriteFile(b.page, []byte(changed), 0o644), "writing the page")
}

// table is what was measured, in Markdown.
func (b *bench) table(contenders []*contender) string {
	var t strings.Builder
	fmt.Fprintf(&t, "Kernel %s, %s, %d MiB, %d runs of each in turn, on %d processors of\n%s; medians in seconds (lowest to highest).\n\n",
		filepath.Base(b.kernel), b.qemu, bootMemory, b.runs, runtime.NumCPU(), processor())
	fmt.Fprintf(&t, "| machine | %s | first 200 | ratio | QEMU's processor time |\n|---|%s---|---|---|\n",
		strings.Join(stageNames, " | "), strings.Repeat("---|", len(stageNames)))
	first := contenders[0].total()
	for _, c := range contenders {
		fmt.Fprintf(&t, "| %s |", c.name)
		for _, name := range stageNames {
			if took := c.series(name).median(); took > 0 {
				fmt.Fprintf(&t, " %.2f |", took.Seconds())
			} else {
				t.WriteString(" |")
			}
		}
		fmt.Fprintf(&t, " %s | %.2f | %s |\n", c.total(), ratio(c.total(), first), c.cpu())
	}
	return t.String()
}

// between puts text into a page, between the marks of its name.
func between(page, name, text string) (string, error) {
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
	before, rest, ok := strings.Cut(page, begin)
	_, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		return "", errors.Errorf("there are no lines %q and %q to write between", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return before + begin + "\n" + text + "\n" + end + after, nil
}

// writeJSON writes every boot's marks, in milliseconds from power-on.
func writeJSON(path string, contenders []*contender) error {
	type run struct {
		Marks map[string]float64 `json:"marks_ms"`
		CPU   float64            `json:"cpu_ms"`
	}
	all := map[string][]run{}
	for _, c := range contenders {
		for _, r := range c.boots {
			m := map[string]float64{}
			for name, at := range r.marks {
				m[name] = milliseconds(at)
			}
			all[c.name] = append(all[c.name], run{m, milliseconds(r.cpu)})
		}
	}
	content, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return errors.Wrap(os.WriteFile(path, append(content, '\n'), 0o644), "writing the numbers")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// processor is the host's processor by its name.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}

// qemuVersion is the first line of what QEMU says of itself, without Debian's part.
func qemuVersion(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "qemu-system-x86_64", "--version").Output()
	if err != nil {
		return "", errors.Wrap(err, "asking QEMU for its version")
	}
	line, _, _ := strings.Cut(string(out), "\n")
	line, _, _ = strings.Cut(line, " (")
	return strings.Replace(line, "emulator version ", "", 1) + " (TCG)", nil
}
