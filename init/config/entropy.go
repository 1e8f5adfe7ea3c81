package config

// Entropy is a source of random numbers, for a machine that gets none from its
// processor or hypervisor.
type Entropy struct {
	// Seed is 32 random bytes, in base64, which must be secret and new at each start.
	// The kernel credits all its bits, so only the hypervisor's layers can set it.
	Seed string `json:"seed,omitempty" secret:"true" layer:"SMBIOS,fw_cfg"`
}
