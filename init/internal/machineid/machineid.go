//go:build linux

// Package machineid gives the machine its machine-id(5). What enters here is where
// it comes from.
package machineid

import (
	"encoding/hex"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

const (
	// path is where programs read it.
	path = "etc/machine-id"
	// productUUID is that of the hypervisor, in the system's structure of SMBIOS
	// (DSP0134, 7.2.1; drivers/firmware/dmi-id.c).
	productUUID = "sys/class/dmi/id/product_uuid"
	// size is in bytes.
	size = 16
)

// Write writes the machine's id. It is the hypervisor's UUID, by which the machine has the
// same one at each start, or where there is none a random number.
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

// uuid is the hypervisor's. All zeros and all ones mean that there is none.
func uuid(k *kernelapi.Kernel) ([]byte, error) {
	text, err := k.ReadFile(productUUID)
	if err != nil {
		return nil, err
	}
	digits := strings.ReplaceAll(strings.TrimSpace(string(text)), "-", "")
	id, err := hex.DecodeString(digits)
	if err != nil || len(id) != size || strings.Trim(digits, "0") == "" || strings.Trim(digits, "fF") == "" {
		return nil, errors.Errorf("%q is no UUID", text)
	}
	return id, nil
}
