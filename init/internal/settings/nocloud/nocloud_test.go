package nocloud

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/layer"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/yaml"
)

func TestLayer(t *testing.T) {
	tests := []struct {
		name, meta, network, user string
		want                      string
	}{
		{"none", "", "", "", ""},
		{"names", "instance-id: i-1\nlocal-hostname: meta\n", "", "#cloud-config\nhostname: user\n",
			"meta-data hostname=meta|user-data hostname=user"},
		{"keys", "public-keys: ssh-ed25519 A\n", "", "#cloud-config\nssh_authorized_keys:\n  - ssh-ed25519 B\n",
			`meta-data debug.ssh.authorized_keys=["ssh-ed25519 A"]|user-data debug.ssh.authorized_keys=["ssh-ed25519 B"]`},
		{"our own", "", "", "#cloud-config\nmachine:\n  program:\n    env: [A=b]\n", `user-data: machine {"program":{"env":["A=b"]}}`},
		{"what nothing is made of, and the rest counts", "instance-id: 7\nfoo: 1", "", "#cloud-config\npackages: [vim]\nhostname: web\n",
			`meta-data! foo: there is no such key|meta-data! instance-id: it is a number in JSON, but must be a string|user-data! packages: there is no such key|user-data hostname=web`},
		{"a script", "", "", "#!/bin/sh\nreboot\n", "user-data! only user data that begins with #cloud-config is understood"},
		{"only the header", "", "", "#cloud-config\n\n", ""},
		{"only comments", "# nothing", "# nothing", "#cloud-config\n# nothing\n", ""},
		{"garbage", "\x00\x01", "{{", "#cloud-config\n\t:", "meta-data! this is no YAML: yaml: control characters are not allowed|" +
			"network-config! this is no YAML: yaml: line 1: did not find expected node content|user-data! this is no YAML: line 2 is indented with a tab: use spaces"},
		{"after blank lines, in another case", "", "", "\n \r\n#Cloud-Config # mine\nhostname: web\nx:\n\ty: 1\n", "user-data! this is no YAML: line 6 is indented with a tab: use spaces"},
		{"only a mark", "\ufeff", "\ufeff\r\n", "\ufeff\r\n", ""},
		{"no last newline", "local-hostname: meta", "", "#cloud-config", "meta-data hostname=meta"},
		{"another kind of user data", "", "", "#cloud-config-archive\n- a\n", "user-data! only user data that begins with #cloud-config is understood"},
		{"lists", "- a\n", "- a\n", "#cloud-config\n- a\n", "meta-data! it is a array in JSON, but must be an object|" +
			"network-config! version is missing or no number|user-data! it is a array in JSON, but must be an object"},
		{"version 2", "", `
network:
  version: 2
  ethernets:
    eth0:
      dhcp4: yes
    lan:
      match: {macaddress: "52:54:00:12:34:56"}
      set-name: lan0
      addresses: [10.0.3.1/24, "fd00::1/64"]
      gateway4: 10.0.3.254
      accept-ra: true
      mtu: 1400
      routes: [{to: default, via: "fd00::2"}, {to: 10.9.0.0/16, via: 10.0.3.9}]
      nameservers: {addresses: [9.9.9.9], search: [example.org]}
      wakeonlan: true
`, "", `network-config! ethernets.lan.wakeonlan: there is no such key|` +
			`network-config network.interfaces=[{"name":"eth0","dhcp":true},{"mac":"52:54:00:12:34:56","ipv6":"auto","addresses":["10.0.3.1/24","fd00::1/64"],` +
			`"routes":[{"via":"10.0.3.254"},{"via":"fd00::2"},{"to":"10.9.0.0/16","via":"10.0.3.9"}],"mtu":1400}]|` +
			`network-config network.dns=["9.9.9.9"]|network-config network.search=["example.org"]`},
		{"version 1", "", `
version: 1
config:
  - type: physical
    name: eth0
    subnets:
      - type: static
        address: 10.0.2.15
        netmask: 255.255.255.0
        gateway: 10.0.2.2
        dns_nameservers: [10.0.2.3]
        routes: [{network: 10.9.0.0, netmask: 255.255.0.0, gateway: 10.0.2.9}]
      - type: ipv6_slaac
  - type: physical
    name: lan
    mac_address: "52:54:00:12:34:56"
    subnets: [{type: dhcp}, {type: static, address: nowhere}, {type: ppp}]
  - type: nameserver
    address: 9.9.9.9
    search: [example.org]
  - type: bond
    name: bond0
`, "", `network-config! the interface "lan": "nowhere" is no address with a prefix length|network-config! the interface "lan": the subnet type "ppp" is not supported|` +
			`network-config! the type "bond" is not supported: use physical or nameserver|` +
			`network-config network.interfaces=[{"name":"eth0","ipv6":"auto","addresses":["10.0.2.15/24"],"routes":[{"via":"10.0.2.2"},{"to":"10.9.0.0/16","via":"10.0.2.9"}]},` +
			`{"mac":"52:54:00:12:34:56","dhcp":true}]|network-config network.dns=["10.0.2.3","9.9.9.9"]|network-config network.search=["example.org"]`},
		{"version 3", "", "version: 3\n", "", "network-config! version 3 is none that is understood: use 1 or 2"},
		{"a bad value", "", "version: 2\nethernets: {eth0: {dhcp4: maybe, mtu: 1400}}\n", "",
			`network-config! ethernets.eth0.dhcp4: "maybe" is neither true nor false|network-config network.interfaces=[{"name":"eth0","mtu":1400}]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := Layer(map[string][]byte{metaFile: []byte(test.meta), networkFile: []byte(test.network), userFile: []byte(test.user)}, yaml.ToJSON)
			if got := listed(l); got != test.want {
				t.Errorf("%s\nwant\n%s", got, test.want)
			}
			if m := layer.Merge(config.Config{}, l); strings.Contains(test.name, "version") && len(m.Problems) != strings.Count(test.want, "! ") {
				t.Errorf("the configuration does not take it: %v", m.Problems)
			}
		})
	}
}

// listed shows a layer on one line.
func listed(l layer.Layer) string {
	var all []string
	for _, e := range l.Entries {
		switch {
		case e.Err != nil:
			all = append(all, e.Place+"! "+e.Err.Error())
		case e.Key == "":
			all = append(all, e.Place+" "+string(e.JSON))
		default:
			all = append(all, e.Place+" "+e.Key+"="+e.Value)
		}
	}
	return strings.Join(all, "|")
}

// TestEditors: the same seed as several editors save it, one of them in an
// encoding that is refused.
func TestEditors(t *testing.T) {
	const want = `meta-data hostname=web|meta-data debug.ssh.authorized_keys=["ssh-ed25519 AAAA me"]|` +
		`network-config network.interfaces=[{"name":"eth0","addresses":["10.0.2.15/24"],"routes":[{"via":"10.0.2.2"}]}]|` +
		`network-config network.dns=["10.0.2.3"]|user-data: machine {"program":{"args":["one\ntwo\n"],"env":["A=b c"]}}`
	const refused = "meta-data! this is UTF-16, not UTF-8: have the editor save it as UTF-8|" +
		"network-config! this is UTF-16, not UTF-8: have the editor save it as UTF-8|" +
		"user-data! this is UTF-16, not UTF-8: have the editor save it as UTF-8"
	tests := map[string]string{"unix": want, "notepad": want, "no-last-newline": want, "trailing-blanks": want, "utf-16": refused}
	for dir, want := range tests {
		t.Run(dir, func(t *testing.T) {
			files := map[string][]byte{}
			for _, name := range Files() {
				content, err := os.ReadFile(filepath.Join("testdata", dir, name))
				if err != nil {
					t.Fatal(err)
				}
				files[name] = content
			}
			if got := listed(Layer(files, yaml.ToJSON)); got != want {
				t.Errorf("%s\nwant\n%s", got, want)
			}
		})
	}
}

// FuzzLayer: whatever a seed disk holds, there is an end, and no panic.
func FuzzLayer(f *testing.F) {
	f.Add("local-hostname: x", "version: 2\nethernets: {a: {dhcp4: on}}", "#cloud-config\nmachine: {program: {env: [a]}}")
	f.Add("&a [*a]", "version: 1\nconfig: [{type: physical, subnets: [{type: static, address: 1.2.3.4, netmask: 24}]}]", "#cloud-config\n{}")
	f.Fuzz(func(_ *testing.T, meta, network, user string) {
		l := Layer(map[string][]byte{metaFile: []byte(meta), networkFile: []byte(network), userFile: []byte(user)}, yaml.ToJSON)
		layer.Merge(config.Config{}, l)
	})
}
