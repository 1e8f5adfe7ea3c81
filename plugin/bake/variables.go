package bake

import "maps"

// Render completes an option's text once the kernel is known. data are the variables
// that it may use.
type Render func(option, text string, data Variables) (string, error)

// Variables are what the names of outputs and the catalog's URL can use.
type Variables map[string]any

// variables are the caller's own and ours.
func (b *Bake) variables(arch, release string) Variables {
	data := maps.Clone(b.Variables)
	if data == nil {
		data = Variables{}
	}
	data["Architecture"] = arch
	data["KernelRelease"] = release
	return data.with(b.Options.Providers[0])
}

// with returns the variables for the box of one provider.
func (v Variables) with(provider string) Variables {
	v = maps.Clone(v)
	v["Provider"], v["ArtifactId"] = provider, provider
	return v
}

// and returns the variables with one more.
func (v Variables) and(name, value string) Variables {
	v = maps.Clone(v)
	v[name] = value
	return v
}

func (v Variables) arch() string { return v["Architecture"].(string) }
