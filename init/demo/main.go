// Demo is a whole machine that serves a greeting.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

func main() { machine.Run(serve) }

func serve(ctx context.Context) error {
	server := &http.Server{
		Addr: ":" + cmp.Or(os.Getenv("PORT"), "80"),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(w, cmp.Or(os.Getenv("GREETING"), "Hello from Scratch Machine!"))
		}),
	}
	context.AfterFunc(ctx, func() { _ = server.Shutdown(context.Background()) })
	log.Printf("Serving on %s", server.Addr)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}
