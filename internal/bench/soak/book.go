package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// book records the observations of a trial.
type book struct {
	began time.Time

	mu     sync.Mutex
	counts map[string]int // of expected observations; guarded by mu
	wrong  []violation    // guarded by mu
	stalls []stall        // guarded by mu
	gaps   []float64      // ms between two events of a witness; guarded by mu
	epoch  uint64         // of ids, 0 before the first; the server never restarts; guarded by mu
}

// violation is a check that failed.
type violation struct {
	at           time.Time
	check, words string
}

// stall is a time in which this program, with all routers, got no CPU time. Delays then,
// and until lost sessions are back, are not violations.
type stall struct{ from, to time.Time }

const (
	stallLeast  = time.Second
	stallExcuse = time.Minute
)

// timely are the checks that do not count during a stall.
var timely = []string{"command", "false alarm", "silence", "content", "slow server", "late", "witness"}

func newBook() *book {
	return &book{began: time.Now(), counts: make(map[string]int)}
}

// passed returns the time since the start of the trial.
func (b *book) passed() time.Duration { return time.Since(b.began) }

func (b *book) count(what string) { b.add(what, 1) }

func (b *book) add(what string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[what] += n
}

// violate records a failed check.
func (b *book) violate(check, format string, args ...any) {
	v := violation{time.Now(), check, fmt.Sprintf("%.1f s, %s: %s", b.passed().Seconds(), check, fmt.Sprintf(format, args...))}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.wrong) < 40 {
		fmt.Fprintln(os.Stderr, v.words)
	}
	b.wrong = append(b.wrong, v)
}

// gap records the time between two events of a witness.
func (b *book) gap(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gaps = append(b.gaps, float64(d.Milliseconds()))
}

// stood records a stall.
func (b *book) stood(from, to time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stalls = append(b.stalls, stall{from, to})
}

// violations returns those that do not belong to a stall.
func (b *book) violations() []violation {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.wrong), func(v violation) bool {
		return slices.Contains(timely, v.check) && slices.ContainsFunc(b.stalls, func(s stall) bool {
			return v.at.After(s.from) && v.at.Before(s.to.Add(stallExcuse))
		})
	})
}

// sameEpoch reports whether an id has the epoch of all others.
func (b *book) sameEpoch(epoch uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.epoch == 0 {
		b.epoch = epoch
	}
	return epoch == b.epoch
}

// line returns a summary of the trial so far.
func (b *book) line() string {
	wrong := len(b.violations())
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprintf("%d events, %d streams, %d commands, %d violations", b.counts["events"], b.counts["streams"], b.counts["commands"], wrong)
}

// tenths returns ten values, each the median of a tenth of all.
func tenths(values []float64) []float64 {
	var list []float64
	for i := range 10 {
		if part := values[len(values)*i/10 : len(values)*(i+1)/10]; len(part) > 0 {
			list = append(list, bench.Median(part))
		}
	}
	return list
}

// report writes the summary.
func (t *trial) report(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%v with %d routers, %d viewers\n\n", t.time, t.routers, t.viewers)
	for _, line := range [][2]string{
		{"without routers", t.base.String()},
		{"after the first minute", t.minute.String()},
		{"at the end", t.end.String()},
		{"MiB, tenths of the time", fmt.Sprintf("%.0f", tenths(t.course))},
		{"live heap, MiB, by tenths", fmt.Sprintf("%.0f", t.heaps)},
		{"all disconnected", t.empty.String()},
	} {
		_, _ = fmt.Fprintf(w, "%-27s%s\n", line[0], line[1])
	}
	_, _ = fmt.Fprintf(w, "%-27s%q\n\n", "goroutines left", t.goroutines)
	t.book.report(w)
}

func (b *book) report(w io.Writer) {
	wrong := b.violations()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, what := range slices.Sorted(maps.Keys(b.counts)) {
		_, _ = fmt.Fprintf(w, "%-40s%9d\n", what, b.counts[what])
	}
	if slices.Sort(b.gaps); len(b.gaps) > 0 {
		n := len(b.gaps)
		_, _ = fmt.Fprintf(w, "%-40s%9d, median %.0f ms, 99 %% below %.0f ms, longest %.0f ms\n", "events of witnesses",
			n, b.gaps[n/2], b.gaps[n*99/100], b.gaps[n-1])
	}
	var longest time.Duration
	for _, s := range b.stalls {
		longest = max(longest, s.to.Sub(s.from))
	}
	_, _ = fmt.Fprintf(w, "%-40s%9d, the longest for %v, and what they excuse: %d\n", "times the machine stood still",
		len(b.stalls), longest.Round(time.Millisecond), len(b.wrong)-len(wrong))
	_, _ = fmt.Fprintf(w, "%-40s%9d\n", "violations", len(wrong))
	for _, v := range wrong[:min(len(wrong), 40)] {
		_, _ = fmt.Fprintln(w, "  "+v.words)
	}
}
