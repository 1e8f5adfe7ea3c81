package config

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestServiceProblems(t *testing.T) {
	tests := []struct {
		name    string
		service Service
		want    string
	}{
		{"web", Service{}, ""},
		{"web-2", Service{Kind: KindSimple, Program: Program{Check: "notify", RestartDelay: "1s"}}, ""},
		{"migrate", Service{Kind: KindOneshot}, ""},
		{"backup", Service{Kind: KindTimer, Every: "1h"}, ""},
		{"backup", Service{Kind: KindTimer, Every: "30 4 * * *"}, ""},
		{"", Service{}, `name must be 1 to 32 small letters, digits and -, a letter first, not ""`},
		{"Web", Service{}, `name must be 1 to 32 small letters, digits and -, a letter first, not "Web"`},
		{"2web", Service{}, `name must be 1 to 32 small letters, digits and -, a letter first, not "2web"`},
		{strings.Repeat("a", 33), Service{}, "name must be 1 to 32"},
		{"app", Service{}, "name: app is the main program: choose another"},
		{"root", Service{}, "name: root is a user: choose another"},
		{"web", Service{Kind: "cron"}, `kind must be simple, oneshot or timer, not "cron"`},
		{"web", Service{Every: "1h"}, `every needs kind = "timer"`},
		{"web", Service{Kind: KindOneshot, Every: "1h"}, `every needs kind = "timer"`},
		{"web", Service{Kind: KindTimer}, `a timer needs every, such as "1h" or "30 4 * * *"`},
		{"web", Service{Kind: KindOneshot, Program: Program{Check: "notify"}}, "check is for a service that goes on running: a oneshot has worked if it ends with status 0"},
		{"web", Service{Kind: KindTimer, Every: "1h", Program: Program{RestartDelay: "1s"}}, "restart_delay is for a service that goes on running: a timer that fails is not started again"},
	}
	for _, test := range tests {
		err := errors.Join(test.service.Problems(test.name)...)
		if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q, %+v: %v, want %q", test.name, test.service, err, test.want)
		}
	}
}

func TestOrder(t *testing.T) {
	tests := []struct{ name, services, order, problems string }{
		{"the main program alone", `{}`, "app", ""},
		{"nothing decides", `{"b":{},"a":{}}`, "app a b", ""},
		{"before and after", `{"a":{"after":["b"]},"b":{"before":["app"]},"c":{"after":["app"]}}`, "b app a c", ""},
		{"a chain against the alphabet", `{"a":{"after":["b"]},"b":{"after":["c"]},"c":{"after":["app"]}}`, "app c b a", ""},
		{"the same said twice", `{"a":{"after":["b","b"]},"b":{"before":["a"]}}`, "app b a", ""},
		{"unknown", `{"a":{"after":["x"]},"b":{"before":["y"]}}`, "app a b", `a: after: there is no service "x"|b: before: there is no service "y"`},
		{"itself", `{"a":{"after":["a"]}}`, "app a", "a: after: a service cannot wait for itself"},
		{"a timer", `{"a":{"kind":"timer"},"b":{"after":["a"]}}`, "app a b", "b: after: a is a timer, which nothing can wait for"},
		{"a timer may wait", `{"a":{"kind":"timer","after":["b"]},"b":{}}`, "app b a", ""},
		{"a circle", `{"a":{"after":["c"]},"b":{"after":["a"]},"c":{"after":["b"]},"d":{"after":["a"]},"e":{}}`, "app e a b c d",
			"after, before: a, b, c can never start, as each waits for another of them"},
		{"a circle with the main program", `{"a":{"after":["app"],"before":["app"]},"b":{}}`, "b app a",
			"after, before: a, app can never start, as each waits for another of them"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var services map[string]Service
			if err := json.Unmarshal([]byte(test.services), &services); err != nil {
				t.Fatal(err)
			}
			for range 20 { // whatever the order of the map
				o := OrderOf(services)
				if got := strings.Join(o.Names, " "); got != test.order {
					t.Errorf("%s, want %s", got, test.order)
				}
				var problems []string
				for _, err := range o.Problems {
					problems = append(problems, err.Error())
				}
				if got := strings.Join(problems, "|"); got != test.problems {
					t.Errorf("%s, want %s", got, test.problems)
				}
			}
		})
	}
}

// FuzzOrder: whoever waits comes behind those that it waits for.
func FuzzOrder(f *testing.F) {
	f.Add("abbcca", "ac")
	f.Fuzz(func(t *testing.T, pairs, before string) {
		services := map[string]Service{}
		for ; len(pairs) > 1; pairs = pairs[2:] {
			s := services[pairs[:1]]
			s.After = append(s.After, pairs[1:2])
			services[pairs[:1]] = s
		}
		for ; len(before) > 1; before = before[2:] {
			s := services[before[:1]]
			s.Before = append(s.Before, before[1:2], Main)
			services[before[:1]] = s
		}
		o := OrderOf(services)
		place := map[string]int{}
		for i, name := range o.Names {
			for _, other := range o.After[name] {
				if _, before := place[other]; !before && len(o.Problems) == 0 {
					t.Errorf("%s is not before %s: %q", other, name, o.Names)
				}
			}
			place[name] = i
		}
		if len(place) != len(services)+1 {
			t.Errorf("%d of %d services: %q", len(place), len(services)+1, o.Names)
		}
	})
}
