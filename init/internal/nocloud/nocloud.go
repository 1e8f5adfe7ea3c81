// Package nocloud makes a layer of configuration of the files on a NoCloud seed
// disk. Of what cloud-init knows it takes what a machine without a userland can
// use; all else is reported.
//
// Source: cloud-init's documentation, "NoCloud", "Networking config Version 1",
// "Version 2", and "Module reference".
package nocloud

import (
	"bytes"
	"encoding/json"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/layer"
)

// Label is the label of a seed disk, in any case.
const Label = "cidata"

// The files of a seed disk.
const (
	metaFile    = "meta-data"
	networkFile = "network-config"
	userFile    = "user-data"
)

// Files lists the names of the files that are read.
func Files() []string { return []string{metaFile, networkFile, userFile} }

// authorizedKeys is the configuration's key for who may log in.
const authorizedKeys = "debug.ssh.authorized_keys"

// header is how user data for cloud-init begins that is not a script or the like.
const header = "#cloud-config"

// metaData is what is taken of meta-data.
type metaData struct {
	InstanceID    string    `json:"instance-id"` // every start is the first
	LocalHostname string    `json:"local-hostname"`
	Hostname      string    `json:"hostname"`
	PublicKeys    oneOrMore `json:"public-keys"`
}

// cloudConfig is what is taken of user-data. Machine is our own configuration.
type cloudConfig struct {
	Hostname string          `json:"hostname"`
	Keys     oneOrMore       `json:"ssh_authorized_keys"`
	Machine  json.RawMessage `json:"machine"`
}

// Layer is the layer in the files of a seed disk, by their names. toJSON
// translates YAML. What is in user-data wins over the other files.
func Layer(files map[string][]byte, toJSON func(yaml []byte) ([]byte, error)) layer.Layer {
	s := seed{files: files, toJSON: toJSON}
	s.meta()
	s.network()
	s.user()
	return layer.Layer{Name: "seed disk", Entries: s.entries}
}

// seed collects the entries of a layer.
type seed struct {
	files   map[string][]byte
	toJSON  func(yaml []byte) ([]byte, error)
	entries []layer.Entry
}

func (s *seed) meta() {
	object := s.object(metaFile, s.files[metaFile])
	if object == nil {
		return
	}
	meta := read[metaData](s, metaFile, object)
	if meta.Hostname != "" && meta.LocalHostname == "" {
		meta.LocalHostname = meta.Hostname
	}
	s.text(metaFile, "hostname", meta.LocalHostname)
	s.list(metaFile, authorizedKeys, meta.PublicKeys)
}

func (s *seed) user() {
	content := s.files[userFile]
	if len(bytes.TrimSpace(content)) == 0 {
		return
	}
	first, _, _ := bytes.Cut(content, []byte("\n"))
	if string(bytes.TrimSpace(first)) != header {
		s.fail(userFile, errors.Errorf("only user data that begins with %s is understood", header))
		return
	}
	object := s.object(userFile, content[len(first):])
	if object == nil {
		return
	}
	user := read[cloudConfig](s, userFile, object)
	s.text(userFile, "hostname", user.Hostname)
	s.list(userFile, authorizedKeys, user.Keys)
	if len(user.Machine) > 0 {
		s.entries = append(s.entries, layer.Entry{Place: userFile + ": machine", JSON: user.Machine})
	}
}

// object translates a file to JSON, nil if it is empty or damaged.
func (s *seed) object(place string, content []byte) []byte {
	if len(bytes.TrimSpace(content)) == 0 {
		return nil
	}
	object, err := s.toJSON(content)
	if err != nil {
		s.fail(place, err)
		return nil
	}
	if string(bytes.TrimSpace(object)) == "null" { // nothing but comments
		return nil
	}
	return object
}

// read reads what a JSON object has of T, as far as it is sound.
func read[T any](s *seed, place string, object []byte) T {
	var none T
	merged := layer.Merge(none, layer.Layer{Entries: []layer.Entry{{JSON: object}}})
	for _, p := range merged.Problems {
		if p.Key != "" {
			p.Err = errors.Wrap(p.Err, p.Key)
		}
		s.fail(place, p.Err)
	}
	return merged.Config
}

func (s *seed) fail(place string, err error) {
	s.entries = append(s.entries, layer.Entry{Place: place, Err: err})
}

// text adds a key with its value, if it has one.
func (s *seed) text(place, key, value string) {
	if value != "" {
		s.entries = append(s.entries, layer.Entry{Place: place, Key: key, Value: value})
	}
}

// list adds a key with its list, if there is one.
func (s *seed) list(place, key string, values any) {
	content, err := json.Marshal(values)
	if err != nil || string(content) == "null" || string(content) == "[]" {
		return
	}
	s.entries = append(s.entries, layer.Entry{Place: place, Key: key, Value: string(content)})
}

// oneOrMore is a list, of which one element may stand alone.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(content []byte) error {
	var one string
	if json.Unmarshal(content, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(content, (*[]string)(o))
}

// flag is a boolean in any of the spellings of YAML 1.1.
type flag bool

func (f *flag) UnmarshalJSON(content []byte) error {
	switch string(bytes.ToLower(content)) {
	case "true", `"yes"`, `"on"`, `"true"`:
		*f = true
	case "false", `"no"`, `"off"`, `"false"`:
		*f = false
	default:
		return errors.Errorf("%s is neither true nor false", content)
	}
	return nil
}
