package layer

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// machine has a field of each kind that a configuration may have.
type machine struct {
	Name    string            `json:"name,omitempty"`
	Modules []string          `json:"modules,omitempty" layer:"baked"`
	Size    int               `json:"size,omitempty"`
	Sure    *bool             `json:"sure,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	Disks   map[string]disk   `json:"disks,omitempty"`
	Net     struct {
		Links []link   `json:"links,omitempty"`
		DNS   []string `json:"dns,omitempty"`
	} `json:"net"`
	Env    []string `json:"env,omitempty" secret:"values"`
	Key    string   `json:"key,omitempty" secret:"true"`
	Seed   string   `json:"seed,omitempty" layer:"test,other"`
	Hidden string   `json:"-"`
}

type link struct {
	Name  string `json:"name,omitempty"`
	DHCP  bool   `json:"dhcp,omitempty"`
	Ports []int  `json:"ports,omitempty"`
}

// disk has the keys of a link, too.
type disk struct {
	link
	Size int      `json:"size,omitempty"`
	Env  []string `json:"env,omitempty" secret:"values"`
}

const baked = `{"name":"a","modules":["e1000"],"net":{"links":[{"name":"eth0"}],"dns":["1.1.1.1"]},"env":["A=1"]}`

func TestMerge(t *testing.T) {
	set := func(pairs ...string) []Entry {
		var entries []Entry
		for i := 0; i < len(pairs); i += 2 {
			entries = append(entries, Entry{Place: "word", Key: pairs[i], Value: pairs[i+1]})
		}
		return entries
	}
	object := func(text string) []Entry { return []Entry{{Place: "string 1", JSON: []byte(text)}} }
	const net = `"net":{"links":[{"name":"eth0"}],"dns":["1.1.1.1"]},"env":["A=1"]}`
	tests := []struct {
		name     string
		entries  []Entry
		want     string
		problems string
	}{
		{"nothing", nil, baked, ""},
		{"a string", set("name", "b"), `{"name":"b","modules":["e1000"],` + net, ""},
		{"a string that looks like JSON", set("name", "7"), `{"name":"7","modules":["e1000"],` + net, ""},
		{"a number, a pointer", set("size", "7", "sure", "false"), `{"name":"a","modules":["e1000"],"size":7,"sure":false,` + net, ""},
		{"a map", set("labels.a.b", "c=d", "labels.e", ""), `{"name":"a","modules":["e1000"],"labels":{"a.b":"c=d","e":""},` + net, ""},
		{"a list", set("env", "B=2", "env", "C=[3"), strings.Replace(baked, `"A=1"`, `"B=2","C=[3"`, 1), ""},
		{"a list as JSON", set("env", `["B","C"]`), strings.Replace(baked, `"A=1"`, `"B","C"`, 1), ""},
		{"an element that begins as one", set("env", `[B`), strings.Replace(baked, `"A=1"`, `"[B"`, 1), ""},
		{"an empty list", set("env", "", "net.links", ""), `{"name":"a","modules":["e1000"],"net":{"dns":["1.1.1.1"]}}`, ""},
		{"by index", set("net.links.0.dhcp", "true", "net.links.1.name", "eth1", "net.links.1.ports", "80"),
			strings.Replace(baked, `{"name":"eth0"}`, `{"name":"eth0","dhcp":true},{"name":"eth1","ports":[80]}`, 1), ""},
		{"objects as JSON", set("net.links", `[{"name":"x"},{"dhcp":true}]`), strings.Replace(baked, `{"name":"eth0"}`, `{"name":"x"},{"dhcp":true}`, 1), ""},
		{"an object as JSON", set("net", `{"dns":["2.2.2.2"]}`), strings.Replace(baked, "1.1.1.1", "2.2.2.2", 1), ""},
		{"objects merge, lists do not", object(`{"name":"b","net":{"dns":["2.2.2.2","3.3.3.3"]}}`),
			`{"name":"b","modules":["e1000"],"net":{"links":[{"name":"eth0"}],"dns":["2.2.2.2","3.3.3.3"]},"env":["A=1"]}`, ""},
		{"a map of objects", object(`{"disks":{"a":{"name":"x"},"b":{"nme":"x","ports":[2]}}}`),
			`{"name":"a","modules":["e1000"],"disks":{"a":{"name":"x"},"b":{"ports":[2]}},` + net, "test: string 1: disks.b.nme: there is no such key"},
		{"a map of objects by text", set("disks.a.name", "x", "disks.b.ports", "1", "disks.b.ports", "2", "disks.b.size", "7", "disks.a", `{"size":3}`),
			`{"name":"a","modules":["e1000"],"disks":{"a":{"name":"x","size":3},"b":{"ports":[1,2],"size":7}},` + net, ""},
		{"a map of objects is merged", append(object(`{"disks":{"a":{"name":"x","size":1}}}`), object(`{"disks":{"a":{"size":2},"b":{}}}`)...),
			`{"name":"a","modules":["e1000"],"disks":{"a":{"name":"x","size":2},"b":{}},` + net, ""},
		{"a map of objects, bad keys", set("disks.a.nme", "x", "disks.a.size", "x", "disks.a", "x"), baked,
			`test: word: disks.a.nme: there is no such key|test: word: disks.a.size: "x": this is no JSON: invalid character 'x' looking for beginning of value|` +
				"test: word: disks.a: this is no JSON: invalid character 'x' looking for beginning of value"},
		{"null is nothing", object(`{"name":null,"net":null,"env":null}`), baked, ""},
		{"unknown keys, and the others count", object(`{"nam":"x","name":"b","net":{"dn":1,"links":[{"nme":1,"name":"eth1"}]}}`),
			`{"name":"b","modules":["e1000"],"net":{"links":[{"name":"eth1"}],"dns":["1.1.1.1"]},"env":["A=1"]}`,
			"test: string 1: nam: there is no such key|test: string 1: net.dn: there is no such key|test: string 1: net.links.0.nme: there is no such key"},
		{"bad values, and the others count", object(`{"name":7,"size":"x","net":[],"env":"A","key":"k"}`), strings.Replace(baked, `["A=1"]`, `["A=1"],"key":"k"`, 1),
			"test: string 1: env: it is a string in JSON, but must be a []string|test: string 1: name: it is a number in JSON, but must be a string|test: string 1: net: it is a array in JSON, but must be an object|test: string 1: size: it is a string in JSON, but must be a int"},
		{"no JSON", object(`{{{`), baked, "test: string 1: this is no JSON: invalid character '{' looking for beginning of object key string"},
		{"a list for an object", object(`[]`), baked, "test: string 1: it is a array in JSON, but must be an object"},
		{"bad words", set("nam", "x", "net.x", "1", "net.links.7.name", "x", "net.links.x.name", "x", "net.links.1.x", "y", "name.x", "y", "sure", "so", "size", "1.5", "net", "x", "Hidden", "x"), baked,
			"test: word: nam: there is no such key|test: word: net.x: there is no such key|test: word: net.links.7: an index from 0 to 1 is wanted here|" +
				"test: word: net.links.x: an index from 0 to 1 is wanted here|test: word: net.links.1.x: there is no such key|test: word: name.x: there is no such key|" +
				`test: word: sure: "so" is neither true nor false|test: word: size: "1.5": it is a number 1.5 in JSON, but must be a int|` +
				"test: word: net: this is no JSON: invalid character 'x' looking for beginning of value|test: word: Hidden: there is no such key"},
		{"an entry that is none", []Entry{{Place: "file x", Err: errors.New("gone")}}, baked, "test: file x: gone"},
		{"what this layer sets, with others", set("seed", "s"), strings.TrimSuffix(baked, "}") + `,"seed":"s"}`, ""},
		{"what only the bake sets", set("modules", "x"), baked, `test: word: modules: only the layer "baked" can set this key`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := Merge(machine{}, Layer{Name: Baked, Entries: []Entry{{JSON: []byte(baked)}}}, Layer{Name: "test", Entries: test.entries})
			got, err := json.Marshal(m.Config)
			if err != nil || string(got) != test.want {
				t.Errorf("%s, %v, want\n%s", got, err, test.want)
			}
			var said []string
			for _, p := range m.Problems {
				said = append(said, p.Error())
			}
			if got := strings.Join(said, "|"); got != test.problems {
				t.Errorf("problems:\n%s\nwant\n%s", got, test.problems)
			}
		})
	}
}

// TestOnlyLayers: a key that two layers can set.
func TestOnlyLayers(t *testing.T) {
	m := Merge(machine{}, Layer{Name: Baked, Entries: []Entry{{JSON: []byte(`{"seed":"secret"}`)}}})
	if m.Config.Seed != "" || len(m.Problems) != 1 || m.Problems[0].Error() != `baked: seed: only the layer "test" or "other" can set this key` {
		t.Errorf("%q, %v", m.Config.Seed, m.Problems)
	}
}

// TestBaseIsKept: a merge changes nothing that it was given.
func TestBaseIsKept(t *testing.T) {
	base := Merge(machine{}, Layer{Name: Baked, Entries: []Entry{{JSON: []byte(baked)}}}).Config
	Merge(base, Layer{Name: "x", Entries: []Entry{{Key: "net.links.0.name", Value: "x"}, {Key: "labels.a", Value: "b"}, {Key: "disks.a.name", Value: "b"}}})
	if got, _ := json.Marshal(base); string(got) != baked {
		t.Errorf("%s", got)
	}
}

func TestKeys(t *testing.T) {
	m := Merge(machine{Size: 3},
		Layer{Name: Baked, Entries: []Entry{{JSON: []byte(baked)}}},
		Layer{Name: "line", Entries: []Entry{{Key: "net.links.0.dhcp", Value: "true"}, {Key: "net.dns", Value: ""}, {Key: "key", Value: "secret"}, {Key: "labels.x", Value: "y"}}},
		Layer{Name: "disk", Entries: []Entry{{JSON: []byte(`{"env":["PASSWORD=x=y","B"],"disks":{"b":{"name":"x","env":["TOKEN=x"]},"a":{"size":1}}}`)}, {Key: "disks.c.dhcp", Value: "true"}}})
	got, err := json.Marshal(m.Keys())
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"name":"name","value":"a","layer":"baked"},{"name":"modules","value":["e1000"],"layer":"baked"},` +
		`{"name":"size","value":3,"layer":"default"},{"name":"labels","value":{"x":"y"},"layer":"line"},` +
		`{"name":"disks.a.size","value":1,"layer":"disk"},{"name":"disks.b.name","value":"x","layer":"disk"},` +
		`{"name":"disks.b.env","value":["TOKEN=********"],"layer":"disk"},{"name":"disks.c.dhcp","value":true,"layer":"disk"},` +
		`{"name":"net.links.0.name","value":"eth0","layer":"baked"},{"name":"net.links.0.dhcp","value":true,"layer":"line"},` +
		`{"name":"net.dns","value":null,"layer":"line"},{"name":"env","value":["PASSWORD=********","B=********"],"layer":"disk"},` +
		`{"name":"key","value":"********","layer":"line"}]`
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got, want := m.Summary(), "line: labels, net.links.0.dhcp, net.dns, key; disk: disks.a.size, disks.b.name, disks.b.env, disks.c.dhcp, env"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestListReplacesOrigins: of a list that is replaced nothing keeps its layer.
func TestListReplacesOrigins(t *testing.T) {
	m := Merge(machine{}, Layer{Name: "a", Entries: []Entry{{Key: "net.links.0.name", Value: "x"}}}, Layer{Name: "b", Entries: []Entry{{Key: "net.links", Value: `[{"name":"y"}]`}}})
	if keys := m.Keys(); len(keys) != 1 || keys[0].Layer != "b" || string(keys[0].Value) != `"y"` {
		t.Errorf("%+v", keys)
	}
}

func FuzzMerge(f *testing.F) {
	f.Add("net.links.0.name", "x", []byte(baked))
	f.Add("disks.a.ports", "1", []byte(`{"disks":{"a":{"size":1},"":null,"b.c":{"env":["X"]}}}`))
	f.Add("env", "[", []byte(`{"net":{"links":[null,{"ports":[1,"x"]}]}}`))
	f.Fuzz(func(t *testing.T, key, value string, object []byte) {
		m := Merge(machine{}, Layer{Name: "a", Entries: []Entry{{Key: key, Value: value}, {JSON: object}, {Key: key, Value: value}}})
		if _, err := json.Marshal(m.Keys()); err != nil {
			t.Error(err)
		}
	})
}

// TestOnly: a layer that is read late sets some keys, and is told so for the others.
func TestOnly(t *testing.T) {
	m := Merge(machine{}, Layer{Name: "late", Only: []string{"name"}, Entries: []Entry{{Key: "name", Value: "web"}, {Key: "net.dns", Value: "9.9.9.9"}}})
	if got, _ := json.Marshal(m.Config); !strings.Contains(string(got), `"name":"web"`) || strings.Contains(string(got), "9.9.9.9") {
		t.Errorf("%s", got)
	}
	if len(m.Problems) != 1 || m.Problems[0].Error() != "late: net: this layer is read too late for this key, and can set only name" {
		t.Errorf("%v", m.Problems)
	}
	if got := m.Decided("late"); got != "name" {
		t.Errorf("it decided %q", got)
	}
}
