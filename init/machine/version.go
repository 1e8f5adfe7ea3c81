package machine

import "github.com/scratchmachine/packer-plugin-scratchmachine/init/config"

// Version is the version of this package, which each machine shows on its
// consoles. It is the version of the plugin, too.
const Version = config.Version
