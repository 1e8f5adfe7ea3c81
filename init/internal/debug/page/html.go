package status

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"
)

const head = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>%s</title>
<style>
body { font: 14px/1.4 sans-serif; margin: 2em; max-width: 70em }
td, th { text-align: left; padding-right: 1.5em; vertical-align: top }
pre, td:nth-child(2) { font: 12px/1.4 monospace; overflow-wrap: anywhere; white-space: pre-wrap }
</style>
</head>
<body>
<h1>%[1]s</h1>
<p>scratchmachine %s on Linux %s, up for %s s.
<a href="?format=json">JSON</a>, <a href="` + Path + `/log?n=1000">log</a>, <a href="/debug/pprof/">profiles of PID 1</a></p>
`

// writePage writes the report for people. It does without html/template: a
// program that has it keeps every method of every type, a megabyte of them here.
func writePage(w io.Writer, r Report) {
	p := &document{}
	p.printf(head, r.Hostname, r.Version, r.Kernel, fmt.Sprintf("%.0f", r.Uptime))
	p.printf("<h2>Boot</h2>\n<p>%s</p>\n", fmt.Sprint(r.Timeline))

	p.printf("<h2>Program</h2>\n<p>%s</p>\n", r.Program.String())

	var rows [][]string
	if len(r.Services) > 1 {
		p.printf("<h2>Services</h2>\n")
		for _, s := range r.Services {
			rows = append(rows, []string{s.Name, s.Kind, s.Phase, s.Program.String()})
		}
		p.table([]string{"service", "kind", "phase", "process"}, rows)
	}

	p.printf("<h2>Configuration</h2>\n")
	rows = nil
	for _, key := range r.Config {
		rows = append(rows, []string{key.Name, string(key.Value), key.Layer})
	}
	p.table([]string{"key", "value", "from"}, rows)

	p.printf("<h2>Network</h2>\n")
	rows = nil
	for _, i := range r.Interfaces {
		rows = append(rows, []string{i.Name, strings.Join(i.Addresses, "\n"), i.MAC, fmt.Sprint(i.MTU), i.Flags})
	}
	p.table([]string{"interface", "addresses", "MAC", "MTU", "flags"}, rows)
	p.printf("<pre>%s</pre>\n", strings.Join(r.Resolver, "\n"))
	if len(r.Leases) > 0 {
		p.leases(r.Leases, r.Uptime)
	}

	p.printf("<h2>Kernel modules</h2>\n")
	rows = nil
	for _, m := range r.Modules {
		rows = append(rows, []string{m.Name, fmt.Sprint(m.Size)})
	}
	p.table([]string{"module", "bytes"}, rows)

	p.printf("<h2>Log</h2>\n<pre>%s</pre>\n</body>\n</html>\n", strings.Join(r.Log, "\n"))
	_, _ = p.WriteTo(w)
}

// String says it in one line.
func (p Program) String() string {
	text := "does not run"
	switch {
	case p.PID == 0:
	case p.ReadySince == 0:
		text = fmt.Sprintf("process %d since %.2f s, not ready yet", p.PID, p.Started)
	default:
		text = fmt.Sprintf("process %d since %.2f s, ready since %.2f s", p.PID, p.Started, p.ReadySince)
	}
	if p.Restarts > 0 {
		text += fmt.Sprintf("; restarts: %d", p.Restarts)
	}
	if p.LastExit != "" {
		text += "; last exit: " + p.LastExit
	}
	if p.Substitute != nil {
		text += "; " + p.Substitute.String()
	}
	return text
}

// leases shows each with what is left of its time.
func (d *document) leases(leases []Lease, now float64) {
	var rows [][]string
	for _, l := range leases {
		rows = append(rows, []string{
			l.Interface, l.Address, l.Protocol, l.Server, strings.Join(l.DNS, "\n"),
			fmt.Sprintf("%.0f s", l.Renew-now), fmt.Sprintf("%.0f s", l.Expire-now),
		})
	}
	d.table([]string{"lease of", "address", "by", "server", "DNS", "renewed in", "ends in"}, rows)
}

// document is HTML in the making.
type document struct{ bytes.Buffer }

// printf writes HTML in which each argument is text.
func (d *document) printf(format string, texts ...string) {
	args := make([]any, len(texts))
	for i, text := range texts {
		args[i] = html.EscapeString(text)
	}
	fmt.Fprintf(d, format, args...)
}

func (d *document) table(heads []string, rows [][]string) {
	d.printf("<table>\n")
	d.row("th", heads)
	for _, row := range rows {
		d.row("td", row)
	}
	d.printf("</table>\n")
}

func (d *document) row(cell string, texts []string) {
	d.printf("<tr>")
	for _, text := range texts {
		d.printf("<"+cell+">%s</"+cell+">", text)
	}
	d.printf("</tr>\n")
}
