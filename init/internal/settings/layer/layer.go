// Package layer puts a machine's configuration together from layers, the later
// of which win, key by key. It keeps where each key came from, and what in the
// layers could not be used.
//
// A key is a path of names and, in a list of objects, of indices, with dots
// between them: "program.env", "network.interfaces.0.dhcp". The valid keys are the
// fields of the configuration type.
//
// Objects are merged, and so are maps of objects, "services.web.args", where a name
// that is not there yet adds one. A list takes the place of the whole list below it,
// save one of objects that is changed by index, where the index after the last adds
// one.
package layer

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Baked is the name of the layer that the bake made. Keys whose field has the
// tag `layer:"baked"` are taken from no other, and so with any list of layers.
const Baked = "baked"

// Default is the layer of the keys that no layer has.
const Default = "default"

// Layer is one source of configuration.
type Layer struct {
	// Name is what people call it, such as "SMBIOS".
	Name string
	// Entries are applied in this order.
	Entries []Entry
	// Only are the first names of the keys that the layer can set, any if there are
	// none: a layer that is read late cannot change what is in use already.
	Only []string
}

// Entry is a piece of a layer: a JSON object, or one key with its value.
type Entry struct {
	// Place is where in the layer it stands, such as "OEM string 2".
	Place string
	// JSON is an object of keys. It is used if Key is empty.
	JSON []byte
	// Key is a key. Value is its value as text: a string, number or boolean as it
	// is; an element of a list, of which the first in a layer starts the list
	// anew and the next are added to it; or a whole list or object as JSON. An
	// empty Value is an empty list.
	Key, Value string
	// Err is why nothing can be made of it.
	Err error
}

// Problem is something in a layer that was not used.
type Problem struct {
	Layer, Place string
	// Key is the key, empty if the whole entry was not used.
	Key string
	Err error
}

func (p Problem) Error() string {
	text := p.Layer
	for _, part := range []string{p.Place, p.Key} {
		if part != "" {
			text += ": " + part
		}
	}
	return text + ": " + p.Err.Error()
}

// Merged is a configuration of several layers.
type Merged[T any] struct {
	Config   T
	Problems []Problem
	origins  map[string]string // the layer by the key
}

// Merge applies layers to a configuration, a struct, which it does not change.
func Merge[T any](base T, layers ...Layer) Merged[T] {
	merged := base
	m := merger{root: reflect.ValueOf(&merged).Elem(), origins: map[string]string{}}
	m.merge(layers)
	return Merged[T]{merged, m.problems, m.origins}
}

func (m *merger) merge(layers []Layer) {
	m.unshare()
	for _, l := range layers {
		m.layer, m.only, m.started = l.Name, l.Only, map[string]bool{}
		for _, e := range l.Entries {
			m.apply(e)
		}
	}
}

// unshare gives the configuration memory of its own.
func (m *merger) unshare() {
	if m.root.IsZero() {
		return // JSON may take nothing for something
	}
	same := reflect.New(m.root.Type())
	content, err := json.Marshal(m.root.Interface())
	if err != nil || json.Unmarshal(content, same.Interface()) != nil {
		return // a type that JSON cannot hold: no layer could set it either
	}
	m.root.Set(same.Elem())
}

// merger is the state of a merge.
type merger struct {
	root     reflect.Value
	problems []Problem
	origins  map[string]string
	layer    string
	only     []string
	place    string
	started  map[string]bool // lists that this layer has begun
}

func (m *merger) apply(e Entry) {
	m.place = e.Place
	if e.Err != nil {
		m.fail("", e.Err)
		return
	}
	if e.Key != "" {
		m.setText(m.root, "", strings.Split(e.Key, "."), e.Value)
		return
	}
	m.setJSON(m.root, "", e.JSON)
}

func (m *merger) fail(key string, err error) {
	m.problems = append(m.problems, Problem{m.layer, m.place, key, err})
}

// set gives a key its value, and forgets where what was under it came from.
func (m *merger) set(target reflect.Value, key string, value reflect.Value) {
	target.Set(value)
	for other := range m.origins {
		if strings.HasPrefix(other, key+".") {
			delete(m.origins, other)
		}
	}
	m.origins[key] = m.layer
}

// field finds a struct's field by its name in JSON.
func (m *merger) field(object reflect.Value, name string) (reflect.Value, error) {
	for i := range object.NumField() {
		f := object.Type().Field(i)
		if f.Anonymous {
			if field, err := m.field(object.Field(i), name); err == nil {
				return field, nil
			}
			continue
		}
		if jsonName(f) != name || name == "" {
			continue
		}
		if only := f.Tag.Get("layer"); only != "" && !slices.Contains(strings.Split(only, ","), m.layer) {
			return reflect.Value{}, errors.Errorf("only the layer %s can set this key", strings.ReplaceAll(strconv.Quote(only), ",", `" or "`))
		}
		if object.Type() == m.root.Type() && m.only != nil && !slices.Contains(m.only, name) {
			return reflect.Value{}, errors.Errorf("this layer is read too late for this key, and can set only %s", strings.Join(m.only, ", "))
		}
		return object.Field(i), nil
	}
	return reflect.Value{}, errors.New("there is no such key")
}

// jsonName is the name of a field in JSON, empty if it has none.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if !f.IsExported() || name == "-" {
		return ""
	}
	if name == "" {
		return f.Name
	}
	return name
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// isObjects tells whether a value is a list of objects.
func isObjects(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct
}

// isMapOfObjects tells whether a value is a map of objects by their names.
func isMapOfObjects(t reflect.Type) bool {
	return t.Kind() == reflect.Map && t.Key().Kind() == reflect.String && t.Elem().Kind() == reflect.Struct
}

// decode reads JSON into a new value of a type.
func decode(t reflect.Type, content []byte) (reflect.Value, error) {
	value := reflect.New(t)
	if err := json.Unmarshal(content, value.Interface()); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return value, fmt.Errorf("it is a %s in JSON, but must be a %s", wrong.Value, wrong.Type)
		}
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return value, fmt.Errorf("this is no JSON: %w", err)
		}
		return value, err
	}
	return value.Elem(), nil
}
