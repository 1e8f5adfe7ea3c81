// Package version holds the plugin's version.
package version

import (
	"github.com/hashicorp/packer-plugin-sdk/version"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// Prerelease is "dev" in a working tree; the release build empties it with
// -ldflags "-X .../plugin/version.Prerelease=".
var Prerelease = "dev"

// Plugin is what the plugin tells Packer about itself.
func Plugin() *version.PluginVersion {
	return version.NewPluginVersion(config.Version, Prerelease, "")
}
