package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestRegistry: the templates that share a box, with HashiCorp's own
// post-processors, against a registry of the test's.
func TestRegistry(t *testing.T) {
	vagrant := tooltest.Part(t, "SCRATCHMACHINE_PLUGIN_VAGRANT")
	components := describe(t, vagrant)
	tests := []struct {
		component, template string
		options             func(r *registry) []string
		requests            []string
	}{
		{
			"vagrant-registry", "registry.pkr.hcl",
			func(r *registry) []string {
				address := strings.TrimPrefix(r.URL, "https://")
				return []string{"HCP_API_ADDRESS=" + address, "HCP_AUTH_URL=" + r.URL, "HCP_CLIENT_ID=id", "HCP_CLIENT_SECRET=secret"}
			},
			[]string{
				"POST /vagrant/2022-09-30/registry/acme/boxes",
				"POST /vagrant/2022-09-30/registry/acme/box/hello/versions",
				"POST /vagrant/2022-09-30/registry/acme/box/hello/version/1.2.0/providers",
				"POST /vagrant/2022-09-30/registry/acme/box/hello/version/1.2.0/provider/virtualbox/architectures",
				"PUT /vagrant/2022-09-30/registry/acme/box/hello/version/1.2.0/provider/virtualbox/architecture/amd64/direct/complete/x1",
				"PUT /vagrant/2022-09-30/registry/acme/box/hello/version/1.2.0/release",
			},
		},
		{
			"vagrant-cloud", "cloud.pkr.hcl",
			func(r *registry) []string { return []string{"PKR_VAR_cloud_url=" + r.URL + "/api/v1"} },
			[]string{
				"POST /api/v1/box/acme/hello/versions",
				"POST /api/v1/box/acme/hello/version/1.2.0/providers",
				"PUT /api/v1/callback",
				"PUT /api/v1/box/acme/hello/version/1.2.0/release",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.component, func(t *testing.T) {
			if name := strings.TrimPrefix(test.component, "vagrant-"); !slices.Contains(components, name) {
				t.Skipf("%s has no %s: it came with version 1.1", vagrant, test.component)
			}
			p, r := newPacker(t), newRegistry(t)
			p.install(t, vagrant, "github.com/hashicorp/vagrant")
			p.env = append(p.env, "SSL_CERT_FILE="+r.certificate(t))
			p.env = append(p.env, test.options(r)...)
			t.Log(p.build(t, "-var", "kernel_dir="+vmtest.KernelDir(t, "gokrazy"), "-var", "box_tag=acme/hello",
				"-var", "version=1.2.0", template(t, test.template)))
			box, err := os.ReadFile(filepath.Join(p.dir, "output", "scratchmachine.box"))
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(box)
			r.wantReleased(t, hex.EncodeToString(sum[:]), test.requests...)
		})
	}
}
