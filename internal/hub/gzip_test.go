package hub_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/gzipblock"
	"github.com/aprakasa/mikronec/internal/hub"
)

// take is what there is to take.
func take(t testing.TB, s *hub.Subscription) []*hub.Event {
	t.Helper()
	events, err := s.Take()
	require.NoError(t, err)
	return events
}

// unzip is the text of a member with these blocks.
func unzip(t testing.TB, blocks ...gzipblock.Block) string {
	t.Helper()
	var m gzipblock.Member
	data := gzipblock.Header()
	for _, b := range blocks {
		data = append(data, b.Data...)
		m.Add(b)
	}
	r, err := gzip.NewReader(bytes.NewReader(append(data, m.Trailer()...)))
	require.NoError(t, err)
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(plain)
}

// rows is a body of some length whose successor is much like it.
func rows(n, size int) []byte {
	return fmt.Appendf(nil, `"rows":%q,"ts":%d}`, strings.Repeat("user-0001 02:00:5E:00:53:01 ", size/28), n)
}

// Which form of the second event a viewer gets, by what it got before.
func TestFormsOfAnEvent(t *testing.T) {
	publish := func(f *hub.Feed, track hub.Track, n, size int) {
		switch track {
		case whole:
			f.Publish(track, rows(n, size))
		case changes:
			f.PublishChange(track, rows(n, size), state(n))
		case lines:
			f.PublishLine(track, rows(n, size))
		}
	}
	for name, tt := range map[string]struct {
		track   hub.Track
		size    int
		between func(*hub.Feed) // the two events
		last    func(a *hub.Event) hub.Mark
		want    hub.Made
	}{
		"a snapshot in step": {track: whole, size: 1000, want: hub.Made{Frames: 2, Independent: 1, Referring: 1}},
		"a change in step":   {track: changes, size: 1000, want: hub.Made{Frames: 2, Independent: 1, Referring: 1}},
		"a line in step":     {track: lines, size: 1000, want: hub.Made{Frames: 2, Independent: 1, Referring: 1}},
		"after anything else": {
			track: lines, size: 1000, last: func(*hub.Event) hub.Mark { return 0 },
			want: hub.Made{Frames: 2, Independent: 2},
		},
		"beyond the window": {track: whole, size: 40_000, want: hub.Made{Frames: 2, Independent: 2}},
		"with an event of another track between": {
			track: lines, size: 1000, between: func(f *hub.Feed) { f.PublishStatus([]byte(`"state":"up"}`), false) },
			want: hub.Made{Frames: 3, Independent: 3}, // but the viewer got that one, too
		},
		"of the other source after a restart": {
			track: lines, size: 1000, between: func(f *hub.Feed) { f.Restart(nil) },
			want: hub.Made{Frames: 3, Independent: 3}, // with the reset
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := hub.New()
			f := open(h, "a")
			if tt.track == changes {
				f.PublishChange(changes, nil, state(0))
				f.PublishChange(changes, rows(1, 10), state(1))
			}
			s := h.Subscribe(on(f, tt.track))
			take(t, s)
			publish(f, tt.track, 2, tt.size)
			a := take(t, s)[0]
			blocks, want := []gzipblock.Block{a.Gzip()}, string(a.Frame())
			if tt.between != nil {
				tt.between(f)
			}
			publish(f, tt.track, 3, tt.size)
			last := a.Mark()
			for _, e := range take(t, s) {
				if tt.last != nil {
					last = tt.last(a)
				}
				blocks, want = append(blocks, e.GzipAfter(last)), want+string(e.Frame())
				assert.Equal(t, blocks[len(blocks)-1], e.GzipAfter(last), "the same bytes again")
				last = e.Mark()
			}
			assert.Equal(t, tt.want, h.Made())
			assert.Equal(t, want, unzip(t, blocks...))
		})
	}
}

// Two states may have the sequence of one change; they are not one another.
func TestMarksAreOfOneEventEach(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	seen := make(map[hub.Mark]string)
	note := func(events []*hub.Event) {
		for _, e := range events {
			before, known := seen[e.Mark()]
			assert.True(t, !known || before == string(e.Frame()))
			assert.NotZero(t, e.Mark())
			seen[e.Mark()] = string(e.Frame())
		}
	}
	s := h.Subscribe(on(f, changes))
	for n := range 5 {
		f.PublishChange(changes, body(n), state(n))
		note(take(t, h.Subscribe(on(f, changes)))) // the state
		f.PublishChange(changes, nil, state(10+n))
		note(take(t, h.Subscribe(on(f, changes))))
		note(take(t, s))
	}
	f.Restart(nil)
	note(take(t, s)) // the reset
	assert.Len(t, seen, 15)
}

// Those who need a form at the same time get the same bytes, made once.
func TestFormsAreMadeOnceForAll(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	s := h.Subscribe(on(f, whole))
	f.Publish(whole, rows(1, 1000))
	a := take(t, s)[0]
	f.Publish(whole, rows(2, 1000))
	b := take(t, s)[0]
	assert.False(t, b.Pressed())
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if i%2 == 0 {
				assert.Same(t, &a.Gzip().Data[0], &a.Gzip().Data[0])
				assert.Less(t, len(b.GzipAfter(a.Mark()).Data), len(b.Frame())/10)
			} else {
				assert.Same(t, &b.Gzip().Data[0], &b.GzipAfter(0).Data[0])
			}
		})
	}
	wg.Wait()
	assert.True(t, b.Pressed())
	assert.Equal(t, hub.Made{Frames: 2, Independent: 2, Referring: 1}, h.Made())
}

// An event refers to the one before it, which must not keep that, and all before
// that, alive. What the hub holds is bounded with compressed forms as without.
func TestEventsAreLetGo(t *testing.T) {
	publish := map[string]func(f *hub.Feed, body []byte){
		"snapshots": func(f *hub.Feed, b []byte) { f.Publish(whole, b) },
		"changes":   func(f *hub.Feed, b []byte) { f.PublishChange(changes, b, state(1)) },
		"lines":     func(f *hub.Feed, b []byte) { f.PublishLine(lines, b) },
	}
	for name, most := range map[string]int{"snapshots": 2, "changes": 64, "lines": 1000} {
		var last hub.Mark
		for who, takes := range map[string]func(*testing.T, *hub.Subscription){
			"nobody watches": nil,
			"a viewer in step": func(t *testing.T, s *hub.Subscription) {
				for _, e := range take(t, s) {
					e.GzipAfter(last)
					last = e.Mark()
				}
			},
			"a viewer of frames": func(t *testing.T, s *hub.Subscription) { data(t, s) },
		} {
			t.Run(name+" "+who, func(t *testing.T) {
				h := hub.New()
				f := open(h, "a")
				f.PublishChange(changes, nil, state(0))
				s := h.Subscribe(on(f, whole, changes, lines))
				take(t, s)
				if takes == nil {
					s.Close()
				}
				var bodies []weak.Pointer[byte]
				var newest *hub.Event // as a viewer who has begun to write it
				for n := range most + 100 {
					b := rows(n, 20)
					bodies = append(bodies, weak.Make(&b[0]))
					publish[name](f, b)
					if takes != nil {
						takes(t, s)
					}
				}
				if takes == nil && name == "snapshots" {
					newest = take(t, h.Subscribe(on(f, whole)))[0]
				}
				runtime.GC()
				held := 0
				for _, b := range bodies {
					if b.Value() != nil {
						held++
					}
				}
				assert.LessOrEqual(t, held, most)
				runtime.KeepAlive(newest)
				runtime.KeepAlive(h)
			})
		}
	}
}
