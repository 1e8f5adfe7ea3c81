package nocloud

import (
	"encoding/json"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// network takes network-config, of either version, with or without a key
// "network" around it.
func (s *seed) network() {
	content, _ := s.content(networkFile)
	object := s.object(networkFile, content)
	if object == nil {
		return
	}
	var outer struct{ Network json.RawMessage }
	if json.Unmarshal(object, &outer) == nil && len(outer.Network) > 0 {
		object = outer.Network
	}
	var version struct{ Version int }
	if err := json.Unmarshal(object, &version); err != nil {
		s.fail(networkFile, errors.New("version is missing or no number"))
		return
	}
	var n config.Network
	switch version.Version {
	case 1:
		n = s.version1(read[version1](s, networkFile, object))
	case 2:
		n = s.version2(read[version2](s, networkFile, object))
	default:
		s.fail(networkFile, errors.Errorf("version %d is none that is understood: use 1 or 2", version.Version))
		return
	}
	s.list(networkFile, "network.interfaces", n.Interfaces)
	s.list(networkFile, "network.dns", n.DNS)
	s.list(networkFile, "network.search", n.Search)
}

// route is a way to a network in the form of config.Route.
func route(to, via string) config.Route {
	if to == "default" || to == "0.0.0.0/0" || to == "::/0" {
		to = ""
	}
	return config.Route{To: to, Via: via}
}
