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
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/layer"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/textfile"
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
	content, _ := s.content(metaFile)
	object := s.object(metaFile, content)
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
	content, ok := s.content(userFile)
	if !ok {
		return
	}
	content, ok = afterHeader(content)
	if !ok {
		s.fail(userFile, errors.Errorf("only user data that begins with %s is understood", header))
		return
	}
	object := s.object(userFile, content)
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

// content returns the text of a file, and false if there is none.
func (s *seed) content(name string) ([]byte, bool) {
	content, err := textfile.Normalize(s.files[name])
	if err != nil {
		s.fail(name, err)
	}
	return content, len(bytes.TrimSpace(content)) > 0
}

// afterHeader returns what follows the header, with as many lines before it as
// there were, so that errors tell the right one. As for cloud-init, the header's
// case is the user's, and blank lines may come before it.
func afterHeader(content []byte) ([]byte, bool) {
	text := bytes.TrimLeft(content, " \t\n")
	blank := content[:len(content)-len(text)]
	line, _, _ := bytes.Cut(text, []byte("\n"))
	word, _, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
	return append(bytes.Clone(blank), text[len(line):]...), strings.EqualFold(word, header)
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
