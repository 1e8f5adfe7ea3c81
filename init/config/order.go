package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Order is the order in which services start.
type Order struct {
	// Names are all services, including Main. Each comes after those that it waits for.
	// Where that leaves a choice, Main comes first and the others follow by their
	// names. Services that wait for each other come last.
	Names []string
	// After lists, for each service, those that it waits for.
	After map[string][]string
	// Problems are errors in the order: a name that no service has, a timer for which a
	// service waits, or services that wait for each other.
	Problems []error
}

// OrderOf sorts the services and the main program into the order of their start.
func OrderOf(services map[string]Service) Order {
	o := Order{After: map[string][]string{Main: nil}}
	names := append([]string{Main}, slices.Sorted(maps.Keys(services))...)
	for _, name := range names[1:] {
		s := services[name]
		for _, other := range s.After {
			o.add(services, name, "after", other, other, name)
		}
		for _, other := range s.Before {
			o.add(services, name, "before", other, name, other)
		}
	}
	for len(names) > 0 {
		next := slices.IndexFunc(names, func(name string) bool {
			return !slices.ContainsFunc(o.After[name], func(other string) bool { return slices.Contains(names, other) })
		})
		if next < 0 {
			o.Problems = append(o.Problems, fmt.Errorf("after, before: %s can never start, as each waits for another of them",
				strings.Join(o.circle(names), ", ")))
			o.Names = append(o.Names, names...)
			break
		}
		o.Names = append(o.Names, names[next])
		names = slices.Delete(names, next, next+1)
	}
	return o
}

// add makes one service start after another. The service name has the option that says
// so.
func (o *Order) add(services map[string]Service, name, option, other, first, second string) {
	_, known := services[other]
	switch {
	case !known && other != Main:
		o.Problems = append(o.Problems, fmt.Errorf("%s: %s: there is no service %q", name, option, other))
	case first == second:
		o.Problems = append(o.Problems, fmt.Errorf("%s: %s: a service cannot wait for itself", name, option))
	case services[first].Kind == KindTimer:
		o.Problems = append(o.Problems, fmt.Errorf("%s: %s: %s is a timer, which nothing can wait for", name, option, first))
	case !slices.Contains(o.After[second], first):
		o.After[second] = append(o.After[second], first)
	}
}

// circle returns services that wait for each other in a circle. Each of the names waits
// for at least one of the others.
func (o *Order) circle(names []string) []string {
	var way []string
	for name := names[0]; ; {
		if i := slices.Index(way, name); i >= 0 {
			slices.Sort(way[i:])
			return way[i:]
		}
		way = append(way, name)
		i := slices.IndexFunc(o.After[name], func(other string) bool { return slices.Contains(names, other) })
		name = o.After[name][i]
	}
}
