package shell

import (
	"context"
	"io"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// evaluate interprets a line, without running anything, and returns which
// commands it would run with the parameter "mark", and what they would have as
// a variable.
func evaluate(t *testing.T, line, variable string) (commands, value string) {
	t.Helper()
	file, err := syntax.NewParser().Parse(strings.NewReader(line), "")
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	var ran []string
	runner, err := interp.New(
		interp.Env(expand.ListEnviron()), interp.StdIO(nil, io.Discard, io.Discard), interp.Params("--", "mark"),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc {
			return func(ctx context.Context, args []string) error {
				ran = append(ran, args...)
				value = interp.HandlerCtx(ctx).Env.Get(variable).String()
				return nil
			}
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Run(t.Context(), file); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return strings.Join(ran, " "), value
}
