// Package yaml lets a machine read a seed disk that is written in YAML:
//
//	machine.Run(serve, machine.WithYAML(yaml.ToJSON))
//
// The stock init has it. It is apart from the package machine for its size,
// about 0.2 MB in the image.
package yaml

import (
	"encoding/json"

	"github.com/pkg/errors"
	"go.yaml.in/yaml/v3"
)

// ToJSON translates a document of YAML to JSON.
func ToJSON(document []byte) ([]byte, error) {
	var value any
	if err := yaml.Unmarshal(document, &value); err != nil {
		return nil, errors.Wrap(err, "this is no YAML")
	}
	content, err := json.Marshal(value)
	return content, errors.Wrap(err, "this YAML has no form in JSON")
}
