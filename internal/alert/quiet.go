package alert

import (
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // containers have no time zones
)

// Quiet is a time of each day at which nothing is told, but for some severities.
type Quiet struct {
	from, to time.Duration // since midnight; from > to goes over midnight
	zone     *time.Location
	keep     []Severity
}

// QuietSpec is a Quiet as written in the file.
type QuietSpec struct {
	At   string   `yaml:"at"`
	Zone string   `yaml:"zone,omitempty"`
	Keep []string `yaml:"keep,omitempty"`
}

// ParseQuiet checks quiet hours.
func ParseQuiet(s QuietSpec) (*Quiet, error) {
	var h1, m1, h2, m2 int
	n, err := fmt.Sscanf(s.At, "%d:%d-%d:%d", &h1, &m1, &h2, &m2)
	if err != nil || n != 4 || len(s.At) != len("22:00-06:00") || h1 > 23 || h2 > 24 || m1 > 59 || m2 > 59 || h1 < 0 || h2 < 0 || m1 < 0 || m2 < 0 {
		return nil, fmt.Errorf("at: %q is not a time such as 22:00-06:00", s.At)
	}
	q := &Quiet{from: clock(h1, m1), to: clock(h2, m2), zone: time.UTC}
	if q.from == q.to {
		return nil, fmt.Errorf("at: %q is no time at all", s.At)
	}
	if s.Zone != "" {
		if q.zone, err = time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
			return nil, fmt.Errorf("zone: %q is not a time zone such as Asia/Jakarta", s.Zone)
		}
	}
	for _, text := range s.Keep {
		severity := Severity(text)
		if !slices.Contains([]Severity{Info, Warning, Critical}, severity) {
			return nil, fmt.Errorf("keep: %q is not info, warning or critical", text)
		}
		q.keep = append(q.keep, severity)
	}
	return q, nil
}

func clock(hours, minutes int) time.Duration {
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
}

// silent reports whether something of a severity is not told at a time; q may be nil.
func (q *Quiet) silent(severity Severity, at time.Time) bool {
	if q == nil || slices.Contains(q.keep, severity) {
		return false
	}
	at = at.In(q.zone)
	now := clock(at.Hour(), at.Minute())
	if q.from < q.to {
		return now >= q.from && now < q.to
	}
	return now >= q.from || now < q.to
}
