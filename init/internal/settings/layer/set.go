package layer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// setJSON sets what a piece of JSON says: each key of an object by itself, so
// that a bad one spoils no other.
func (m *merger) setJSON(target reflect.Value, key string, content []byte) {
	if bytes.Equal(bytes.TrimSpace(content), []byte("null")) {
		return // as if it were not there
	}
	switch {
	case target.Kind() == reflect.Struct:
		m.setObject(target, key, content)
	case isObjects(target.Type()):
		m.setObjects(target, key, content)
	case isMapOfObjects(target.Type()):
		m.setMap(target, key, content)
	default:
		value, err := decode(target.Type(), content)
		if err != nil {
			m.fail(key, err)
			return
		}
		m.set(target, key, value)
	}
}

func (m *merger) setObject(target reflect.Value, key string, content []byte) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(content, &object); err != nil {
		m.fail(key, notJSON(err, "an object"))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		field, err := m.field(target, name)
		if err != nil {
			m.fail(join(key, name), err)
			continue
		}
		m.setJSON(field, join(key, name), object[name])
	}
}

func (m *merger) setObjects(target reflect.Value, key string, content []byte) {
	var list []json.RawMessage
	if err := json.Unmarshal(content, &list); err != nil {
		m.fail(key, notJSON(err, "a list of objects"))
		return
	}
	m.set(target, key, reflect.MakeSlice(target.Type(), len(list), len(list)))
	for i, element := range list {
		m.setJSON(target.Index(i), join(key, strconv.Itoa(i)), element)
	}
}

func (m *merger) setMap(target reflect.Value, key string, content []byte) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(content, &object); err != nil {
		m.fail(key, notJSON(err, "an object"))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		element := entry(target, name)
		m.setJSON(element, join(key, name), object[name])
		setEntry(target, name, element)
	}
}

// entry is a copy of what a map has under a name, or a new one.
func entry(target reflect.Value, name string) reflect.Value {
	element := reflect.New(target.Type().Elem()).Elem()
	if there := target.MapIndex(mapKey(target, name)); there.IsValid() {
		element.Set(there)
	}
	return element
}

// setEntry puts what is under a name into a map.
func setEntry(target reflect.Value, name string, element reflect.Value) {
	if target.IsNil() {
		target.Set(reflect.MakeMap(target.Type()))
	}
	target.SetMapIndex(mapKey(target, name), element)
}

func mapKey(target reflect.Value, name string) reflect.Value {
	return reflect.ValueOf(name).Convert(target.Type().Key())
}

func notJSON(err error, wanted string) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("it is a %s in JSON, but must be %s", wrong.Value, wanted)
	}
	return fmt.Errorf("this is no JSON: %w", err)
}

// setText sets a key that is given as text. path is what remains of it.
func (m *merger) setText(target reflect.Value, key string, path []string, text string) {
	if len(path) == 0 {
		m.setValue(target, key, text)
		return
	}
	name := join(key, path[0])
	switch {
	case target.Kind() == reflect.Struct:
		field, err := m.field(target, path[0])
		if err != nil {
			m.fail(name, err)
			return
		}
		m.setText(field, name, path[1:], text)
	case isObjects(target.Type()):
		m.setElement(target, key, path, text)
	case isMapOfObjects(target.Type()):
		element, problems := entry(target, path[0]), len(m.problems)
		if m.setText(element, name, path[1:], text); len(m.problems) == problems {
			setEntry(target, path[0], element)
		}
	case target.Kind() == reflect.Map && target.Type().Key().Kind() == reflect.String:
		m.setValueOf(target, key, strings.Join(path, "."), text)
	default:
		m.fail(name, errors.New("there is no such key"))
	}
}

// setElement sets what is in one element of a list of objects. A new one whose
// key cannot be set is not added.
func (m *merger) setElement(target reflect.Value, key string, path []string, text string) {
	i, err := strconv.Atoi(path[0])
	if err != nil || i < 0 || i > target.Len() {
		m.fail(join(key, path[0]), fmt.Errorf("an index from 0 to %d is wanted here", target.Len()))
		return
	}
	before, problems := target.Len(), len(m.problems)
	if i == before {
		target.Set(reflect.Append(target, reflect.Zero(target.Type().Elem())))
	}
	m.setText(target.Index(i), join(key, path[0]), path[1:], text)
	if len(m.problems) > problems {
		target.SetLen(before)
	}
}

// setValueOf sets one value of a map.
func (m *merger) setValueOf(target reflect.Value, key, name, text string) {
	value, err := parse(target.Type().Elem(), text)
	if err != nil {
		m.fail(join(key, name), err)
		return
	}
	setEntry(target, name, value)
	m.origins[key] = m.layer
}

// setValue sets the key that a path has led to.
func (m *merger) setValue(target reflect.Value, key, text string) {
	kind := target.Kind()
	switch {
	case kind == reflect.Struct || (isObjects(target.Type()) || isMapOfObjects(target.Type())) && text != "":
		m.setJSON(target, key, []byte(text))
	case kind == reflect.Slice && text == "":
		m.started[key] = true
		m.set(target, key, reflect.Zero(target.Type()))
	case kind == reflect.Slice && !json.Valid([]byte(text)) || kind == reflect.Slice && text[0] != '[':
		element, err := parse(target.Type().Elem(), text)
		if err != nil {
			m.fail(key, err)
			return
		}
		list := reflect.Zero(target.Type())
		if m.started[key] {
			list = target
		}
		m.started[key] = true
		m.set(target, key, reflect.Append(list, element))
	default:
		value, err := parse(target.Type(), text)
		if err != nil {
			m.fail(key, err)
			return
		}
		m.set(target, key, value)
	}
}

// parse reads text as a value of a type: a string as it is, a boolean in any
// spelling of strconv.ParseBool, and all else as JSON.
func parse(t reflect.Type, text string) (reflect.Value, error) {
	if t.Kind() == reflect.Pointer {
		value, err := parse(t.Elem(), text)
		if err != nil {
			return value, err
		}
		pointer := reflect.New(t.Elem())
		pointer.Elem().Set(value)
		return pointer, nil
	}
	switch t.Kind() {
	case reflect.String:
		return reflect.ValueOf(text).Convert(t), nil
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return reflect.Value{}, fmt.Errorf("%q is neither true nor false", text)
		}
		return reflect.ValueOf(b).Convert(t), nil
	}
	value, err := decode(t, []byte(text))
	return value, errors.Wrapf(err, "%q", text)
}
