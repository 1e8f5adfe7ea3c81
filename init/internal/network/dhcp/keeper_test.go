package dhcp

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"
)

// granted is a lease. Its value is its name.
type granted string

func (g granted) String() string { return string(g) }

func (granted) Times() Times {
	return Times{Renew: 60 * time.Second, Rebind: 105 * time.Second, Expire: 120 * time.Second}
}

// script plays a server that gives its answers in turn, and ends the test after the
// last. It records each question and event with the time.
type script struct {
	clock   time.Duration
	answers []any // a granted, an error, or a duration that the next answer takes
	notes   []string
	ctx     context.Context
	end     context.CancelFunc
}

func (s *script) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf("%d %s", s.clock/time.Second, fmt.Sprintf(format, args...)))
}

func (s *script) answer(question string) (granted, error) {
	s.note("%s", question)
	for {
		if len(s.answers) == 0 {
			s.end()
			return "", context.Canceled
		}
		next := s.answers[0]
		s.answers = s.answers[1:]
		switch a := next.(type) {
		case time.Duration:
			s.clock += a
		case granted:
			return a, nil
		case error:
			return "", a
		}
	}
}

func (s *script) Acquire(context.Context) (granted, error) { return s.answer("acquire") }
func (s *script) Confirm(_ context.Context, g granted) (granted, error) {
	return s.answer("confirm " + g.String())
}
func (s *script) Renew(_ context.Context, g granted) (granted, error) {
	return s.answer("renew " + g.String())
}
func (s *script) Rebind(_ context.Context, g granted) (granted, error) {
	return s.answer("rebind " + g.String())
}

func (s *script) keeper() *Keeper[granted] {
	return &Keeper[granted]{
		Protocol: s,
		Now:      func() time.Duration { return s.clock },
		After: func(d time.Duration) <-chan time.Time {
			if s.ctx.Err() != nil {
				return nil
			}
			s.clock += d
			return time.After(0)
		},
		Bound:  func(g granted) { s.note("bound %s", g) },
		Lost:   func(g granted, why error) { s.note("lost %s: %v", g, why) },
		Report: func(err error) { s.note("report %v", err) },
	}
}

// run runs a keeper until the server has no more answers.
func (s *script) run(k *Keeper[granted], answers ...any) {
	s.ctx, s.end = context.WithCancel(context.Background())
	s.answers = answers
	k.Run(s.ctx)
}

var (
	silence = errors.New("no answer")
	no      = errors.Wrap(ErrRefused, "10.0.0.1")
)

func TestKeeper(t *testing.T) {
	tests := []struct {
		name    string
		answers []any
		want    string
	}{
		{"granted and renewed", []any{granted("a"), granted("a"), granted("a")},
			"0 acquire, 0 bound a, 60 renew a, 60 bound a, 120 renew a, 120 bound a, 180 renew a"},
		{"nobody there at first", []any{silence, silence, silence, granted("a")},
			"0 acquire, 0 report asking for a lease: no answer, 1 acquire, 3 acquire, 7 acquire, 7 bound a, 67 renew a"},
		{"the pauses have an end", []any{silence, silence, silence, silence, silence, silence, silence, silence},
			"0 acquire, 0 report asking for a lease: no answer, 1 acquire, 3 acquire, 7 acquire, 15 acquire, 31 acquire, 63 acquire, 95 acquire, 127 acquire"},
		{"refused when asked for", []any{no, granted("a")},
			"0 acquire, 0 report asking for a lease: 10.0.0.1: the server refuses it, 1 acquire, 1 bound a, 61 renew a"},
		{"refused when renewed", []any{granted("a"), no, granted("b")},
			"0 acquire, 0 bound a, 60 renew a, 60 lost a: 10.0.0.1: the server refuses it, 60 acquire, 60 bound b, 120 renew b"},
		{"another server extends", []any{granted("a"), silence, granted("b")},
			"0 acquire, 0 bound a, 60 renew a, 60 report renewing a: no answer, 105 rebind a, 105 bound b, 165 renew b"},
		{"another server refuses", []any{granted("a"), silence, no},
			"0 acquire, 0 bound a, 60 renew a, 60 report renewing a: no answer, 105 rebind a, 105 lost a: 10.0.0.1: the server refuses it, 105 acquire"},
		{"expired", []any{granted("a"), silence, silence, silence, granted("b")},
			"0 acquire, 0 bound a, 60 renew a, 60 report renewing a: no answer, 105 rebind a, 120 lost a: it has expired, 120 acquire, 121 acquire, 121 bound b, 181 renew b"},
		{"the time counts from the question", []any{5 * time.Second, granted("a")},
			"0 acquire, 5 bound a, 60 renew a"},
		{"a silent server is reported again after it was there", []any{granted("a"), silence, granted("a"), silence},
			"0 acquire, 0 bound a, 60 renew a, 60 report renewing a: no answer, 105 rebind a, 105 bound a, 165 renew a, 165 report renewing a: no answer, 210 rebind a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &script{}
			s.run(s.keeper(), test.answers...)
			if got := strings.Join(s.notes, ", "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestKeeperAgain: a second Run confirms the lease of the first.
func TestKeeperAgain(t *testing.T) {
	tests := []struct {
		name    string
		away    time.Duration
		answers []any
		want    string
	}{
		{"holds", 10 * time.Second, []any{granted("a")}, "70 confirm a, 70 bound a, 130 renew a"},
		{"another network", 10 * time.Second, []any{no, granted("b")},
			"70 confirm a, 70 lost a: 10.0.0.1: the server refuses it, 70 acquire, 70 bound b, 130 renew b"},
		{"nobody says", 10 * time.Second, []any{silence, silence, granted("a")},
			"70 confirm a, 70 report asking whether a still holds: no answer, 70 renew a, 105 rebind a, 105 bound a, 165 renew a"},
		{"too late", time.Hour, []any{granted("b")}, "3660 lost a: it has expired, 3660 acquire, 3660 bound b, 3720 renew b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &script{}
			k := s.keeper()
			if k.Run(ended()); len(s.notes) > 0 {
				t.Errorf("did %s although it has ended", s.notes)
			}
			s.run(k, granted("a"))
			s.notes = nil
			s.clock += test.away
			s.run(k, test.answers...)
			if got := strings.Join(s.notes, ", "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func ended() context.Context {
	ctx, end := context.WithCancel(context.Background())
	end()
	return ctx
}
