package debug

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/replacement"
	status "github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/debug/page"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/debug/shell"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/debug/sshd"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

// shellName is the name (argv[0]) under which this executable runs the shell.
const shellName = "machine-shell"

// home is the shell's working folder.
const home = "/root"

func service() machine.Service {
	return machine.Service{
		Name: "debug", Run: run,
		Commands: map[string]func([]string) int{shellName: shell.Main},
	}
}

// run serves SSH and the status page, as configured, until ctx ends.
func run(ctx context.Context, m machine.Machine) error {
	c := m.Config().Debug
	if c.SSH.Listen == "" && c.Page == "" {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serveLocally(ctx, m) })
	if c.Page != "" {
		group.Go(func() error { return servePage(ctx, m, c.Page, c.Interface) })
	}
	if c.SSH.Listen != "" {
		group.Go(func() error { return serveSSH(ctx, m) })
	}
	return group.Wait()
}

func serveSSH(ctx context.Context, m machine.Machine) error {
	c := m.Config().Debug
	key, fresh, err := hostKey(c.SSH.HostKey)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return errors.Wrap(err, "making the folder "+home)
	}
	l, err := listen(ctx, c.SSH.Listen, c.Interface)
	if err != nil {
		return err
	}
	if fresh {
		m.Printf("machine: ssh: the host key is %s", fingerprint(key.PublicKey()))
	}
	m.Printf("machine: ssh: listening on %s", l.Addr())
	server := newServer(m, key, home)
	return server.Serve(ctx, l)
}

func newServer(m machine.Machine, key ssh.Signer, home string) sshd.Server {
	keys := newKeys(m, m.Config().Debug.SSH.AuthorizedKeys, filepath.Join(home, ".ssh/authorized_keys"))
	return sshd.Server{
		HostKey:    key,
		Authorized: keys.authorized,
		Start:      starter{m, home}.start,
		Parts:      map[string]sshd.Part{replacement.Subsystem: replacer{m, keys.owner}.serve},
		Logf:       func(format string, args ...any) { m.Printf("machine: ssh: "+format, args...) },
	}
}

// servePage serves the status page on its own address.
func servePage(ctx context.Context, m machine.Machine, address, iface string) error {
	l, err := listen(ctx, address, iface)
	if err != nil {
		return err
	}
	m.Printf("machine: debug: the status page is http://%s%s", l.Addr(), status.Path)
	return serveHTTP(ctx, status.Handler(source{m}), l)
}

// serveLocally serves the status page to the shell, on a Unix socket.
func serveLocally(ctx context.Context, m machine.Machine) error {
	if err := os.MkdirAll(filepath.Dir(status.Socket), 0o700); err != nil {
		return errors.Wrap(err, "making the folder of the status page's socket")
	}
	_ = os.Remove(status.Socket) // left by an earlier attempt
	l, err := net.Listen("unix", status.Socket)
	if err != nil {
		return errors.Wrap(err, "opening the status page's socket")
	}
	return serveHTTP(ctx, status.LocalHandler(source{m}, m), l)
}

func serveHTTP(ctx context.Context, handler http.Handler, l net.Listener) error {
	server := http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); err != http.ErrServerClosed {
		return errors.Wrap(err, "serving the status page")
	}
	return nil
}
