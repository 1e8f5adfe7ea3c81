package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// registry stands for HCP's Vagrant box registry and for Vagrant Cloud, which
// cannot be reached from a test. It keeps what was asked of it.
type registry struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string // "METHOD path", those that change something
	bodies   string   // of those, one after the other
	uploaded string   // the SHA-256 of what was uploaded
}

func newRegistry(t *testing.T) *registry {
	t.Helper()
	r := &registry{}
	mux := http.NewServeMux()
	r.hcp(mux)
	r.cloud(mux)
	mux.HandleFunc("PUT /storage/", func(w http.ResponseWriter, request *http.Request) {
		sum := sha256.New()
		_, _ = io.Copy(sum, request.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.uploaded = hex.EncodeToString(sum.Sum(nil))
	})
	r.Server = httptest.NewTLSServer(mux)
	t.Cleanup(r.Close)
	return r
}

// certificate writes the registry's certificate to a file, for SSL_CERT_FILE.
func (r *registry) certificate(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "registry.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// note keeps a request and answers with JSON.
func (r *registry) note(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		r.requests = append(r.requests, request.Method+" "+request.URL.Path)
		r.bodies += string(body)
		r.mu.Unlock()
		r.say(answer)(w, request)
	}
}

// say answers with JSON, in which STORAGE is where a box can be uploaded.
func (r *registry) say(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, strings.ReplaceAll(answer, "STORAGE", r.URL+"/storage/box"))
	}
}

// hcp answers as HCP's API does (packer-plugin-vagrant, vagrant-registry).
func (r *registry) hcp(mux *http.ServeMux) {
	const (
		box          = "/vagrant/2022-09-30/registry/acme/box/hello"
		version      = box + "/version/1.2.0"
		provider     = version + "/provider/virtualbox"
		architecture = provider + "/architecture/amd64"
		operation    = `{"operation":{"id":"o1","state":"DONE","location":{"organization_id":"o","project_id":"p"}}}`
	)
	missing := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"code":5,"message":"not found"}`)
	}
	mux.HandleFunc("POST /oauth2/token", r.say(`{"access_token":"token","token_type":"Bearer","expires_in":3600}`))
	for _, path := range []string{box, version, provider, architecture} {
		mux.HandleFunc("GET "+path, missing)
	}
	mux.HandleFunc("POST /vagrant/2022-09-30/registry/acme/boxes", r.note(operation))
	mux.HandleFunc("GET /operation/2020-05-05/organizations/o/projects/p/operations/o1/wait", r.say(operation))
	mux.HandleFunc("POST "+box+"/versions", r.note(`{"version":{"name":"1.2.0","state":"UNRELEASED"}}`))
	mux.HandleFunc("POST "+version+"/providers", r.note(`{}`))
	mux.HandleFunc("POST "+provider+"/architectures", r.note(`{}`))
	mux.HandleFunc("GET "+architecture+"/direct/upload", r.say(`{"url":"STORAGE","object":"x1"}`))
	mux.HandleFunc("PUT "+architecture+"/direct/complete/x1", r.note(`{}`))
	mux.HandleFunc("PUT "+version+"/release", r.note(`{}`))
}

// cloud answers as Vagrant Cloud does (packer-plugin-vagrant, vagrant-cloud).
// Since 1.1 the post-processor names the architecture in its paths.
func (r *registry) cloud(mux *http.ServeMux) {
	const box = "/api/v1/box/acme/hello"
	provider := `{"name":"virtualbox","architecture":"amd64"}`
	upload := `{"upload_path":"STORAGE","callback":"CALLBACK"}`
	mux.HandleFunc("GET /api/v1/authenticate", r.say(`{}`))
	mux.HandleFunc("GET "+box, r.say(`{"tag":"acme/hello","versions":[]}`))
	mux.HandleFunc("POST "+box+"/versions", r.note(`{"version":"1.2.0"}`))
	mux.HandleFunc("POST "+box+"/version/1.2.0/providers", r.note(provider))
	callback := func(w http.ResponseWriter, request *http.Request) {
		r.say(strings.ReplaceAll(upload, "CALLBACK", r.URL+"/api/v1/callback"))(w, request)
	}
	mux.HandleFunc("GET "+box+"/version/1.2.0/provider/virtualbox/upload/direct", callback)
	mux.HandleFunc("GET "+box+"/version/1.2.0/provider/virtualbox/amd64/upload/direct", callback)
	mux.HandleFunc("PUT /api/v1/callback", r.note(`{}`))
	mux.HandleFunc("PUT "+box+"/version/1.2.0/release", r.note(`{}`))
}

// wantReleased wants a box that was made, described, uploaded and released.
func (r *registry) wantReleased(t *testing.T, sha256 string, requests ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if got := strings.Join(r.requests, "\n"); got != strings.Join(requests, "\n") {
		t.Errorf("the registry was asked\n%s\nwant\n%s", got, strings.Join(requests, "\n"))
	}
	for _, want := range []string{`"virtualbox"`, `"1.2.0"`, `"` + sha256 + `"`} {
		if !strings.Contains(strings.ReplaceAll(r.bodies, `": "`, `":"`), want) {
			t.Errorf("the registry was not told %s but\n%s", want, r.bodies)
		}
	}
	if r.uploaded != sha256 {
		t.Errorf("uploaded %s, want the box, %s", r.uploaded, sha256)
	}
}

// describe is what a plugin says of itself.
func describe(t *testing.T, plugin string) (components []string) {
	t.Helper()
	out, err := packer{path: plugin, dir: t.TempDir()}.run(t, "describe")
	var description struct {
		PostProcessors []string `json:"post_processors"`
	}
	if err == nil {
		err = json.Unmarshal([]byte(out), &description)
	}
	if err != nil {
		t.Fatalf("%s describe: %v: %s", plugin, err, out)
	}
	return description.PostProcessors
}
