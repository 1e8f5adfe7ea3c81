package machine

import "github.com/scratchmachine/packer-plugin-scratchmachine/init/config"

// Version is the version of this package, which each machine shows on its consoles. The
// plugin has the same version.
const Version = config.Version
