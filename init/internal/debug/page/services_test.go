package status

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pkg/errors"
)

// orders are those that a machine has got.
type orders []string

func (o *orders) StartProgram(name string) error { return o.take("start " + name) }

func (o *orders) StopProgram(name, _ string) error { return o.take("stop " + name) }

func (o *orders) take(order string) error {
	*o = append(*o, order)
	if strings.HasSuffix(order, " nobody") {
		return errors.New(`there is no service "nobody"`)
	}
	return nil
}

// TestOrders: who comes by the local socket may give orders, and nobody else.
func TestOrders(t *testing.T) {
	var got orders
	local := LocalHandler(fake{}, &got)
	for _, test := range []struct {
		handler      http.Handler
		method, path string
		status       int
		text         string
	}{
		{local, "POST", "/web/start", 200, ""},
		{local, "POST", "/web/stop", 200, ""},
		{local, "POST", "/web/restart", 200, ""},
		{local, "POST", "/nobody/restart", 404, "there is no service \"nobody\"\n"},
		{local, "POST", "/web/kill", 404, "there is no order \"kill\"\n"},
		{local, "GET", "/web/stop", 404, "404 page not found\n"},
		{Handler(fake{}), "POST", "/web/stop", 404, "404 page not found\n"},
	} {
		w := httptest.NewRecorder()
		test.handler.ServeHTTP(w, httptest.NewRequest(test.method, Services+test.path, nil))
		if w.Code != test.status || w.Body.String() != test.text {
			t.Errorf("%s %s: %d %q", test.method, test.path, w.Code, w.Body)
		}
	}
	if text := strings.Join(got, ", "); text != "start web, stop web, stop web, start web, stop nobody" {
		t.Error(text)
	}
}

func TestServiceList(t *testing.T) {
	_, text := get(t, Services)
	var list []Service
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != 2 || list[0].PID != 7 || list[1].Phase != "failed" || list[1].LastExit != "exit status 1" {
		t.Errorf("%v: %s", err, text)
	}
	if _, page := get(t, Path); !strings.Contains(page, "<tr><td>migrate</td><td>oneshot</td><td>failed</td><td>does not run; last exit: exit status 1</td></tr>") {
		t.Errorf("%s", page)
	}
}

// TestLogOfService: its own lines, and the machine's about it.
func TestLogOfService(t *testing.T) {
	lines := []string{
		"2026-11-27T12:00:00.000000Z web.info: listening",
		"2026-11-27T12:00:01.000000Z web2.info: listening",
		"2026-11-27T12:00:02.000000Z machine.err: machine: web: exit status 3; starting it again in 100ms",
		"2026-11-27T12:00:03.000000Z machine.err: machine: web2: exit status 3",
		"2026-11-27T12:00:04.000000Z app.err: machine: web: so it says",
		"2026-11-27T12:00:05.000000Z web.err: one: two: three",
		"no time",
	}
	if got := strings.Join(Of(lines, "web"), "\n"); got != lines[0]+"\n"+lines[2]+"\n"+lines[5] {
		t.Error(got)
	}
}
