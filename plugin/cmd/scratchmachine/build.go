package main

import (
	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/flags"
)

func buildCommand() *cobra.Command {
	var o options
	var quiet bool
	cmd := &cobra.Command{
		Use:   "build [PACKAGE|ELF]",
		Short: "Makes images, boxes and disks of a program, without Packer",
		Long: "Build makes what the post-processor makes, from the same options: each is a flag of its name, as --output-iso for\n" +
			"output_iso, and --network-address for address in the block network. The pages of the post-processor describe them.\n" +
			"Without a package and a program it is the demonstration.",
		Example: "  scratchmachine build ./cmd/hello --output-iso hello.iso\n" +
			"  scratchmachine build ./cmd/hello --output-box '{{ .Provider }}.box' --providers virtualbox --providers libvirt",
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				if err := o.setProgram(args[0]); err != nil {
					return err
				}
			}
			if !o.HasOutput() {
				return usageError{errors.New("nothing is to be written: give --output-iso FILE, or another output"), helpOf(cmd)}
			}
			if err := o.setKernel(cmd.Context()); err != nil {
				return err
			}
			_, err := o.bake(cmd.Context(), lines{cmd.ErrOrStderr(), quiet})
			return err
		},
	}
	flags.Add(cmd.Flags(), &o.Options)
	cmd.Flags().StringVar(&o.arch, "arch", "", "The architecture of the kernel that is fetched, amd64 or arm64. Defaults to this host's.")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "Says nothing but errors.")
	return cmd
}
