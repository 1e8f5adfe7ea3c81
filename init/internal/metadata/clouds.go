//go:build linux

package metadata

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// cloud is one provider of metadata.
type cloud struct {
	key  string // in the configuration
	name string // for people
	dmi  []identity
	read func(session) (document, error)
}

// identity is how a DMI file below /sys/class/dmi/id begins in a cloud.
type identity struct{ file, begin string }

// clouds lists the clouds. The identities are those of cloud-init's tools/ds-identify.
func clouds() []cloud {
	return []cloud{
		{config.MetadataEC2, "EC2's metadata service", []identity{{"sys_vendor", "Amazon EC2"}}, readEC2},
		{config.MetadataGCE, "Google's metadata service", []identity{{"product_name", "Google Compute Engine"}}, readGCE},
		{config.MetadataAzure, "Azure's metadata service", []identity{{"chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77"}}, readAzure},
		{config.MetadataOpenStack, "OpenStack's metadata service", []identity{
			{"product_name", "OpenStack Nova"}, {"product_name", "OpenStack Compute"}, {"chassis_asset_tag", "OpenStack "},
		}, readOpenStack},
		{config.MetadataDigitalOcean, "DigitalOcean's metadata service", []identity{{"sys_vendor", "DigitalOcean"}}, readDigitalOcean},
	}
}

// runs tells whether the machine runs in the cloud.
func (c cloud) runs(k *kernelapi.Kernel) bool {
	return slices.ContainsFunc(c.dmi, func(i identity) bool {
		content, err := k.ReadFile("/sys/class/dmi/id/" + i.file)
		return err == nil && strings.HasPrefix(string(content), i.begin)
	})
}

// readEC2 uses version 2 of the service, which wants a token
// (docs.aws.amazon.com, "Use IMDSv2").
func readEC2(s session) (document, error) {
	token, err := s.do("PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: 60")
	if err != nil {
		return document{}, err
	}
	header := "X-aws-ec2-metadata-token: " + token
	var d document
	if d.hostname, err = s.get("/latest/meta-data/local-hostname", header); err != nil {
		return document{}, err
	}
	if d.userData, err = s.get("/latest/user-data", header); err != nil {
		return document{}, err
	}
	const keys = "/latest/meta-data/public-keys/"
	list, err := s.get(keys, header)
	for _, line := range lines(list) { // NUMBER=NAME
		number, _, _ := strings.Cut(line, "=")
		var key string
		if key, err = s.get(keys+number+"/openssh-key", header); err != nil {
			break
		}
		d.keys = append(d.keys, lines(key)...)
	}
	return d, err
}

// readGCE (cloud.google.com, "About VM metadata") takes the project's keys too, unless
// the instance blocks them.
func readGCE(s session) (document, error) {
	const header = "Metadata-Flavor: Google"
	var instance struct {
		Hostname   string
		Attributes map[string]string
	}
	if err := s.getJSON("/computeMetadata/v1/instance/?recursive=true", header, &instance); err != nil {
		return document{}, err
	}
	keys := instance.Attributes["ssh-keys"]
	if instance.Attributes["block-project-ssh-keys"] != "true" {
		project, err := s.get("/computeMetadata/v1/project/attributes/ssh-keys", header)
		if err != nil {
			return document{}, err
		}
		keys += "\n" + project
	}
	d := document{hostname: instance.Hostname, userData: instance.Attributes["user-data"]}
	for _, line := range lines(keys) {
		if _, key, ok := strings.Cut(line, ":"); ok { // USER:KEY
			d.keys = append(d.keys, key)
		}
	}
	return d, nil
}

// readAzure (learn.microsoft.com, "Azure Instance Metadata Service").
func readAzure(s session) (document, error) {
	var compute struct {
		OSProfile  struct{ ComputerName string }
		PublicKeys []struct{ KeyData string }
		UserData   string
	}
	if err := s.getJSON("/metadata/instance/compute?api-version=2021-01-01", "Metadata: true", &compute); err != nil {
		return document{}, err
	}
	userData, err := base64.StdEncoding.DecodeString(compute.UserData)
	d := document{hostname: compute.OSProfile.ComputerName, userData: string(userData)}
	for _, k := range compute.PublicKeys {
		d.keys = append(d.keys, lines(k.KeyData)...)
	}
	return d, errors.Wrap(err, "reading userData, which must be base64")
}

// readOpenStack (docs.openstack.org, Nova's "Metadata").
func readOpenStack(s session) (document, error) {
	var meta struct {
		Hostname string
		Keys     map[string]string `json:"public_keys"`
	}
	if err := s.getJSON("/openstack/latest/meta_data.json", "", &meta); err != nil {
		return document{}, err
	}
	d := document{hostname: meta.Hostname}
	for _, name := range slices.Sorted(maps.Keys(meta.Keys)) {
		d.keys = append(d.keys, lines(meta.Keys[name])...)
	}
	var err error
	d.userData, err = s.get("/openstack/latest/user_data", "")
	return d, err
}

// readDigitalOcean (docs.digitalocean.com, "Metadata API").
func readDigitalOcean(s session) (document, error) {
	var droplet struct {
		Hostname string
		Keys     []string `json:"public_keys"`
		UserData string   `json:"user_data"`
	}
	err := s.getJSON("/metadata/v1.json", "", &droplet)
	return document{droplet.Hostname, droplet.Keys, droplet.UserData}, err
}

// getJSON reads an answer, which there must be.
func (s session) getJSON(path, header string, into any) error {
	content, err := s.do("GET", path, header)
	if err != nil {
		return err
	}
	return errors.Wrapf(json.Unmarshal([]byte(content), into), "reading %s", path)
}

// lines are a text's lines that are not blank.
func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}
