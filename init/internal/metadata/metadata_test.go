//go:build linux

package metadata

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

const userData = "#cloud-config\nmachine: {program: {args: [cloud]}}\n"

// services answer as each cloud does.
func services() map[string]http.Handler {
	return map[string]http.Handler{
		config.MetadataEC2: ec2(map[string]string{
			"/latest/meta-data/local-hostname":            "ip-10-0-0-7.ec2.internal",
			"/latest/meta-data/public-keys/":              "0=mine\n1=yours",
			"/latest/meta-data/public-keys/0/openssh-key": "ssh-ed25519 A mine\n",
			"/latest/meta-data/public-keys/1/openssh-key": "ssh-ed25519 B yours\n",
			"/latest/user-data":                           userData,
		}),
		config.MetadataGCE: with("Metadata-Flavor", "Google", map[string]string{
			"/computeMetadata/v1/instance/?recursive=true":    fmt.Sprintf(`{"hostname":"web.c.project.internal","attributes":{"ssh-keys":"me:ssh-ed25519 A mine","user-data":%q}}`, userData),
			"/computeMetadata/v1/project/attributes/ssh-keys": "you:ssh-ed25519 B yours\n",
		}),
		config.MetadataAzure: with("Metadata", "true", map[string]string{
			"/metadata/instance/compute?api-version=2021-01-01": `{"osProfile":{"computerName":"web"},
				"publicKeys":[{"keyData":"ssh-ed25519 A mine"},{"keyData":"ssh-ed25519 B yours\r\n"}],
				"userData":"I2Nsb3VkLWNvbmZpZwptYWNoaW5lOiB7cHJvZ3JhbToge2FyZ3M6IFtjbG91ZF19fQo="}`,
		}),
		config.MetadataOpenStack: with("", "", map[string]string{
			"/openstack/latest/meta_data.json": `{"hostname":"web.novalocal","public_keys":{"mine":"ssh-ed25519 A mine\n","yours":"ssh-ed25519 B yours"}}`,
			"/openstack/latest/user_data":      userData,
		}),
		config.MetadataDigitalOcean: with("", "", map[string]string{
			"/metadata/v1.json": fmt.Sprintf(`{"hostname":"web","public_keys":["ssh-ed25519 A mine","ssh-ed25519 B yours"],"user_data":%q}`, userData),
		}),
	}
}

// with answers requests that have a header, and no others.
func with(header, value string, pages map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.RequestURI()]
		switch {
		case r.Header.Get(header) != value:
			w.WriteHeader(http.StatusForbidden)
		case !ok:
			w.WriteHeader(http.StatusNotFound)
		default:
			_, _ = fmt.Fprint(w, page)
		}
	})
}

// ec2 hands out a token first.
func ec2(pages map[string]string) http.Handler {
	get := with("X-aws-ec2-metadata-token", "a token", pages)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" && r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds") != "" {
			_, _ = fmt.Fprint(w, "a token")
			return
		}
		get.ServeHTTP(w, r)
	})
}

// ask asks what a test plays, as a machine that is online.
func ask(t *testing.T, name string, at netip.AddrPort, budget time.Duration) (map[string][]byte, error) {
	t.Helper()
	s, err := For(kernelfake.New(t).Kernel, name)
	if err != nil {
		t.Fatal(err)
	}
	s.address, s.budget = at, budget
	online := make(chan struct{})
	close(online)
	return s.Files(online)
}

func addressOf(a net.Addr) netip.AddrPort { return netip.MustParseAddrPort(a.String()) }

// TestClouds: each cloud's service is asked as it wants to be.
func TestClouds(t *testing.T) {
	for name, handler := range services() {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			files, err := ask(t, name, addressOf(server.Listener.Addr()), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			host := "web"
			if name == config.MetadataEC2 {
				host = "ip-10-0-0-7"
			}
			want := `{"local-hostname":"` + host + `","public-keys":["ssh-ed25519 A mine","ssh-ed25519 B yours"]}`
			if string(files["meta-data"]) != want || string(files["user-data"]) != userData {
				t.Errorf("%q, want %s and the user data", files, want)
			}
		})
	}
}

// TestNothing: an instance that nobody has told anything.
func TestNothing(t *testing.T) {
	for name, answer := range map[string]string{
		config.MetadataEC2: "", config.MetadataGCE: "{}", config.MetadataAzure: "{}", config.MetadataOpenStack: "{}", config.MetadataDigitalOcean: "{}",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut || strings.Contains(r.URL.Path, "json") || strings.HasSuffix(r.URL.Path, "compute") || strings.HasSuffix(r.URL.Path, "instance/") {
				_, _ = fmt.Fprint(w, answer)
				return
			}
			w.WriteHeader(http.StatusNotFound)
		}))
		files, err := ask(t, name, addressOf(server.Listener.Addr()), time.Minute)
		if err != nil || string(files["meta-data"]) != "{}" || len(files["user-data"]) > 0 {
			t.Errorf("%s: %q, %v", name, files, err)
		}
		server.Close()
	}
}

// TestLate: a service that is not ready is asked again.
func TestLate(t *testing.T) {
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; n < 3 {
			w.WriteHeader([]int{0, http.StatusTooManyRequests, http.StatusServiceUnavailable}[n])
			return
		}
		services()[config.MetadataDigitalOcean].ServeHTTP(w, r)
	}))
	defer server.Close()
	if _, err := ask(t, config.MetadataDigitalOcean, addressOf(server.Listener.Addr()), time.Minute); err != nil || n != 3 {
		t.Errorf("%v after %d", err, n)
	}
}

// TestWrong: what cannot be used is said, and holds the boot up no longer than allowed.
func TestWrong(t *testing.T) {
	tests := []struct{ name, answer, want string }{
		{"silent", "", "/metadata/v1.json: reading the answer: "},
		{"another protocol", "SSH-2.0-OpenSSH\r\n", "the answer is not HTTP"},
		{"no status", "HTTP/1.1\r\n", "the answer is not HTTP"},
		{"refused", "HTTP/1.1 403 Forbidden\r\n\r\n", "the answer is status 403"},
		{"not there", "HTTP/1.1 404 Not Found\r\n\r\n", "the answer is status 404"},
		{"busy for ever", "HTTP/1.1 503 Busy\r\n\r\n", "the answer is status 503"},
		{"cut off", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "the answer ends after 2 bytes"},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "in chunks"},
		{"too large", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "at most 524288 are read"},
		{"no JSON", "HTTP/1.1 200 OK\r\n\r\n<html>", "reading /metadata/v1.json: invalid character"},
		{"an endless head", "HTTP/1.1 200 OK\r\n" + strings.Repeat("x", maxAnswer), "reading the answer's head"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := ask(t, config.MetadataDigitalOcean, addressOf(play(t, test.answer)), 300*time.Millisecond)
			if err == nil || !strings.HasPrefix(err.Error(), "asking DigitalOcean's metadata service: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// play answers every connection with the same bytes; with none, it says nothing at all.
func play(t *testing.T, answer string) net.Addr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = conn.Read(make([]byte, 1024))
				if answer != "" {
					_, _ = conn.Write([]byte(answer))
					_ = conn.Close()
				}
			}()
		}
	}()
	return l.Addr()
}

// TestOffline: without an address there is nothing to ask.
func TestOffline(t *testing.T) {
	s, err := For(kernelfake.New(t).Kernel, config.MetadataEC2)
	if err != nil {
		t.Fatal(err)
	}
	s.budget = time.Millisecond
	if _, err := s.Files(nil); err == nil || err.Error() != "EC2's metadata service cannot be asked: there is no address after 1ms" {
		t.Errorf("got %v", err)
	}
}

// TestFor: a cloud is known by its DMI, and nothing is asked elsewhere.
func TestFor(t *testing.T) {
	tests := []struct{ name, file, content, want, err string }{
		{"", "sys_vendor", "QEMU\n", "", ""},
		{"", "product_name", "VirtualBox\n", "", ""},
		{"", "", "", "", ""},
		{"", "sys_vendor", "Amazon EC2\n", "EC2's metadata service", ""},
		{"auto", "product_name", "Google Compute Engine\n", "Google's metadata service", ""},
		{"", "chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n", "Azure's metadata service", ""},
		{"", "product_name", "OpenStack Nova\n", "OpenStack's metadata service", ""},
		{"", "sys_vendor", "DigitalOcean\n", "DigitalOcean's metadata service", ""},
		{"off", "sys_vendor", "DigitalOcean\n", "", ""},
		{"gce", "sys_vendor", "QEMU\n", "Google's metadata service", ""},
		{"cloud9", "", "", "", `metadata: "cloud9" is not known: use auto, off, ec2, gce, azure, openstack, digitalocean`},
	}
	for _, test := range tests {
		k := kernelfake.New(t)
		if test.file != "" {
			k.WriteFile(t, "/sys/class/dmi/id/"+test.file, test.content)
		}
		s, err := For(k.Kernel, test.name)
		got, said := "", ""
		if s != nil {
			got = s.Name()
		}
		if err != nil {
			said = err.Error()
		}
		if got != test.want || said != test.err {
			t.Errorf("%+v: %q, %q", test, got, said)
		}
	}
}

// FuzzAnswer: whatever a server says, there is an end, and no panic.
func FuzzAnswer(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
	f.Add("HTTP/1.0 404\n\n")
	f.Add("HTTP/1.1 ")
	f.Fuzz(func(t *testing.T, text string) {
		if content, err := answer(strings.NewReader(text)); err != nil && content != "" || len(content) > len(text) {
			t.Errorf("%q, %v", content, err)
		}
	})
}
