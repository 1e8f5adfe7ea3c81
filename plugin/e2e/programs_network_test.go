package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/smtp"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// tryCaddy: it serves a file over HTTPS, with a certificate that it has from our authority.
func tryCaddy(r *real) {
	ours := newAuthority(r.t)
	key, err := x509.MarshalPKCS8PrivateKey(ours.key)
	if err != nil {
		r.t.Fatal(err)
	}
	r.bake("ca_certificate="+ours.file(r.t), "ca_key="+pemFile(r.t, "PRIVATE KEY", key))
	v, at := r.boot(443)
	get := func(pool *x509.CertPool) (body string, err error) {
		client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "localhost"}}}
		defer client.CloseIdleConnections()
		request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "https://"+at[0]+"/", nil)
		if err != nil {
			return "", err
		}
		request.Host = "localhost"
		response, err := client.Do(request)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		return string(content), err
	}
	want, err := os.ReadFile(r.source("site/index.html"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.eventually(func() error {
		got, err := get(ours.pool())
		if err == nil && got != string(want) {
			r.t.Fatalf("it serves %q", got)
		}
		return err
	})
	r.ready(v)
	if _, err := get(newAuthority(r.t).pool()); err == nil || !strings.Contains(err.Error(), "certificate signed by unknown authority") {
		r.t.Errorf("with another authority: %v", err)
	}
}

// nats is a client: https://docs.nats.io/reference/reference-protocols/nats-protocol.
type nats struct {
	net.Conn
	lines *bufio.Reader
}

func dialNATS(r *real, address string) (client nats) {
	r.t.Helper()
	r.eventually(func() error {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
		client = nats{conn, bufio.NewReader(conn)}
		line, err := client.lines.ReadString('\n')
		if err == nil && !strings.HasPrefix(line, "INFO ") {
			err = errors.Errorf("the server says %q", line)
		}
		if err != nil {
			_ = conn.Close()
			return err
		}
		_, err = fmt.Fprint(client, "CONNECT {\"verbose\":false}\r\nSUB answer 1\r\n")
		return err
	})
	r.t.Cleanup(func() { _ = client.Close() })
	return client
}

// request publishes a message and returns the answer to it.
func (c nats) request(r *real, subject, message string) string {
	r.t.Helper()
	if _, err := fmt.Fprintf(c, "PUB %s answer %d\r\n%s\r\n", subject, len(message), message); err != nil {
		r.t.Fatal(err)
	}
	for {
		line, err := c.lines.ReadString('\n')
		if err != nil {
			r.t.Fatal(err)
		}
		if strings.HasPrefix(line, "PING") {
			_, _ = fmt.Fprint(c, "PONG\r\n")
		}
		if strings.HasPrefix(line, "MSG answer ") {
			answer, err := c.lines.ReadString('\n')
			if err != nil {
				r.t.Fatal(err)
			}
			return answer
		}
	}
}

// tryNATS: a stream that JetStream keeps has its messages after a reboot.
func tryNATS(r *real) {
	r.bake()
	r.blankDisk()
	v, at := r.boot(4222)
	c := dialNATS(r, at[0])
	r.ready(v)
	if said := c.request(r, "$JS.API.STREAM.CREATE.orders", `{"name":"orders","subjects":["orders.>"],"storage":"file"}`); !strings.Contains(said, `"created"`) {
		r.t.Fatalf("creating a stream: %s", said)
	}
	if said := c.request(r, "orders.new", "one pump"); !strings.Contains(said, `"seq":1`) {
		r.t.Fatalf("publishing: %s", said)
	}
	r.powerOff(v)

	v, at = r.boot(4222)
	c = dialNATS(r, at[0])
	var said string
	r.eventually(func() error { // it listens before its streams are there
		if said = c.request(r, "$JS.API.STREAM.MSG.GET.orders", `{"seq":1}`); strings.Contains(said, `"error"`) {
			return errors.New(said)
		}
		return nil
	})
	if !strings.Contains(said, base64.StdEncoding.EncodeToString([]byte("one pump"))) {
		r.t.Errorf("after a reboot: %s", said)
	}
	vmtest.Expect(r.t, v, "machine: app: ready after ")
}

// post sends JSON and returns the answer.
func (r *real) post(address, path, body string) (string, error) {
	client := http.Client{Timeout: 30 * time.Second}
	response, err := client.Post("http://"+address+path, "application/json", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.Errorf("%s: %s", response.Status, content)
	}
	return string(content), err
}

// tryEtcd: what was written is there after the program has been killed.
func tryEtcd(r *real) {
	r.t.Setenv("GOWORK", "off") // it is a module of its own
	g := newGuest(r.t)
	public, err := os.ReadFile(filepath.Join(g.dir, "key.pub"))
	if err != nil {
		r.t.Fatal(err)
	}
	keys, err := json.Marshal([]string{string(bytes.TrimSpace(public))})
	if err != nil {
		r.t.Fatal(err)
	}
	r.bake("ssh_keys=" + string(keys))
	r.blankDisk()
	v, at := r.boot(2379, 22)
	g.address = at[1]
	key, value := base64.StdEncoding.EncodeToString([]byte("colour")), base64.StdEncoding.EncodeToString([]byte("green"))
	r.eventually(func() error {
		_, err := r.post(at[0], "/v3/kv/put", fmt.Sprintf(`{"key":%q,"value":%q}`, key, value))
		return err
	})
	r.ready(v)
	vmtest.Expect(r.t, v, "machine: app: ready after ")
	g.ssh("kill -9 $(pidof app)")
	vmtest.Expect(r.t, v, "killed by signal 9 (killed); starting it again in ")
	var got string
	r.eventually(func() (err error) {
		got, err = r.post(at[0], "/v3/kv/range", fmt.Sprintf(`{"key":%q}`, key))
		return err
	})
	if !strings.Contains(got, `"`+value+`"`) {
		r.t.Errorf("after a kill: %s", got)
	}
}

// tryCoreDNS: it answers of the zone that it has as a file.
func tryCoreDNS(r *real) {
	r.bake()
	v, at := r.boot(53)
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", at[0])
	}}
	var found []string
	r.eventually(func() (err error) {
		found, err = resolver.LookupHost(r.t.Context(), "www.example.test.")
		return err
	})
	r.ready(v)
	slices.Sort(found)
	if want := []string{"192.0.2.80", "2001:db8::80"}; !slices.Equal(found, want) {
		r.t.Errorf("www.example.test is %q, want %q", found, want)
	}
}

// tryMailpit: a mail arrives.
func tryMailpit(r *real) {
	r.bake()
	r.blankDisk()
	v, at := r.boot(8025, 1025)
	mail := "From: ann@example.test\r\nTo: ben@example.test\r\nSubject: The pump\r\n\r\nIt runs.\r\n"
	r.eventually(func() error {
		return smtp.SendMail(at[1], nil, "ann@example.test", []string{"ben@example.test"}, []byte(mail))
	})
	r.ready(v)
	if got := vmtest.Get(r.t, v, "/api/v1/messages"); !strings.Contains(got, `"Subject":"The pump"`) {
		r.t.Errorf("it has %s", got)
	}
}

// tryPrometheus: it has scraped the service beside it.
func tryPrometheus(r *real) {
	r.bake()
	r.blankDisk()
	v, at := r.boot(9090)
	query := "http://" + at[0] + "/api/v1/query?" + url.Values{"query": {"counter_scrapes_total >= 2"}}.Encode()
	client := http.Client{Timeout: 20 * time.Second}
	r.eventually(func() error {
		response, err := client.Get(query)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err == nil && !strings.Contains(string(body), `"job":"counter"`) {
			err = errors.Errorf("%s: %s", response.Status, body)
		}
		return err
	})
	r.ready(v)
}
