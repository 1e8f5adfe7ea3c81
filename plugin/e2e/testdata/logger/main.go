// Logger is a machine that logs what it is asked to, and knows the time.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/logging"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/logtls"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

func main() { machine.Run(serve, machine.WithLogTLS(logtls.Dial)) }

func serve(ctx context.Context) error {
	slog.SetDefault(slog.New(logging.NewHandler(nil)))
	started := time.Now()
	_, _ = rand.Read(make([]byte, 1))
	slog.Warn("random numbers", "waited", time.Since(started))

	var mu sync.Mutex
	next := 0
	http.HandleFunc("/log", func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		for to, _ := strconv.Atoi(r.FormValue("to")); next < to; next++ { // a question may come twice
			slog.Info("line", "number", next)
		}
	})
	http.HandleFunc("/time", func(w http.ResponseWriter, r *http.Request) {
		if machine.WaitClock(r.Context()) != nil {
			return // who asked has gone
		}
		fmt.Fprint(w, time.Now().Unix())
	})
	http.HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { // the kernel's
		_ = os.WriteFile("/proc/sysrq-trigger", []byte("c"), 0o200)
	})
	server := &http.Server{Addr: ":80"}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}
