package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Order is in which order services are started.
type Order struct {
	// Names are all services, Main among them, each behind those that it is after.
	// Where nothing else decides, Main comes first and the others by their names.
	// Last are those that wait for each other.
	Names []string
	// After has, for each of them, those that it waits for.
	After map[string][]string
	// Problems are what is wrong: a name that no service has, a timer that is waited
	// for, or services that wait for each other.
	Problems []error
}

// OrderOf puts services, and the main program, into the order of their start.
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

// add has one service start after another, as an option of the service name says.
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

// circle is one that waits for another and so on, until the last one waits for the
// first; of the names, each of which waits for one of them.
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
