package guest

import (
	"testing"

	"github.com/mitchellh/mapstructure"
)

// decode reads a block's options by their names, as those who bake do, and checks
// them.
func decode(t *testing.T, options map[string]any, block interface{ Validate() []error }) error {
	t.Helper()
	if err := mapstructure.WeakDecode(options, block); err != nil {
		t.Fatal(err)
	}
	for _, err := range block.Validate() {
		return err
	}
	return nil
}
