package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// memoryLimit is the GOMEMLIMIT of the server, as an operator would set it: 126 MiB with
// 500 routers, of which 16 are for replies that are held. It is little more than the server needs: without a limit the garbage
// collector lets the heap grow to about twice the live data, which would hide a leak.
func memoryLimit(routers int) string { return fmt.Sprintf("%dKiB", 30<<10+held>>10+160*routers) }

// mostLeft is the live heap, in bytes, that may remain when all routers are
// disconnected: idle connections of this program's client and their buffers.
const mostLeft = 8 << 20

// mostGrowth is the permitted growth since the first minute. Viewers and faults are
// random, so values vary; a leak of one goroutine or a KiB for each stream, command or
// fault is far more.
const mostGrowth = 0.15

// heapTime is the minimum time for comparing the live heap of its halves: in a shorter
// one the histories fill up in the first half.
const heapTime = 20 * time.Minute

// level is what the server holds at one time.
type level struct {
	bench.Usage
	heap       float64 // bytes that live after a collection
	goroutines float64
}

func (l level) String() string {
	if l.goroutines == 0 {
		return describe(l.Usage)
	}
	return fmt.Sprintf("%s, %.1f MiB of live heap, %.0f goroutines", describe(l.Usage), l.heap/(1<<20), l.goroutines)
}

// level reads the resources of the server. The memory of the process is read before the
// garbage collection that reading the heap causes.
func (t *trial) level() (l level, err error) {
	if l.Usage, err = t.server.Usage(); err != nil {
		return l, err
	}
	if _, err = t.fetch("/debug/pprof/heap?gc=1"); err != nil {
		return l, err
	}
	text, err := t.fetch("/metrics")
	if err != nil {
		return l, err
	}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch name {
		case "go_memstats_heap_alloc_bytes":
			l.heap, err = strconv.ParseFloat(value, 64)
		case "go_goroutines":
			l.goroutines, err = strconv.ParseFloat(value, 64)
		}
		if err != nil {
			return l, err
		}
	}
	if l.heap == 0 || l.goroutines == 0 {
		return l, fmt.Errorf("the metrics have no heap or no goroutines")
	}
	return l, nil
}

// fetch requests a path of the admin port.
func (t *trial) fetch(path string) (string, error) {
	resp, err := (&http.Client{Timeout: time.Minute}).Get("http://" + t.admin + path)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d", path, resp.StatusCode)
	}
	return string(body), err
}

// compare compares the end with the first minute. For the live heap it compares the
// halves of the time, since it depends on what the viewers watch at the moment, and
// histories fill up for two minutes.
func (t *trial) compare() {
	type pair struct {
		what          string
		before, after float64
	}
	pairs := []pair{
		{"resident memory, bytes", float64(t.minute.RSS), float64(t.end.RSS)},
		{"goroutines", t.minute.goroutines, t.end.goroutines},
		{"descriptors", float64(t.minute.Files), float64(t.end.Files)},
	}
	if middle := len(t.heaps) / 2; t.time >= heapTime && middle > 1 {
		pairs = append(pairs, pair{"median of the live heap, MiB", bench.Median(t.heaps[1:middle]), bench.Median(t.heaps[middle:])})
	}
	for _, c := range pairs {
		if c.after > c.before*(1+mostGrowth) {
			t.book.violate("growth", "%s: %.0f before, %.0f at the end", c.what, c.before, c.after)
		}
	}
}

// lookBack compares the end without routers with the start.
func (t *trial) lookBack() {
	if left := t.empty.heap - t.base.heap; left > mostLeft {
		t.book.violate("growth", "without routers: %.1f MiB of live heap more than at the start", left/(1<<20))
	}
	// The client of this program keeps some idle connections to the server.
	if left := t.empty.Files - t.base.Files; left > 64 {
		t.book.violate("descriptors", "%d descriptors more than at the start", left)
	}
}
