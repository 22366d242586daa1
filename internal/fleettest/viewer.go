package fleettest

import (
	"bufio"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Viewer is a client that watches routers, as a page does: when its stream ends, it opens
// another one with the id of the last event, at the next instance.
type Viewer struct {
	path   string // of the stream, with its query
	each   func(Seen)
	bases  []string
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	events []Seen // guarded by mu
}

// Seen is an event that a viewer got.
type Seen struct {
	At   time.Time
	Base string // of the instance
	Name string
	ID   string
	Data string
}

// View starts a viewer at the first of the instances that remembers all events. Close ends
// it.
func View(path string, at ...*Instance) *Viewer { return watch(path, nil, at) }

// Watch starts a viewer at the first of the instances that calls each for every event, one
// at a time, and remembers none.
func Watch(path string, each func(Seen), at ...*Instance) *Viewer { return watch(path, each, at) }

func watch(path string, each func(Seen), at []*Instance) *Viewer {
	ctx, cancel := context.WithCancel(context.Background())
	v := &Viewer{path: path, each: each, cancel: cancel}
	for _, in := range at {
		v.bases = append(v.bases, in.Base)
	}
	v.wg.Go(func() { v.watch(ctx) })
	return v
}

// Close ends the viewer.
func (v *Viewer) Close() {
	v.cancel()
	v.wg.Wait()
}

// silence is after how long without a byte a viewer gives an instance up. Pages do the
// same: an instance that stands still does not close the connection.
const silence = 6 * time.Second

func (v *Viewer) watch(ctx context.Context) {
	last := ""
	for i := 0; ctx.Err() == nil; i++ {
		last = v.stream(ctx, v.bases[i%len(v.bases)], last)
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// stream reads one stream and returns the id of its last event.
func (v *Viewer) stream(ctx context.Context, base, last string) string {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	patience := time.AfterFunc(silence, cancel)
	defer patience.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+v.path, nil)
	if err != nil {
		return last
	}
	req.Header.Set("X-API-Key", Key)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := streamClient.Do(req)
	if err != nil {
		return last
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return last
	}
	lines := bufio.NewReaderSize(resp.Body, 64<<10)
	var e Seen
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return last
		}
		patience.Reset(silence)
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "event":
			e.Name = value
		case "id":
			e.ID = value
		case "data":
			e.Data = value
		case "":
			if e.Data != "" {
				e.At, e.Base = time.Now(), base
				v.see(e)
				if e.ID != "" {
					last = e.ID
				}
			}
			e = Seen{}
		}
	}
}

func (v *Viewer) see(e Seen) {
	if v.each != nil {
		v.each(e)
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.events = append(v.events, e)
}

// streamClient has no limit of time, and no connection for two streams.
var streamClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// Events returns what came since a time.
func (v *Viewer) Events(since time.Time) []Seen {
	v.mu.Lock()
	defer v.mu.Unlock()
	i, _ := slices.BinarySearchFunc(v.events, since, func(e Seen, t time.Time) int { return e.At.Compare(t) })
	return slices.Clone(v.events[i:])
}

// Gap is the longest time between two events since a time, which were of the topic if one
// is given, until now.
func (v *Viewer) Gap(since time.Time, topic string) (longest time.Duration) {
	before := since
	for _, e := range v.Events(since) {
		if topic == "" || strings.Contains(e.Data, `"topic":"`+topic+`"`) {
			longest, before = max(longest, e.At.Sub(before)), e.At
		}
	}
	return max(longest, time.Since(before))
}
