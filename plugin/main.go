// Packer-plugin-scratchmachine turns a Linux kernel and one static Go program
// into a bootable ISO image and a Vagrant box.
package main

import (
	"fmt"
	"os"

	"github.com/hashicorp/packer-plugin-sdk/plugin"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/builder/files"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/datasource/alpine"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/postprocessor"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/version"
)

func main() {
	bake.LimitMemory()
	set := plugin.NewSet()
	set.SetVersion(version.Plugin())
	set.RegisterBuilder("files", new(files.Builder))
	set.RegisterDatasource("alpine", new(alpine.Datasource))
	set.RegisterPostProcessor(plugin.DEFAULT_NAME, new(postprocessor.PostProcessor))
	if err := set.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
