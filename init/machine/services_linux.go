package machine

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"syscall"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/power"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/service"
)

// addServices makes the set of the machine's programs, in the order of their start.
func (p *pid1) addServices() error {
	env := []string{"HOSTNAME=" + p.config.Hostname, machineEnv + "=" + Version}
	if p.config.TimeZone != "" {
		env = append(env, "TZ="+p.config.TimeZone)
	}
	if p.dataDir != "" {
		env = append(env, "DATA_DIR="+p.dataDir)
	}
	p.services = service.NewSet(p.kernel, p, p.reaper, service.Surroundings{Env: env, ClockSet: p.clock.Settled()})
	order := config.OrderOf(p.config.Services)
	for _, problem := range order.Problems {
		p.Report("services", problem)
	}
	if len(order.Names) > 1 {
		p.ShowNames()
	}
	for _, name := range order.Names {
		u := p.unit(name)
		u.After = order.After[name]
		if _, err := p.services.Add(u); err != nil {
			p.Report(name, err)
		}
	}
	return nil
}

// unit returns the unit of a service by its name. For the main program, the path comes
// from the configuration, or from the option, or it is this executable as an ordinary
// program.
func (p *pid1) unit(name string) service.Unit {
	if name != service.Main {
		return service.Unit{Name: name, Service: p.config.Services[name]}
	}
	u := service.Unit{Name: name, Service: config.Service{Program: p.config.Program}}
	u.Path = cmp.Or(u.Path, p.options.program)
	if u.Path == "" {
		u.Path, u.Argv0 = "/proc/self/exe", os.Args[0]
	}
	return u
}

// startTasks starts the services that are a part of PID 1. They run until the machine
// ends.
func (p *pid1) startTasks() error {
	for _, s := range p.options.services {
		run := func(ctx context.Context) error { return s.Run(ctx, machine{p}) }
		p.atEnd(s.Name, service.StartTask(p.kernel, p, s.Name, run))
	}
	return nil
}

// machine is the view that services have of PID 1.
type machine struct{ p *pid1 }

func (m machine) Config() config.Config { return m.p.config }

func (m machine) Keys() []Key {
	var keys []Key
	for _, k := range m.p.settings.Keys() {
		keys = append(keys, Key(k))
	}
	return keys
}

func (m machine) Printf(format string, args ...any) { m.p.Printf(format, args...) }

func (m machine) Log(n int) []string { return m.p.Last(n) }

func (m machine) LogSince(n int) ([]string, int) { return m.p.Since(n) }

func (m machine) Timeline() json.Marshaler { return m.p.timeline }

func (m machine) Program() ProgramState {
	return ProgramState(m.p.services.Member(service.Main).State())
}

func (m machine) Programs() []NamedProgram {
	var all []NamedProgram
	for _, s := range m.p.services.Members() {
		all = append(all, NamedProgram{s.Name, cmp.Or(s.Kind, config.KindSimple), ProgramState(s.State())})
	}
	return all
}

func (m machine) StartProgram(name string) error {
	s, err := m.service(name)
	if err == nil {
		s.Start()
	}
	return err
}

func (m machine) StopProgram(name, cause string) error {
	s, err := m.service(name)
	if err == nil {
		s.Stop(cause)
	}
	return err
}

func (m machine) ReplaceProgram(name, by string) (Replacement, error) {
	n, err := m.p.services.Substitute(name, by)
	if err != nil {
		return nil, err
	}
	return n, nil
}

func (m machine) service(name string) (*service.Service, error) {
	if s := m.p.services.Member(name); s != nil {
		return s, nil
	}
	return nil, errors.Errorf("there is no service %q", name)
}

func (m machine) Leases() []Lease {
	var leases []Lease
	for _, l := range m.p.network.Leases() {
		leases = append(leases, Lease(l))
	}
	return leases
}

func (m machine) PowerOff(cause string) { m.p.requests.Add(power.Off, cause) }

func (m machine) Reboot(cause string) { m.p.requests.Add(power.Reboot, cause) }

func (m machine) Start(path string, argv []string, attr *syscall.ProcAttr) (int, <-chan syscall.WaitStatus, error) {
	return m.p.reaper.Start(path, argv, attr)
}
