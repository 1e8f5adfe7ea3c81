package config

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

func TestCalendar(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 34, 56, 0, time.UTC) // a Friday
	for line, want := range map[string]string{
		"0 0 * * 7":         "2026-11-29T00:00", // as in crontab(5), but not in the library
		"0 0 * * Sat-7":     "2026-11-28T00:00",
		"0 0 * * 5-7":       "2026-11-28T00:00",
		"0 0 13 * fri":      "2026-12-04T00:00", // either
		"0 0 */2 * fri":     "2026-12-11T00:00", // both, as there is a *
		"0 0 29 2 */7":      "2032-02-29T00:00", // a Sunday
		"5/20 13 * * *":     "2026-11-27T13:05",
		"0-10/5,58 * * * *": "2026-11-27T12:58",
		"@annually":         "2027-01-01T00:00",
		"@midnight":         "2026-11-28T00:00",
		"@hourly":           "2026-11-27T13:00",
		"@weekly":           "2026-11-29T00:00",
		"@monthly":          "2026-12-01T00:00",
	} {
		c, err := parseCalendar(line)
		if got := c.next(now).Format("2006-01-02T15:04"); err != nil || got != want {
			t.Errorf("%s: next %s, %v, want %s", line, got, err, want)
		}
	}
}

// TestAgainstLibrary: random lines come when another parser says that they come, across
// the days when clocks are set.
func TestAgainstLibrary(t *testing.T) {
	zones := []*time.Location{time.UTC}
	for _, name := range []string{"Europe/Berlin", "Asia/Kathmandu", "America/Santiago"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Skip(err)
		}
		zones = append(zones, zone)
	}
	random := rand.New(rand.NewPCG(14, 1))
	for range 3000 {
		line := randomLine(random)
		ours, err := parseCalendar(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		theirs, err := cron.ParseStandard(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		now := time.Date(2026, 1, 1, 0, random.IntN(366*24*60), random.IntN(60), 0, zones[random.IntN(len(zones))])
		for range 5 {
			want := theirs.Next(now)
			if got := ours.next(now); !want.IsZero() && !got.Equal(want) { // it gives up after 5 years
				t.Fatalf("%s after %s: %s, want %s", line, now, got, want)
			}
			if now = want; want.IsZero() {
				break
			}
		}
	}
}

// randomLine makes what both parsers read alike: no 7 for Sunday, and so no step to the end
// of the week, and no step after a * in the fields for days.
func randomLine(random *rand.Rand) string {
	fields := make([]string, 5)
	for i, most := range []int{59, 23, 31, 12, 6} {
		least := 0
		if i == 2 || i == 3 {
			least = 1
		}
		value := func(from int) int { return from + random.IntN(most-from+1) }
		items := make([]string, 1+random.IntN(3))
		for j := range items {
			v := value(least)
			switch kind := random.IntN(4); {
			case kind == 0 || kind == 3 && i == 4:
				items[j] = fmt.Sprint(v)
			case kind == 1:
				items[j] = fmt.Sprintf("%d-%d", v, value(v))
			case kind == 2:
				items[j] = fmt.Sprintf("%d-%d/%d", v, value(v), 1+random.IntN(9))
			default:
				items[j] = fmt.Sprintf("%d/%d", v, 1+random.IntN(9))
			}
		}
		if fields[i] = strings.Join(items, ","); random.IntN(3) == 0 {
			fields[i] = "*"
		}
	}
	return strings.Join(fields, " ")
}
