package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

// prepare writes the program that both sides bake, and lays out what the
// recipe starts from.
func (b *bench) prepare() error {
	demo, err := stock.Demo(context.Background(), "amd64")
	if err != nil {
		return err
	}
	return errors.Wrap(os.WriteFile(b.program, demo, 0o755), "writing the program")
}

// initramfsScript and the others are the recipe's steps, in shell as it had them.
const initramfsScript = `
rm -rf root && mkdir -p root && cp "$INIT" root/init
[ ! -e "$KERNEL/e1000.ko" ] || cp "$KERNEL/e1000.ko" root/
(cd root && find . | cpio --quiet -o -H newc) | gzip > initramfs.gz
`

const isoScript = `
rm -rf cd && mkdir -p cd/isolinux
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 cd/isolinux/
cp "$KERNEL/vmlinuz" initramfs.gz cd/
cat > cd/isolinux/isolinux.cfg <<EOF
SERIAL 0 115200
DEFAULT linux
SAY Booting
LABEL linux
  KERNEL /vmlinuz
  APPEND initrd=/initramfs.gz console=tty0 console=ttyS0,115200
EOF
xorriso -report_about SORRY -as mkisofs -quiet -J -R -o machine.iso \
  -isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin \
  -c isolinux/boot.cat -b isolinux/isolinux.bin -no-emul-boot -boot-load-size 4 -boot-info-table cd
`

const boxScript = `
qemu-img convert -O vmdk -o subformat=streamOptimized machine.iso box-disk001.vmdk
echo '{"provider":"virtualbox"}' > metadata.json
echo 'Vagrant.configure("2") { |config| }' > Vagrantfile
echo '<Envelope/>' > box.ovf
tar czf machine.box metadata.json Vagrantfile box.ovf box-disk001.vmdk
`

// shell runs the recipe's steps in a folder, with the given init.
func (b *bench) shell(ctx context.Context, dir, init string, steps ...string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return errors.Wrap(err, "making the recipe's folder")
	}
	cmd := exec.CommandContext(ctx, "bash", "-euc", strings.Join(steps, "\n"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "KERNEL="+b.kernel, "INIT="+init)
	out, err := cmd.CombinedOutput()
	return errors.Wrapf(err, "running the recipe: %s", out)
}

// guest builds an init in testdata, unstripped, as the recipe did.
func (b *bench) guest(ctx context.Context, name string) (string, error) {
	path := filepath.Join(b.dir, name+"-init")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, "./plugin/internal/bench/testdata/"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return path, errors.Wrapf(cmd.Run(), "building the init %s: %s", name, out.String())
}
