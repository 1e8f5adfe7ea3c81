package kernel

import (
	"strings"

	"github.com/pkg/errors"
)

// LoadOrder sorts modules so that each comes after those it depends on, and
// otherwise keeps the given order. It fails on a module given twice, a
// dependency that is not among them, and a circle.
//
// A module's depends= names other modules only, never what is built into the
// kernel (kernel: scripts/mod/modpost.c, add_depends), so each must be there.
func LoadOrder(modules []Module) ([]Module, error) {
	byName := make(map[string]Module, len(modules))
	for _, m := range modules {
		if _, twice := byName[m.Name]; twice {
			return nil, errors.Errorf("the module %s is given twice", m.Name)
		}
		byName[m.Name] = m
	}
	s := sorter{byName: byName, state: map[string]visit{}}
	for _, m := range modules {
		if err := s.visit(m, nil); err != nil {
			return nil, err
		}
	}
	return s.sorted, nil
}

type visit int

const (
	unseen visit = iota
	open
	done
)

type sorter struct {
	byName map[string]Module
	state  map[string]visit
	sorted []Module
}

// visit appends m behind all that it depends on; chain is who asked for it.
func (s *sorter) visit(m Module, chain []string) error {
	chain = append(chain, m.Name)
	switch s.state[m.Name] {
	case done:
		return nil
	case open:
		return errors.Errorf("modules depend on each other in a circle: %s", strings.Join(chain, " needs "))
	}
	s.state[m.Name] = open
	for _, name := range m.Depends {
		dependency, ok := s.byName[name]
		if !ok {
			return errors.Errorf("the module %s needs the module %s: give %s.ko too", m.Name, name, name)
		}
		if err := s.visit(dependency, chain); err != nil {
			return err
		}
	}
	s.state[m.Name] = done
	s.sorted = append(s.sorted, m)
	return nil
}
