package bake

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/container"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
)

// containerized is a machine's program that is in a container image.
type containerized struct {
	*container.Image
	tree *container.Tree
	// command is the program's path and its arguments.
	command []string
	env     []string
	program program.Program
	users   *accounts.Table
	user    accounts.User
	groups  []uint32
	signal  int
	// tcp are the TCP ports that it exposes, unforwarded all else that it exposes.
	tcp         []int
	unforwarded []string
}

func (o *Options) validateContainer() []error {
	switch {
	case o.ContainerImage == "" && len(o.Entrypoint) > 0:
		return []error{errors.New("entrypoint needs container_image: a program has args alone")}
	case o.ContainerImage == "":
		return nil
	case o.Program != "" || o.Package != "":
		return []error{errors.New("container_image brings its own program: leave out program and package")}
	case len(o.Services) > 0:
		return []error{errors.New("service blocks do not work with container_image yet: leave them out, or take the program out of the image")}
	}
	return wrapOne(container.CheckReference(o.ContainerImage), "container_image")
}

func wrapOne(err error, what string) []error {
	if err == nil {
		return nil
	}
	return []error{errors.Wrap(err, what)}
}

// container reads the container image, nil if there is none.
func (o *Options) container(ctx context.Context, r Reporter, arch string) (*containerized, error) {
	if o.ContainerImage == "" {
		return nil, nil
	}
	c, err := o.readContainer(ctx, r, arch)
	if err != nil {
		return nil, errors.Wrapf(err, "container_image: %s", o.ContainerImage)
	}
	c.say(r, o)
	return c, nil
}

func (o *Options) readContainer(ctx context.Context, r Reporter, arch string) (*containerized, error) {
	dir, err := fetch.DefaultDir()
	if err != nil {
		return nil, err
	}
	img, err := container.Open(ctx, &fetch.Cache{Dir: dir, Log: r.Say}, o.ContainerImage, arch)
	if err != nil {
		return nil, err
	}
	c := &containerized{Image: img}
	if c.tree, err = img.Tree(ctx); err != nil {
		return nil, err
	}
	n, size := count(c.tree.Entries())
	r.Sayf("Container image %s: %s, %d files, %.1f MB", o.ContainerImage, img.Digest, n, float64(size)/1e6)
	if before := img.Before(ctx); before != "" {
		r.Sayf("%s was %s when it was last baked: it leads to another image now", o.ContainerImage, before)
	}
	if err := c.findUser(ctx, cmp.Or(o.User, img.Config.User, "root")); err != nil {
		return nil, err
	}
	if err := c.findProgram(o, arch); err != nil {
		return nil, err
	}
	if c.signal, err = container.StopSignal(img.Config); err != nil {
		return nil, err
	}
	if c.tcp, c.unforwarded, err = container.Ports(img.Config); err != nil {
		return nil, err
	}
	return c, errors.Wrap(img.Remember(), "keeping what the tag leads to")
}

// findUser finds the user whom the program runs as, NAME or NAME:GROUP or their numbers,
// by the image's own files.
func (c *containerized) findUser(ctx context.Context, wanted string) error {
	passwd, err := c.text(ctx, "/etc/passwd")
	if err != nil {
		return err
	}
	groups, err := c.text(ctx, "/etc/group")
	if err != nil {
		return err
	}
	c.users = accounts.Parse(passwd, groups)
	name, group, hasGroup := strings.Cut(wanted, ":")
	if c.user, err = c.users.User(cmp.Or(name, "root")); err != nil {
		return errors.Wrapf(err, "the user %q", wanted)
	}
	switch {
	case hasGroup:
		c.user.GID, err = c.users.Group(group)
	case c.user.Name == "": // a number that no line of passwd has is in root's group, as in a container
		c.user.GID = 0
	default:
		c.groups = c.users.GroupsOf(c.user.Name)
	}
	return errors.Wrapf(err, "the group of the user %q", wanted)
}

// maxAccounts bounds /etc/passwd and /etc/group, in bytes.
const maxAccounts = 4 << 20

// text is a small file of the image, empty if there is none.
func (c *containerized) text(ctx context.Context, path string) (string, error) {
	e, ok := c.tree.Lookup(path)
	if !ok || e.Content == nil {
		return "", nil
	}
	if e.Size() > maxAccounts {
		return "", errors.Errorf("%s has %d bytes: it is no list of users or groups", path, e.Size())
	}
	var b strings.Builder
	err := content.Copy(ctx, &b, e.Content)
	return b.String(), errors.Wrap(err, path)
}

// findProgram finds what runs, and checks that it can.
func (c *containerized) findProgram(o *Options, arch string) error {
	c.env = merged(c.Config.Env, o.Env)
	command := container.Command(c.Config, o.Entrypoint, o.Args)
	if len(command) == 0 || command[0] == "" {
		return errors.New("the image says of no command to run: name one with the option entrypoint")
	}
	path, err := c.tree.Find(command[0], container.Dir(c.Config), c.env)
	if err != nil {
		return err
	}
	if e, _ := c.tree.Lookup(path); e.Path == "/init" {
		return errors.New("it runs /init, which is where a machine's own init is: name the program that it starts with the option entrypoint")
	}
	c.command = append([]string{path}, command[1:]...)
	c.program, err = c.tree.Program(path, arch)
	return errors.Wrapf(err, "its command %s cannot run", path)
}

// merged is an image's environment with the template's entries over it.
func merged(env []string, over map[string]string) []string {
	var all []string
	for _, entry := range env {
		name, _, ok := strings.Cut(entry, "=")
		if _, replaced := over[name]; ok && name != "" && !replaced {
			all = append(all, entry)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(over)) {
		all = append(all, name+"="+over[name])
	}
	return all
}

// tell tells the machine what to run.
func (c *containerized) tell(p *config.Program) {
	p.Path, p.Args, p.Env = c.command[0], c.command[1:], c.env
	p.Dir, p.StopSignal = container.Dir(c.Config), c.signal
	p.UID, p.GID, p.Groups = c.user.UID, c.user.GID, c.groups
}

// highPorts is the first of the ports that every user of a host may listen on. A lower
// one of the machine's is the host's that is shift higher: 80 is 8080.
const highPorts, shift = 1024, 8000

// forwarded are the ports that a box forwards: the template's, or those that the image
// exposes, or what any machine has.
func (c *containerized) forwarded(o *Options) []ForwardedPort {
	if len(o.ForwardedPorts) > 0 {
		return o.ForwardedPorts
	}
	if len(c.tcp) == 0 {
		return usualPorts()
	}
	var all []ForwardedPort
	used := map[int]bool{}
	for _, port := range c.tcp {
		host := port
		if port < highPorts {
			host += shift
		}
		for used[host] { // of 80 and 8080, say
			host++
		}
		used[host] = true
		all = append(all, ForwardedPort{Guest: port, Host: host})
	}
	return all
}

// folders are those that the program expects, whether the image has them or not.
func (c *containerized) folders() []tree.Entry {
	var all []tree.Entry
	for _, path := range append(container.Volumes(c.Config), container.Dir(c.Config)) {
		if path != "/" {
			all = append(all, tree.Entry{Path: path, Mode: folderMode})
		}
	}
	return all
}

// say says what the machine makes of the image.
func (c *containerized) say(r Reporter, o *Options) {
	r.Sayf("It runs %s in %s, as the user %d, group %d", strings.Join(c.command, " "), container.Dir(c.Config), c.user.UID, c.user.GID)
	for _, name := range slices.Sorted(maps.Keys(c.Attributes)) {
		files := c.Attributes[name]
		r.Sayf("A root in memory has no extended attributes: %s is lost of %s%s", name, files[0], others(len(files)-1))
	}
	for _, path := range container.Volumes(c.Config) {
		if path != o.Data.Path {
			r.Sayf("What is written to the volume %s is in memory and ends with the machine: a data disk keeps it, with path = %[1]q in the data block", path)
		}
	}
	if h := c.Config.Healthcheck; h != nil && len(h.Test) > 0 && h.Test[0] != "NONE" {
		r.Sayf("Its health check is not used: %s. See check in supervise", strings.Join(h.Test, " "))
	}
	if len(c.unforwarded) > 0 {
		r.Sayf("Exposed, but not forwarded, as boxes forward TCP ports only: %s", strings.Join(c.unforwarded, ", "))
	}
	if len(o.ForwardedPorts) == 0 && len(c.tcp) > 0 {
		for _, p := range c.forwarded(o) {
			r.Sayf("A box forwards the port %d, which the image exposes, to %d of the host", p.Guest, p.Host)
		}
	}
}

func others(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " and 1 other file"
	}
	return fmt.Sprintf(" and %d other files", n)
}
