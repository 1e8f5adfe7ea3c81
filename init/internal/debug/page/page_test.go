package status

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/layer"
)

// fake is a machine with a little of everything.
type fake struct{}

func (fake) Report() Report {
	c := config.Default()
	c.Hostname = "web<1>"
	c.Debug.SSH.HostKey = "the secret key"
	c.Program.Env = []string{"TOKEN=the secret token"}
	var keys []Key
	for _, k := range (layer.Merged[config.Config]{Config: c}).Keys() {
		keys = append(keys, Key(k))
	}
	return Report{
		Hostname: "web<1>", Version: "1.2.3", Kernel: "6.12.0", Uptime: 100, Timeline: json.RawMessage(`{"kernel":1.5}`),
		Program:    Program{PID: 7, Started: 2, ReadySince: 2.25, Restarts: 3, LastExit: "exit status 4"},
		Services:   fake{}.Services(),
		Config:     keys,
		Interfaces: []Interface{{Name: "eth0", MAC: "02:00:00:00:00:01", MTU: 1500, Flags: "up", Addresses: []string{"10.0.2.15/24"}}},
		Leases: []Lease{{
			Interface: "eth0", Protocol: "DHCPv4", Address: "10.0.2.15/24", Server: "10.0.2.2", DNS: []string{"10.0.2.3"}, Since: 10, Renew: 130, Expire: 250,
		}},
		Resolver: []string{"nameserver 10.0.2.3"}, Modules: []Module{{"e1000", 12345}}, Log: []string{"<script>alert(1)</script>"},
	}
}

func (fake) Services() []Service {
	return []Service{{"app", "simple", "running", Program{PID: 7, Started: 2}}, {"migrate", "oneshot", "failed", Program{LastExit: "exit status 1"}}}
}

func (fake) Log(lines int) []string { return []string{"one", "two", "three"}[3-min(lines, 3):] }

// LogSince: a fourth line comes after the three.
func (fake) LogSince(n int) ([]string, int) {
	switch n {
	case 3:
		return []string{"four"}, 4
	case 4:
		return nil, 4
	}
	return nil, 3
}

func get(t *testing.T, path string, header ...string) (*http.Response, string) {
	t.Helper()
	server := httptest.NewServer(Handler(fake{}))
	defer server.Close()
	request, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, accepted := range header {
		request.Header.Set("Accept", accepted)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// TestHTML: all that there is to know is on the page, as text and not as HTML,
// and secrets are not.
func TestHTML(t *testing.T) {
	response, page := get(t, "/") // leads to it
	if response.StatusCode != http.StatusOK || response.Request.URL.Path != Path || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s: %s, %s", response.Request.URL, response.Status, response.Header)
	}
	if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
	for _, want := range []string{
		"<h1>web&lt;1&gt;</h1>", "scratchmachine 1.2.3 on Linux 6.12.0, up for 100 s",
		"process 7 since 2.00 s, ready since 2.25 s; restarts: 3; last exit: exit status 4",
		`<td>hostname</td><td>&#34;web\u003c1\u003e&#34;</td><td>default</td>`, "<td>debug.ssh.host_key</td>", "TOKEN=********",
		"<td>eth0</td><td>10.0.2.15/24</td><td>02:00:00:00:00:01</td><td>1500</td>",
		"<td>eth0</td><td>10.0.2.15/24</td><td>DHCPv4</td><td>10.0.2.2</td><td>10.0.2.3</td><td>30 s</td><td>150 s</td>",
		"nameserver 10.0.2.3", "<td>e1000</td><td>12345</td>", "&lt;script&gt;alert(1)",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not on the page:\n%s", want, page)
		}
	}
	for _, unwanted := range []string{"the secret", "<script"} {
		if strings.Contains(page, unwanted) {
			t.Errorf("%q is on the page", unwanted)
		}
	}
}

func TestJSON(t *testing.T) {
	_, byQuery := get(t, Path+"?format=json")
	response, byHeader := get(t, Path, "application/json")
	if byQuery != byHeader || response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("by query:\n%s\nby header, %s:\n%s", byQuery, response.Header, byHeader)
	}
	if strings.Contains(byQuery, "the secret") {
		t.Errorf("a secret is shown:\n%s", byQuery)
	}
	var got struct {
		Program struct {
			PID        int
			ReadySince float64 `json:"ready_since"`
			Restarts   int
			LastExit   string `json:"last_exit"`
		}
		Config   []Key
		Timeline struct{ Kernel float64 }
		Leases   []Lease
	}
	if err := json.Unmarshal([]byte(byQuery), &got); err != nil {
		t.Fatal(err)
	}
	if p := got.Program; p.PID != 7 || p.ReadySince != 2.25 || p.Restarts != 3 || p.LastExit != "exit status 4" {
		t.Errorf("program: %+v", p)
	}
	if len(got.Leases) != 1 || got.Leases[0].Expire != 250 || got.Timeline.Kernel != 1.5 || len(got.Config) == 0 {
		t.Errorf("%+v", got)
	}
	for _, accepted := range []string{"text/html,application/json", "*/*"} {
		if _, page := get(t, Path, accepted); !strings.HasPrefix(page, "<!DOCTYPE html>") {
			t.Errorf("who accepts %s gets %.40q", accepted, page)
		}
	}
}

func TestProgramText(t *testing.T) {
	for want, p := range map[string]Program{
		"does not run": {},
		"does not run; restarts: 2; last exit: signal killed": {Restarts: 2, LastExit: "signal killed"},
		"process 5 since 1.50 s, not ready yet":               {PID: 5, Started: 1.5},
		"does not run; replaced after 2.50 s by alice: SHA-256 0123456789ab": {
			Substitute: &Substitute{SHA256: "0123456789abcdef", By: "alice", Since: 2.5},
		},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestLog(t *testing.T) {
	for query, want := range map[string]string{"": "one\ntwo\nthree\n", "?n=2": "two\nthree\n", "?n=-1": "one\ntwo\nthree\n", "?n=x": "one\ntwo\nthree\n"} {
		if response, text := get(t, Path+"/log"+query); text != want || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %q, want %q", query, text, want)
		}
	}
	for path, want := range map[string]int{"/debug/pprof/": 200, "/debug/pprof/cmdline": 200, "/debug/pprof/goroutine?debug=1": 200, "/other": 404} {
		if response, _ := get(t, path); response.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, response.Status, want)
		}
	}
}

// TestFollow: who follows the log gets what comes, until it has enough.
func TestFollow(t *testing.T) {
	server := httptest.NewServer(Handler(fake{}))
	defer server.Close()
	response, err := server.Client().Get(server.URL + Path + "/log?n=1&follow=1")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() // else the server would not end
	lines := bufio.NewScanner(response.Body)
	for _, want := range []string{"three", "four"} {
		if !lines.Scan() || lines.Text() != want {
			t.Errorf("%q, want %q; %v", lines.Text(), want, lines.Err())
		}
	}
}
