package hub_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
)

var update = flag.Bool("update", false, "write new golden files")

// Every kind of event as it goes out, in the order of its id. Here the ids are
// opened; the epoch differs from run to run.
func TestGoldenStream(t *testing.T) {
	sealer := hub.NewSealer([]byte("secret"))
	h := hub.NewSealed(sealer)
	a, b := open(h, "a"), open(h, "b")
	s := h.Subscribe(hub.Query{Feeds: []*hub.Feed{a, b}, Tracks: []hub.Track{whole, changes, lines}})
	var stream bytes.Buffer
	take := func() {
		events, err := s.Take()
		require.NoError(t, err)
		for _, e := range events {
			stream.Write(e.Frame())
		}
	}
	a.Publish(whole, []byte(`"hardware":[],"ts":1}`))
	b.Publish(whole, []byte(`"hardware":[{"cpu-load":3}],"ts":1}`))
	a.PublishChange(changes, nil, state(1))
	take()
	a.PublishChange(changes, []byte(`"removed":["*1"],"ts":2}`), state(2))
	b.PublishLine(lines, []byte(`"type":"up","name":"0811"}`))
	a.PublishStatus([]byte(`"state":"down","error":"read: \"EOF\""}`), true)
	take()
	a.Restart(nil)
	a.PublishChange(changes, nil, state(3))
	a.PublishStatus([]byte(`"state":"up"}`), false)
	take()

	got := regexp.MustCompile(`id: .*`).ReplaceAllFunc(stream.Bytes(), func(line []byte) []byte {
		p, ok := sealer.Open(string(line[len("id: "):]))
		assert.True(t, ok)
		return fmt.Appendf(nil, "id: EPOCH-%d", p.Sequence)
	})
	golden := filepath.Join("testdata", "stream.golden")
	if *update {
		require.NoError(t, os.WriteFile(golden, got, 0o600))
	}
	want, err := os.ReadFile(golden) //nolint:gosec // a constant name
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

// The whole state costs as much as a snapshot; it is made for those who need it
// and only then.
func TestTheWholeIsMadeOnceAndOnlyIfNeeded(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	made := 0
	whole := func() []byte { made++; return []byte(`"whole":1}`) }
	s := h.Subscribe(on(f, changes))
	f.PublishChange(changes, body(1), whole)
	assert.Zero(t, made, "nobody has taken it")
	data(t, s)
	assert.Equal(t, 1, made)
	for range 50 {
		f.PublishChange(changes, body(2), whole)
		data(t, s)
	}
	assert.Equal(t, 1, made, "changes are enough for those who are there")
	for range 10 {
		assert.Equal(t, []string{`{"router_id":"a","whole":1}`}, data(t, h.Subscribe(on(f, changes))))
	}
	assert.Equal(t, 2, made, "once for all newcomers")
}

func TestThereIsASignalWheneverThereIsSomethingToTake(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	signal := func(s *hub.Subscription) bool {
		select {
		case <-ready(s):
			return true
		default:
			return false
		}
	}
	s := h.Subscribe(on(f, whole, changes, lines))
	assert.False(t, signal(s))
	for name, publish := range map[string]func(){
		"snapshot": func() { f.Publish(whole, body(1)) },
		"change":   func() { f.PublishChange(changes, body(1), state(1)) },
		"line":     func() { f.PublishLine(lines, body(1)) },
		"status":   func() { f.PublishStatus(body(1), true) },
		"restart":  func() { f.Restart(nil) },
	} {
		publish()
		assert.True(t, signal(s), name)
		assert.NotEmpty(t, data(t, s), name)
		assert.False(t, signal(s), name)
	}
	f.Publish(whole, body(1))
	assert.True(t, signal(h.Subscribe(on(f, whole))), "a newcomer has something to take at once")
	assert.True(t, signal(s))
	s.Close()
	f.Publish(whole, body(2))
	assert.False(t, signal(s), "who has left is not called")
	f.Close()
	assert.True(t, signal(h.Subscribe(on(f, whole))), "the end is something to take")
}

// What was invalidated cannot be continued, even where nothing else happened in
// between: those who watch are told, and so are those who return.
func TestViewersOfWhatWasInvalidatedAreTold(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	s := h.Subscribe(on(f, whole, changes, lines))
	f.PublishChange(changes, body(1), state(1))
	f.PublishLine(lines, body(1))
	events, err := s.Take()
	require.NoError(t, err)
	f.Invalidate(lines)
	assert.Equal(t, []string{`reset {"router_id":"a","topic":"sessions"}`}, data(t, s))
	s.Close()
	for _, track := range []hub.Track{whole, changes, lines} {
		f.Invalidate(track)
	}

	q := on(f, whole, changes, lines)
	q.LastEventID = id(events[len(events)-1])
	back := h.Subscribe(q)
	assert.ElementsMatch(t, []string{
		`reset {"router_id":"a","topic":"ppp_active"}`,
		`reset {"router_id":"a","topic":"sessions"}`,
	}, data(t, back))
	f.PublishChange(changes, nil, state(2))
	f.PublishLine(lines, body(2))
	assert.Equal(t, []string{`{"router_id":"a","whole":2}`, `{"router_id":"a","n":2}`}, data(t, back))
}

// After a restart nothing of before leads on to what comes: viewers who stay are
// told to forget it, and get the whole; those who return, too.
func TestRestart(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	s := h.Subscribe(on(f, whole, changes, lines))
	f.PublishStatus([]byte(`"state":"down"}`), true)
	f.Publish(whole, body(1))
	f.PublishChange(changes, nil, state(1))
	f.PublishLine(lines, body(1))
	gone := h.Subscribe(on(f, changes, lines))
	events, err := gone.Take()
	require.NoError(t, err)
	gone.Close()
	data(t, s)
	f.PublishChange(changes, body(2), state(2)) // not taken yet
	f.PublishLine(lines, body(2))

	f.Restart(nil)
	want := []string{
		`reset {"router_id":"a","topic":"ppp_active"}`,
		`reset {"router_id":"a","topic":"sessions"}`,
	}
	assert.ElementsMatch(t, want, data(t, s))
	assert.Equal(t, []string{`status {"router_id":"a","state":"down"}`}, data(t, h.Subscribe(on(f, whole, changes, lines))),
		"newcomers get nothing of before but the status")

	f.PublishChange(changes, body(4), state(4))
	f.PublishChange(changes, body(5), state(5))
	f.PublishLine(lines, body(5))
	assert.Equal(t, []string{`{"router_id":"a","whole":4}`, `{"router_id":"a","n":5}`, `{"router_id":"a","n":5}`}, data(t, s))
	q := on(f, changes, lines)
	q.LastEventID = id(events[len(events)-1])
	assert.ElementsMatch(t, []string{
		`reset {"router_id":"a","topic":"ppp_active"}`, `{"router_id":"a","whole":5}`,
		`reset {"router_id":"a","topic":"sessions"}`,
	}, data(t, h.Subscribe(q)))
}

// ready returns a channel that has a value when Take has something new.
func ready(s *hub.Subscription) <-chan struct{} {
	c := make(chan struct{}, 1)
	s.Notify(func() {
		select {
		case c <- struct{}{}:
		default:
		}
	})
	return c
}
