package bake

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/guest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
)

// Service is a program that runs beside the main one, as a process of its own with a
// user, rights and a log of its own. There can be any number of these blocks. The main
// program is the service `app`. The services are started in the order that `after` and
// `before` ask for, and stopped in the reverse order when the machine ends. With
// services, each line on the consoles begins with the name of its service. The program
// is at `/services/NAME` in the machine, beside the main one's `/app`: a name of yours can
// hide nothing there. All options of [Supervise](#supervise) are also options of this
// block.
type Service struct {
	// The name: 1 to 32 small letters, digits and `-`.
	Name string `mapstructure:"name" required:"true"`
	// The program: a static ELF file for Linux. It needs this or `package`.
	Program string `mapstructure:"program"`
	// The program as a Go package to build, as in the option `package`.
	Package string `mapstructure:"package"`
	// More flags for `go build`. Only with `package`.
	BuildFlags []string `mapstructure:"build_flags"`
	// The program's arguments.
	Args []string `mapstructure:"args"`
	// The program's environment variables, besides those that every program gets.
	Env map[string]string `mapstructure:"env"`
	// The user that runs the program, as in the option `user`. By default the service has
	// a user of its own with its name, and a folder `/var/lib/NAME`, which is its `HOME`.
	// The data disk belongs to the main program's user: `user = "app"` gives access to it.
	User string `mapstructure:"user"`
	// `simple`, the default, keeps the program running. `oneshot` runs it once; when it
	// fails, the services after it are not started. `timer` runs it whenever it is due.
	Kind string `mapstructure:"kind"`
	// The services that must be there before this one starts: a `simple` one has been
	// started and passed its `check`, if it has one; a `oneshot` has ended with status 0.
	After []string `mapstructure:"after"`
	// The services that must wait for this one, such as `["app"]`.
	Before []string `mapstructure:"before"`
	// When a `timer` runs: an interval such as `1h`, the first time an hour after the
	// start; or five fields as in crontab(5), such as `30 4 * * *`, or `@daily`, in the
	// machine's time zone. If the last run is still going, the next one is skipped.
	Every string `mapstructure:"every"`

	guest.Supervise `mapstructure:",squash"`
}

// servicesDir is where the programs of services are.
const servicesDir = "/services/"

// title returns the block's name for messages.
func (s Service) title() string { return fmt.Sprintf("service %q", s.Name) }

// validateServices returns what is wrong with the service blocks, by themselves and
// together.
func (o *Options) validateServices() []error {
	var errs []error
	seen := map[string]bool{}
	for _, s := range o.Services {
		for _, err := range s.validate() {
			errs = append(errs, errors.Wrap(err, s.title()))
		}
		if seen[s.Name] {
			errs = append(errs, errors.Errorf("%s: another block has the same name: give each its own", s.title()))
		}
		seen[s.Name] = true
	}
	users, _, err := o.accounts()
	if err != nil {
		return errs // reported with the other users
	}
	for _, s := range o.Services {
		if _, err := s.account(users); err != nil && s.User != "" {
			errs = append(errs, errors.Wrapf(err, "%s: user", s.title()))
		}
	}
	for _, err := range config.OrderOf(o.guestServices(users)).Problems {
		errs = append(errs, errors.Wrap(err, "service"))
	}
	return errs
}

func (s Service) validate() []error {
	errs := s.guest(accounts.User{}).Problems(s.Name)
	if (s.Program == "") == (s.Package == "") {
		errs = append(errs, errors.New("give either program or package"))
	}
	if len(s.BuildFlags) > 0 && s.Package == "" {
		errs = append(errs, errors.New("build_flags needs package: nothing else is built"))
	}
	errs = append(errs, s.Supervise.Validate()...)
	return append(errs, checkEnv(s.Env)...)
}

// account returns the user that the service runs as.
func (s Service) account(users *accounts.Table) (accounts.User, error) {
	if s.User == "" {
		return users.User(s.Name)
	}
	return findUser(users, s.User)
}

// guest returns what the machine is told of the service.
func (s Service) guest(user accounts.User) config.Service {
	c := config.Service{Kind: s.Kind, After: s.After, Before: s.Before, Every: s.Every}
	c.Path, c.Args, c.Env = servicesDir+s.Name, s.Args, sortedEnv(s.Env)
	c.UID, c.GID = user.UID, user.GID
	s.Supervise.Tell(&c.Program)
	return c
}

// guestServices returns what the machine is told of all services, nil if there are none.
func (o *Options) guestServices(users *accounts.Table) map[string]config.Service {
	var all map[string]config.Service
	for _, s := range o.Services {
		if all == nil {
			all = map[string]config.Service{}
		}
		user, _ := s.account(users) // validated
		all[s.Name] = s.guest(user)
	}
	return all
}

// ownUsers names the services that have users of their own.
func (o *Options) ownUsers() []string {
	var names []string
	for _, s := range o.Services {
		if s.User == "" && len(s.guest(accounts.User{}).Problems(s.Name)) == 0 {
			names = append(names, s.Name)
		}
	}
	return names
}

// sayService says what a service is.
func sayService(r Reporter, s Service, size int64, user accounts.User) {
	what := []string{fmt.Sprintf("%.1f MB", float64(size)/1e6)}
	if s.Kind != "" {
		what = append(what, s.Kind)
	}
	if s.Every != "" {
		what = append(what, "every "+s.Every)
	}
	r.Sayf("Service %s, %s: runs as the user %d, group %d", s.Name, strings.Join(what, ", "), user.UID, user.GID)
}
