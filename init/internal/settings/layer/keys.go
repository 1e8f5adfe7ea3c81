package layer

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Key is a key of a configuration with where it came from.
type Key struct {
	Name string `json:"name"`
	// Value is the value as JSON, with secrets masked.
	Value json.RawMessage `json:"value"`
	Layer string          `json:"layer"`
}

// masked stands for a secret.
const masked = "********"

// Keys lists the keys that a layer set, and those of the others that have a
// value, in the order of the fields. Secrets are masked: a field with the tag
// `secret:"true"` whole, and one with `secret:"values"`, a list of "NAME=value",
// after the names.
func (m Merged[T]) Keys() []Key {
	l := lister{origins: m.origins}
	l.list(reflect.ValueOf(m.Config), "", "")
	return l.keys
}

// Summary says in one line which keys each layer above the baked one decided,
// "SMBIOS: hostname; seed disk: program.args, program.env". It is empty if none
// did.
func (m Merged[T]) Summary() string { return summary(m.Keys()) }

// Decided lists the keys that one layer decided, with commas between them.
func (m Merged[T]) Decided(layer string) string {
	var names []string
	for _, key := range m.Keys() {
		if key.Layer == layer {
			names = append(names, key.Name)
		}
	}
	return strings.Join(names, ", ")
}

func summary(keys []Key) string {
	var layers []string
	byLayer := map[string][]string{}
	for _, key := range keys {
		if key.Layer == Baked || key.Layer == Default {
			continue
		}
		if byLayer[key.Layer] == nil {
			layers = append(layers, key.Layer)
		}
		byLayer[key.Layer] = append(byLayer[key.Layer], key.Name)
	}
	for i, layer := range layers {
		layers[i] = layer + ": " + strings.Join(byLayer[layer], ", ")
	}
	return strings.Join(layers, "; ")
}

// lister lists the keys of a configuration.
type lister struct {
	keys    []Key
	origins map[string]string
}

func (l *lister) list(value reflect.Value, key, secret string) {
	switch {
	case value.Kind() == reflect.Struct:
		for i := range value.NumField() {
			f := value.Type().Field(i)
			if f.Anonymous {
				l.list(value.Field(i), key, "")
			} else if name := jsonName(f); name != "" {
				l.list(value.Field(i), join(key, name), f.Tag.Get("secret"))
			}
		}
	case isMapOfObjects(value.Type()) && value.Len() > 0 && secret == "":
		for _, name := range names(value) {
			l.list(value.MapIndex(mapKey(value, name)), join(key, name), "")
		}
	case isObjects(value.Type()) && value.Len() > 0 && secret == "":
		for i := range value.Len() {
			l.list(value.Index(i), join(key, strconv.Itoa(i)), "")
		}
	default:
		_, set := l.origins[key]
		if !set && (value.IsZero() || value.Kind() == reflect.Slice && value.Len() == 0) {
			return
		}
		content, err := json.Marshal(mask(value, secret))
		if err != nil {
			return
		}
		l.keys = append(l.keys, Key{key, content, l.origin(key)})
	}
}

// names are a map's keys, sorted.
func names(value reflect.Value) []string {
	var all []string
	for _, key := range value.MapKeys() {
		all = append(all, key.String())
	}
	slices.Sort(all)
	return all
}

// origin is the layer that a key came from: by itself, or with what it is in.
func (l *lister) origin(key string) string {
	for {
		if layer, ok := l.origins[key]; ok {
			return layer
		}
		i := strings.LastIndexByte(key, '.')
		if i < 0 {
			return Default
		}
		key = key[:i]
	}
}

func mask(value reflect.Value, secret string) any {
	switch {
	case secret == "" || value.IsZero():
		return value.Interface()
	case secret == "values" && value.Kind() == reflect.Slice:
		var names []string
		for i := range value.Len() {
			name, _, _ := strings.Cut(value.Index(i).String(), "=")
			names = append(names, name+"="+masked)
		}
		return names
	}
	return masked
}
