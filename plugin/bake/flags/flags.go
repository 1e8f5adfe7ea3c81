// Package flags makes command line flags of the options of a bake, by their names: what
// is output_iso there is --output-iso here, and address in the block network is
// --network-address.
package flags

import (
	"embed"
	"reflect"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
)

//go:generate go run ./generate

// usage is, one a line, an option's name and the first sentence of its documentation.
//
//go:embed usage.txt
var usage embed.FS

// Add adds a flag for each option of o, which it sets, but for those that are left out.
// Blocks of which there can be several have a form of their own: --file SRC:DST and
// --publish HOST:GUEST.
func Add(set *pflag.FlagSet, o *bake.Options, leftOut ...string) {
	a := adder{set: set, usage: usages(), leftOut: map[string]bool{}}
	for _, name := range leftOut {
		a.leftOut[name] = true
	}
	a.fields(reflect.ValueOf(o).Elem(), "")
	a.set.Var(&files{&o.Files}, "file", "Puts a file or folder of this host into the machine: `SRC:DST`, may be repeated.")
	a.set.Var(&ports{&o.ForwardedPorts}, "publish", "Makes a TCP port of the machine one of this host: `HOST:GUEST`, may be repeated.")
}

type adder struct {
	set     *pflag.FlagSet
	usage   map[string]string
	leftOut map[string]bool
}

// fields adds the fields of a struct. prefix is the block's name.
func (a adder) fields(v reflect.Value, prefix string) {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("mapstructure")
		if tag == "" {
			continue
		}
		name := prefix + strings.ReplaceAll(tag, "_", "-")
		if a.leftOut[name] {
			continue
		}
		usage := a.usage[name]
		switch p := v.Field(i).Addr().Interface().(type) {
		case *string:
			a.set.StringVar(p, name, "", usage)
		case *int:
			a.set.IntVar(p, name, 0, usage)
		case *bool:
			a.set.BoolVar(p, name, false, usage)
		case **bool:
			a.set.BoolFunc(name, usage, func(text string) error {
				yes, err := strconv.ParseBool(text)
				*p = &yes
				return err
			})
		case *[]string:
			a.set.StringArrayVar(p, name, nil, usage)
		case *map[string]string:
			a.set.Var(&pairs{p}, name, usage)
		default:
			if v.Field(i).Kind() == reflect.Struct {
				a.fields(v.Field(i), name+"-")
			}
		}
	}
}

func usages() map[string]string {
	all := map[string]string{}
	text, _ := usage.ReadFile("usage.txt") // embedded
	for line := range strings.Lines(string(text)) {
		name, sentence, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[name] = sentence
	}
	return all
}

// pairs is a map, of which each flag sets one entry, NAME=value.
type pairs struct{ to *map[string]string }

func (p *pairs) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.Errorf("%q is not NAME=value", text)
	}
	if *p.to == nil {
		*p.to = map[string]string{}
	}
	(*p.to)[name] = value
	return nil
}

func (p *pairs) String() string { return "" }
func (p *pairs) Type() string   { return "NAME=value" }
