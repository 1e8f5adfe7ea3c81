//go:build linux

// Package machineid gives the machine its machine-id(5). The sources of the id belong
// here.
package machineid

import (
	"encoding/hex"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

const (
	// path is the file from which programs read the id.
	path = "etc/machine-id"
	// productUUID is the hypervisor's UUID, from the System Information structure of
	// SMBIOS (DSP0134, 7.2.1; drivers/firmware/dmi-id.c).
	productUUID = "sys/class/dmi/id/product_uuid"
	// size is the size of an id in bytes.
	size = 16
)

// Write writes the machine's id. It takes the hypervisor's UUID, so that the machine
// has the same id at each start. Without one it takes a random number.
func Write(k *kernelapi.Kernel) error {
	id, err := uuid(k)
	if err != nil {
		id = make([]byte, size)
		if err := k.Entropy.Fill(id); err != nil {
			return errors.Wrap(err, "making a machine-id")
		}
	}
	return errors.Wrap(k.ReplaceFile(path, hex.EncodeToString(id)+"\n"), "writing the machine-id")
}

// uuid returns the hypervisor's UUID. All zeros or all ones mean that there is none.
func uuid(k *kernelapi.Kernel) ([]byte, error) {
	text, err := k.ReadFile(productUUID)
	if err != nil {
		return nil, err
	}
	digits := strings.ReplaceAll(strings.TrimSpace(string(text)), "-", "")
	id, err := hex.DecodeString(digits)
	if err != nil || len(id) != size || strings.Trim(digits, "0") == "" || strings.Trim(digits, "fF") == "" {
		return nil, errors.Errorf("%q is not a UUID", text)
	}
	return id, nil
}
