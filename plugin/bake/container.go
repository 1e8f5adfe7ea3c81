package bake

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/container"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
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
