package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// book is what the trial has seen.
type book struct {
	mu     sync.Mutex
	began  time.Time
	counts map[string]int // of what went as it should
	wrong  map[string]int // of what did not, by check
	first  []string       // the first violations, in words
	epoch  string         // of ids; the server never restarts
}

const mostWords = 40

func newBook() *book {
	return &book{began: time.Now(), counts: make(map[string]int), wrong: make(map[string]int)}
}

func (b *book) count(what string) { b.add(what, 1) }

func (b *book) add(what string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[what] += n
}

// violate notes that a check failed.
func (b *book) violate(check, format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong[check]++
	if len(b.first) < mostWords {
		b.first = append(b.first, fmt.Sprintf("%.1f s, %s: %s", time.Since(b.began).Seconds(), check, fmt.Sprintf(format, args...)))
	}
}

// sameEpoch reports whether an id has the epoch of all others.
func (b *book) sameEpoch(epoch string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.epoch == "" {
		b.epoch = epoch
	}
	return epoch == b.epoch && epoch != ""
}

func (b *book) violations() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, v := range b.wrong {
		n += v
	}
	return n
}

// line is how far the trial is.
func (b *book) line() string {
	wrong := b.violations()
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprintf("%d events, %d streams, %d commands, %d violations", b.counts["events"], b.counts["streams"], b.counts["commands"], wrong)
}

// tenths are ten values, each the median of a tenth of all.
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
		{"without routers", describe(t.base)},
		{"after the first minute", describe(t.minute)},
		{"at the end", describe(t.end)},
		{"MiB, tenths of the time", fmt.Sprintf("%.0f", tenths(t.course))},
		{"all disconnected", describe(t.empty)},
	} {
		_, _ = fmt.Fprintf(w, "%-24s%s\n", line[0], line[1])
	}
	_, _ = fmt.Fprintf(w, "%-24s%q\n\n", "goroutines left", t.goroutines)
	t.book.report(w)
}

func (b *book) report(w io.Writer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, what := range slices.Sorted(maps.Keys(b.counts)) {
		_, _ = fmt.Fprintf(w, "%-40s%9d\n", what, b.counts[what])
	}
	_, _ = fmt.Fprintf(w, "\nviolations: %v\n", b.wrong)
	for _, words := range b.first {
		_, _ = fmt.Fprintln(w, "  "+words)
	}
}
