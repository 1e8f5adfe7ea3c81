package config

// Entropy is where random numbers come from, in a machine that has neither a
// processor's nor a hypervisor's.
type Entropy struct {
	// Seed is 32 random bytes, in base64, that nobody else knows, and new at each
	// start. They count in full, so only the hypervisor's layers can give them.
	Seed string `json:"seed,omitempty" secret:"true" layer:"SMBIOS,fw_cfg"`
}
