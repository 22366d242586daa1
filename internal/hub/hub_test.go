package hub_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

var (
	whole   = hub.Track{}
	changes = hub.Track{Topic: "ppp_active", Kind: hub.Changes}
	lines   = hub.Track{Topic: "sessions", Kind: hub.Lines}
)

func open(h *hub.Hub, id string) *hub.Feed { return h.Open(id, `"router_id":"`+id+`",`, nil) }

func body(n int) []byte { return fmt.Appendf(nil, `"n":%d}`, n) }

// state makes the whole state after the change n.
func state(n int) func() []byte { return func() []byte { return fmt.Appendf(nil, `"whole":%d}`, n) } }

func on(f *hub.Feed, tracks ...hub.Track) hub.Query {
	return hub.Query{Feeds: []*hub.Feed{f}, Tracks: tracks}
}

// data takes what there is and returns the data of each event, the name of
// named ones in front.
func data(t testing.TB, s *hub.Subscription) []string {
	t.Helper()
	events, err := s.Take()
	require.NoError(t, err)
	var list []string
	for _, e := range events {
		list = append(list, text(e))
	}
	return list
}

func text(e *hub.Event) string {
	frame := string(e.Frame())
	name := ""
	if _, rest, ok := strings.Cut(frame, "event: "); ok {
		name, _, _ = strings.Cut(rest, "\n")
		name += " "
	}
	_, d, _ := strings.Cut(frame, "data: ")
	return name + strings.TrimSuffix(d, "\n\n")
}

func id(e *hub.Event) string {
	line, _, _ := strings.Cut(string(e.Frame()), "\n")
	return strings.TrimPrefix(line, "id: ")
}

func TestFrames(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	s := h.Subscribe(on(f, whole))
	f.Publish(whole, body(1))
	f.PublishStatus([]byte(`"state":"down"}`), true)
	events, err := s.Take()
	require.NoError(t, err)
	require.Len(t, events, 2)
	assert.Regexp(t, regexp.MustCompile(`^id: [\w-]{22}\ndata: {"router_id":"a","n":1}\n\n$`), string(events[0].Frame()))
	assert.Regexp(t, regexp.MustCompile(`^id: [\w-]{22}\nevent: status\ndata: {"router_id":"a","state":"down"}\n\n$`), string(events[1].Frame()))
}

func TestAllViewersShareTheBytes(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	var subs []*hub.Subscription
	for range 500 {
		subs = append(subs, h.Subscribe(on(f, whole)))
	}
	f.Publish(whole, body(1))
	var first *byte
	for _, s := range subs {
		events, err := s.Take()
		require.NoError(t, err)
		frame := events[0].Frame()
		if first == nil {
			first = &frame[0]
		}
		require.Same(t, first, &frame[0])
	}
}

func TestSnapshots(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	f.Publish(whole, body(1))
	s := h.Subscribe(on(f, whole))
	assert.Equal(t, []string{`{"router_id":"a","n":1}`}, data(t, s), "a newcomer gets the newest at once")
	assert.Empty(t, data(t, s))

	for n := 2; n <= 9; n++ {
		f.Publish(whole, body(n))
		if n == 5 {
			f.PublishStatus([]byte(`"state":"down"}`), true)
			f.PublishStatus([]byte(`"state":"up"}`), false)
		}
	}
	assert.Equal(t, []string{`status {"router_id":"a","state":"up"}`, `{"router_id":"a","n":9}`}, data(t, s), "the newest of each, in order")
	assert.Equal(t, uint64(8), h.Counts().Conflated)

	f.Forget(whole)
	assert.Empty(t, data(t, h.Subscribe(on(f, whole))), "what nobody renews is not the present")

	f.PublishStatus([]byte(`"state":"down"}`), true)
	assert.Equal(t, []string{`status {"router_id":"a","state":"down"}`}, data(t, h.Subscribe(on(f, whole))), "who comes while it is away is told")
	f.PublishStatus([]byte(`"state":"up"}`), false)
	assert.Empty(t, data(t, h.Subscribe(on(f, whole))))
}

func TestChanges(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	s := h.Subscribe(on(f, changes))
	f.PublishChange(changes, body(1), state(1))
	assert.Equal(t, []string{`{"router_id":"a","whole":1}`}, data(t, s), "nothing that a change could lead on from: the whole")
	f.PublishChange(changes, body(2), state(2))
	f.PublishChange(changes, nil, state(2))
	f.PublishChange(changes, body(3), state(3))
	assert.Equal(t, []string{`{"router_id":"a","n":2}`, `{"router_id":"a","n":3}`}, data(t, s))
	late := h.Subscribe(on(f, changes))
	f.PublishChange(changes, body(4), state(4))
	assert.Equal(t, []string{`{"router_id":"a","whole":3}`, `{"router_id":"a","n":4}`}, data(t, late), "the state when it came, then what changed")

	for n := 5; n < 500; n++ {
		f.PublishChange(changes, body(n), state(n))
	}
	got := data(t, s)
	require.LessOrEqual(t, len(got), 66, "what is held for a slow viewer is bounded")
	assert.Contains(t, got[0], `reset {"router_id":"a","topic":"ppp_active","lost":`)
	last, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(got[1], `{"router_id":"a","whole":`), "}"))
	for i, line := range got[2:] {
		assert.Equal(t, fmt.Sprintf(`{"router_id":"a","n":%d}`, last+1+i), line, "from the whole on without a gap")
	}
	assert.Equal(t, `{"router_id":"a","n":499}`, got[len(got)-1])
}

func TestLines(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	f.PublishLine(lines, body(0))
	s := h.Subscribe(on(f, lines))
	assert.Empty(t, data(t, s), "a newcomer has no past")
	for n := 1; n <= 3; n++ {
		f.PublishLine(lines, body(n))
	}
	assert.Len(t, data(t, s), 3)
	for n := range 2500 {
		f.PublishLine(lines, body(n))
	}
	got := data(t, s)
	assert.LessOrEqual(t, len(got), 1001)
	assert.Equal(t, fmt.Sprintf(`reset {"router_id":"a","topic":"sessions","lost":%d}`, 2500-(len(got)-1)), got[0], "what is lost is counted")
}

func TestIdsRiseForEveryViewer(t *testing.T) {
	h := hub.New()
	feeds := []*hub.Feed{open(h, "a"), open(h, "b"), open(h, "c")}
	s := h.Subscribe(hub.Query{All: true, Tracks: []hub.Track{whole, lines}})
	var last uint64
	for n := range 300 {
		f := feeds[n*7%3]
		if n%2 == 0 {
			f.Publish(whole, body(n))
		} else {
			f.PublishLine(lines, body(n))
		}
		if n%5 != 0 {
			continue
		}
		events, err := s.Take()
		require.NoError(t, err)
		for _, e := range events {
			require.Greater(t, e.Seq(), last)
			last = e.Seq()
		}
	}
}

func TestAllFeeds(t *testing.T) {
	h := hub.New()
	a := open(h, "a")
	s := h.Subscribe(hub.Query{All: true, Tracks: []hub.Track{whole}, Allow: func(id string) bool { return id != "secret" }})
	b, secret := open(h, "b"), open(h, "secret")
	for _, f := range []*hub.Feed{a, b, secret} {
		f.Publish(whole, body(1))
	}
	assert.Equal(t, []string{`{"router_id":"a","n":1}`, `{"router_id":"b","n":1}`}, data(t, s))
	a.Close()
	b.Close()
	assert.Empty(t, data(t, s), "it goes on without any")
	again := open(h, "a")
	again.Publish(whole, body(2))
	assert.Equal(t, []string{`reset {"router_id":"a","topic":""}`, `{"router_id":"a","n":2}`}, data(t, s))
	h.Close()
	_, err := s.Take()
	assert.ErrorIs(t, err, hub.ErrClosed)
}

func TestClosing(t *testing.T) {
	h := hub.New()
	a, b := open(h, "a"), open(h, "b")
	one := h.Subscribe(on(a, whole))
	both := h.Subscribe(hub.Query{Feeds: []*hub.Feed{a, b}, Tracks: []hub.Track{whole}})
	a.Publish(whole, body(1))
	a.Close()
	a.Publish(whole, body(2))
	events, err := one.Take()
	assert.ErrorIs(t, err, hub.ErrClosed)
	assert.Len(t, events, 1, "what was published before may be taken")
	assert.Len(t, data(t, both), 1, "one of two is left")
	b.Close()
	_, err = both.Take()
	assert.ErrorIs(t, err, hub.ErrClosed)
	_, err = h.Subscribe(on(a, whole)).Take()
	assert.ErrorIs(t, err, hub.ErrClosed, "too late")
	both.Close()
	both.Close()
}

func TestNotify(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	notified := 0
	s := h.Subscribe(on(f, whole))
	s.Notify(func() { notified++ })
	assert.Zero(t, notified, "there is nothing yet")
	f.Publish(whole, body(1))
	assert.Equal(t, 1, notified)
	s.Notify(func() { notified++ })
	assert.Equal(t, 2, notified, "there is something already")
	assert.Len(t, data(t, s), 1)
	assert.Equal(t, 2, notified)
}

// Publishers and viewers of all kinds at once, for the race detector.
func TestManyAtOnce(t *testing.T) {
	h := hub.New()
	feeds := []*hub.Feed{open(h, "a"), open(h, "b")}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			f := feeds[i%2]
			for n := range 500 {
				f.Publish(whole, body(n))
				f.PublishChange(changes, body(n), state(n))
				f.PublishLine(lines, body(n))
			}
		})
		wg.Go(func() {
			for range 50 {
				s := h.Subscribe(hub.Query{Feeds: feeds, All: i%2 == 0, Tracks: []hub.Track{whole, changes, lines}})
				for range 20 {
					events, err := s.Take()
					assert.NoError(t, err)
					for _, e := range events {
						e.Frame()
					}
				}
				s.Close()
			}
		})
	}
	wg.Wait()
}

// FuzzFrame checks that no value of a router can break a frame.
func FuzzFrame(f *testing.F) {
	f.Add("a", "x\n\ndata: {}\r\r\n\x00")
	f.Add("id\n", "\xff\xfe: event: status")
	f.Fuzz(func(t *testing.T, id, value string) {
		h := hub.New()
		feed := h.Open(id, string(menu.AppendString([]byte(`"router_id":`), id))+",", nil)
		s := h.Subscribe(on(feed, whole))
		feed.Publish(whole, append(menu.AppendString([]byte(`"v":`), value), '}'))
		events, err := s.Take()
		if err != nil || len(events) != 1 {
			t.Fatalf("%v, %v", events, err)
		}
		frame := string(events[0].Frame())
		if strings.ContainsAny(frame, "\r\x00") || strings.Count(frame, "\n") != 3 ||
			!strings.HasPrefix(frame, "id: ") || !strings.HasSuffix(frame, "}\n\n") {
			t.Fatalf("broken frame %q", frame)
		}
	})
}

func BenchmarkPublish(b *testing.B) {
	for _, viewers := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("viewers=%d", viewers), func(b *testing.B) {
			h := hub.New()
			f := open(h, "a")
			var subs []*hub.Subscription
			for range viewers {
				s := h.Subscribe(on(f, whole))
				s.Notify(func() {})
				subs = append(subs, s)
			}
			snapshot := []byte(`"pad":"` + strings.Repeat("x", 1000) + `"}`)
			b.ReportAllocs()
			for b.Loop() {
				f.Publish(whole, snapshot)
				for _, s := range subs {
					events, _ := s.Take()
					events[0].Frame()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(viewers), "ns/delivery")
		})
	}
}
