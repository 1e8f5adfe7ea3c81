package main

import (
	"fmt"
	"slices"
	"time"
)

// series are the times of one thing.
type series []time.Duration

func (s series) median() time.Duration {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[len(sorted)/2]
}

func (s series) String() string {
	return fmt.Sprintf("%.3f s (%.3f to %.3f)", s.median().Seconds(), slices.Min(s).Seconds(), slices.Max(s).Seconds())
}

// ratio is one median over another.
func ratio(a, b series) float64 { return a.median().Seconds() / b.median().Seconds() }
