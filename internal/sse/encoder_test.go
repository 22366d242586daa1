package sse_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/sse"
)

func unzip(t testing.TB, data []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(plain)
}

// twin is one viewer who gets everything in both encodings.
type twin struct {
	sub         *hub.Subscription
	lastID      string
	plain, gzip sse.Encoder
	text, data  []byte
}

func newTwin(sub *hub.Subscription) *twin {
	w := &twin{sub: sub, plain: sse.NewEncoder(false), gzip: sse.NewEncoder(true)}
	w.text, w.data = w.plain.Begin([]byte("retry: 2345\n\n")), w.gzip.Begin([]byte("retry: 2345\n\n"))
	return w
}

func (w *twin) take() {
	events, _ := w.sub.Take()
	for _, e := range events {
		w.text = append(w.text, w.plain.Event(e)...)
		w.data = append(w.data, w.gzip.Event(e)...)
		w.lastID, _, _ = strings.Cut(strings.TrimPrefix(string(e.Frame()), "id: "), "\n")
	}
}

func (w *twin) beat() {
	w.text = append(w.text, w.plain.Heartbeat()...)
	w.data = append(w.data, w.gzip.Heartbeat()...)
}

// check ends the stream.
func (w *twin) check(t *testing.T) {
	t.Helper()
	end := []byte("event: end\ndata: {\"reason\":\"max_age\"}\n\n")
	w.text, w.data = append(w.text, w.plain.End(end)...), append(w.data, w.gzip.End(end)...)
	require.True(t, unzip(t, w.data) == string(w.text), "what comes out is what the others get")
}

// Viewers come and go, take every event or fall behind, return with the id they
// had, hear heart-beats at any time: each reads what it would read without gzip.
func TestGzipReadsAsThePlainStream(t *testing.T) {
	tracks := []hub.Track{{}, {Topic: "ppp_active", Kind: hub.Changes}, {Topic: "log", Kind: hub.Lines}}
	for name, size := range map[string]int{"small events": 300, "about the window": 30_000, "beyond it": 80_000} {
		t.Run(name, func(t *testing.T) {
			chance := rand.New(rand.NewPCG(1, uint64(size)))
			h := hub.New()
			feeds := []*hub.Feed{h.Open("a", `"router_id":"a",`, nil), h.Open("b", `"router_id":"b",`, nil)}
			subscribe := func(id string) *twin {
				q := hub.Query{Feeds: feeds[:1+chance.IntN(2)], LastEventID: id}
				for _, track := range tracks {
					if chance.IntN(2) == 0 {
						q.Tracks = append(q.Tracks, track)
					}
				}
				return newTwin(h.Subscribe(q))
			}
			viewers := []*twin{subscribe("")}
			table := table{size: size, chance: chance}
			for n := range min(400, 4_000_000/size) {
				table.publish(feeds[chance.IntN(2)], tracks, n)
				for i, w := range viewers {
					switch dice := chance.IntN(100); {
					case dice < 80-i: // those who came late are slower
						w.take()
					case dice == 98:
						w.beat()
					case dice == 99:
						w.check(t)
						w.sub.Close()
						viewers[i] = subscribe(w.lastID)
					}
				}
				if n%15 == 0 {
					viewers = append(viewers, subscribe(""))
				}
			}
			h.Close()
			for _, w := range viewers {
				w.take()
				w.check(t)
			}
			made := h.Made()
			t.Logf("%+v", made)
			assert.Positive(t, made.Independent)
			assert.Equal(t, size <= 32<<10, made.Referring > 0)
			assert.LessOrEqual(t, made.Independent, 2*made.Frames, "with the id and without")
			assert.LessOrEqual(t, made.Referring, made.Frames)
		})
	}
}

// table is events much like one another.
type table struct {
	size   int
	chance *rand.Rand
	body   []byte
}

func (b *table) publish(f *hub.Feed, tracks []hub.Track, n int) {
	for len(b.body) < b.size {
		b.body = fmt.Appendf(b.body, `{".id":"*%x","name":"user-%04d"},`, b.chance.Uint32(), b.chance.IntN(10000))
	}
	copy(b.body[b.chance.IntN(len(b.body)-8):], fmt.Sprintf("%08d", n))
	body := fmt.Appendf(nil, `"rows":[%s],"n":%d}`, b.body, n)
	switch b.chance.IntN(8) {
	case 0:
		f.PublishStatus([]byte(`"state":"down"}`), n%2 == 0)
	case 1, 2:
		f.PublishLine(tracks[2], body)
	case 3, 4:
		f.PublishChange(tracks[1], body, func() []byte { return body })
	case 5:
		if n%10 == 5 {
			f.Restart(nil)
		}
	default:
		f.Publish(tracks[0], body)
	}
}

// What is made for an event is made once, however many viewers take it, and for
// those who take no gzip nothing is compressed.
func TestEncodingsDoNotDependOnTheNumberOfViewers(t *testing.T) {
	const events = 5
	for name, tt := range map[string]struct {
		gzip, silence func(viewer int) bool // whether it takes gzip, and heard a heart-beat before each event
		forms         int                   // that the bytes of an event have
		want          hub.Made
	}{
		"none takes gzip":     {never, never, 1, hub.Made{Frames: events}},
		"all are in step":     {always, never, 1, hub.Made{Frames: events, Independent: 1, Referring: events - 1}},
		"none is":             {always, always, 1, hub.Made{Frames: events, Independent: events}},
		"all sorts are there": {odd, third, 3, hub.Made{Frames: events, Independent: events, Referring: events - 1}},
	} {
		for _, n := range []int{1, 100, 10_000} {
			if n < tt.forms {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				h := hub.New()
				f := h.Open("a", `"router_id":"a",`, nil)
				subs, encoders := make([]*hub.Subscription, n), make([]sse.Encoder, n)
				for i := range n {
					subs[i] = h.Subscribe(hub.Query{Feeds: []*hub.Feed{f}, Tracks: []hub.Track{{}}})
					encoders[i] = sse.NewEncoder(tt.gzip(i))
				}
				for e := range events {
					f.Publish(hub.Track{}, fmt.Appendf(nil, `"rows":%q,"n":%d}`, strings.Repeat("x", 1000), e))
					shared := make(map[*byte]bool)
					for i := range n {
						if tt.silence(i) {
							encoders[i].Heartbeat()
						}
						list, err := subs[i].Take()
						require.NoError(t, err)
						require.Len(t, list, 1)
						shared[&encoders[i].Event(list[0])[0]] = true
					}
					if e > 0 {
						assert.Len(t, shared, tt.forms, "the same bytes for all who get that form")
					}
				}
				assert.Equal(t, tt.want, h.Made())
			})
		}
	}
}

func never(int) bool   { return false }
func always(int) bool  { return true }
func odd(i int) bool   { return i%2 == 1 }
func third(i int) bool { return i%3 == 0 }
