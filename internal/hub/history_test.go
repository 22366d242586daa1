package hub_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
)

func TestReturning(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	s := h.Subscribe(on(f, whole, changes, lines))
	f.Publish(whole, body(1))
	f.PublishChange(changes, nil, state(1))
	f.PublishLine(lines, body(1))
	events, err := s.Take()
	require.NoError(t, err)
	last := id(events[len(events)-1])
	s.Close()

	back := func(lastEventID string) []string {
		q := on(f, whole, changes, lines)
		q.LastEventID = lastEventID
		return data(t, h.Subscribe(q))
	}
	assert.Empty(t, back(last), "nothing was missed")
	f.PublishChange(changes, body(2), state(2))
	f.PublishLine(lines, body(2))
	f.Publish(whole, body(2))
	f.PublishChange(changes, body(3), state(3))
	missed := []string{`{"router_id":"a","n":2}`, `{"router_id":"a","n":2}`, `{"router_id":"a","n":2}`, `{"router_id":"a","n":3}`}
	assert.Equal(t, missed, back(last))
	assert.Equal(t, missed, back(last), "as often as it takes")

	reset := []string{
		`reset {"router_id":"a","topic":""}`, `{"router_id":"a","n":2}`,
		`reset {"router_id":"a","topic":"ppp_active"}`, `{"router_id":"a","whole":3}`,
		`reset {"router_id":"a","topic":"sessions"}`,
	}
	for _, unknown := range []string{"AAAAAAAA-3", "AAAAAAAAAAAAAAAAAAAAAA", "nonsense", last + "0000", "-", "-1"} {
		assert.ElementsMatch(t, reset, back(unknown), unknown)
	}
	for n := range 2000 {
		f.PublishLine(lines, body(n))
		f.PublishChange(changes, body(n), state(n))
	}
	got := back(last)
	assert.Contains(t, got, `reset {"router_id":"a","topic":"ppp_active"}`, "too long away")
	assert.Contains(t, got, `{"router_id":"a","whole":1999}`)
	assert.Contains(t, got, `reset {"router_id":"a","topic":"sessions"}`)
}

// A viewer of several feeds stays when one of them is closed. If that one comes
// back while the viewer is there, the ids of the others must not make it look as
// if the viewer had got its events.
func TestAFeedThatComesBack(t *testing.T) {
	h := hub.New()
	a, b, c := open(h, "a"), open(h, "b"), open(h, "c")
	s := h.Subscribe(hub.Query{Feeds: []*hub.Feed{a, b}, Tracks: []hub.Track{changes, lines}})
	other := h.Subscribe(hub.Query{Feeds: []*hub.Feed{b, c}, Tracks: []hub.Track{changes}})
	alone := h.Subscribe(on(a, changes))
	a.PublishChange(changes, body(1), state(1))
	assert.Equal(t, []string{`{"router_id":"a","whole":1}`}, data(t, s))

	a.Close()
	assert.Empty(t, data(t, s))
	_, err := alone.Take()
	require.ErrorIs(t, err, hub.ErrClosed)
	a = open(h, "a")
	assert.Equal(t, []string{
		`reset {"router_id":"a","topic":"ppp_active"}`, `reset {"router_id":"a","topic":"sessions"}`,
	}, data(t, s), "what it has of before is of no use")
	a.PublishChange(changes, body(2), state(2))
	a.PublishChange(changes, body(3), state(3))
	b.PublishChange(changes, body(1), state(1))
	events, err := s.Take()
	require.NoError(t, err)
	require.Len(t, events, 3)
	assert.Equal(t, `{"router_id":"a","whole":2}`, text(events[0]))
	assert.Equal(t, `{"router_id":"a","n":3}`, text(events[1]))
	assert.Equal(t, []string{`{"router_id":"b","whole":1}`}, data(t, other), "which is not for a")
	_, err = alone.Take()
	require.ErrorIs(t, err, hub.ErrClosed, "a stream that has ended does not begin again")

	a.Close()
	b.Close()
	_, err = s.Take()
	require.ErrorIs(t, err, hub.ErrClosed)
	open(h, "a").PublishChange(changes, body(1), state(1))
	assert.Empty(t, func() []*hub.Event { events, _ := s.Take(); return events }(), "nor does one of several")

	s.Close()
	other.Close()
	open(h, "b").PublishChange(changes, body(1), state(1))
	assert.Empty(t, data(t, other), "who has left does not come back")
}

// A feed that joins a stream of all feeds may be one that the viewer knows: where the
// viewer was here before, in this process or in another one, or where a feed of the
// stream was closed. Then what it holds of the feed is of no use.
func TestAFeedThatJoinsAStreamOfAll(t *testing.T) {
	for name, test := range map[string]struct {
		lastEventID func(h *hub.Hub) string
		closes      bool
		reset       bool
	}{
		"of a newcomer":           {func(*hub.Hub) string { return "" }, false, false},
		"that lost a feed":        {func(*hub.Hub) string { return "" }, true, true},
		"resumed":                 {func(h *hub.Hub) string { return newest(h) }, false, true},
		"resumed in another life": {func(*hub.Hub) string { return "AAAAAAAAAAAAAAAAAAAAAA" }, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := hub.New()
			a := open(h, "a")
			s := h.Subscribe(hub.Query{All: true, Tracks: []hub.Track{whole, changes, lines}, LastEventID: test.lastEventID(h)})
			data(t, s)
			if test.closes {
				a.Close()
			}
			for _, id := range []string{"b", "c"} { // each of them
				f := open(h, id)
				f.PublishStatus([]byte(`"state":"up"}`), false)
				f.PublishChange(changes, nil, state(1))
				got := strings.Join(data(t, s), "\n")
				assert.Equal(t, test.reset, strings.Contains(got, `reset {"router_id":"`+id+`","topic":""}`), got)
				assert.Equal(t, test.reset, strings.Contains(got, `reset {"router_id":"`+id+`","topic":"ppp_active"}`), got)
				assert.Equal(t, test.reset, strings.Contains(got, `reset {"router_id":"`+id+`","topic":"sessions"}`), got)
				assert.Contains(t, got, `status {"router_id":"`+id+`","state":"up"}`)
				assert.Contains(t, got, `{"router_id":"`+id+`","whole":1}`)
			}
		})
	}
}

// newest is the id of the newest event.
func newest(h *hub.Hub) string {
	f := h.Open("for its id", "", nil)
	defer f.Close()
	s := h.Subscribe(on(f, lines))
	defer s.Close()
	f.PublishLine(lines, body(1))
	events, _ := s.Take()
	return id(events[0])
}

// A status of before a restart of the server is not the present: who returns is told
// the present one, even where that is no news for newcomers.
func TestTheStatusOfThoseWhoReturn(t *testing.T) {
	h := hub.New()
	a := open(h, "a")
	a.PublishStatus([]byte(`"state":"up"}`), false)
	q := on(a, whole, changes)
	assert.Empty(t, data(t, h.Subscribe(q)))
	q.LastEventID = newest(h)
	assert.Empty(t, data(t, h.Subscribe(q)), "it had that one")
	q.LastEventID = "AAAAAAAAAAAAAAAAAAAAAA"
	assert.Contains(t, data(t, h.Subscribe(q)), `status {"router_id":"a","state":"up"}`)
}

// Who comes back in time gets what was missed; histories do not pile up for
// those who never do. Changes are held for less time than lines: their state
// stands in for them.
func TestHistoryIsHeldForAWhile(t *testing.T) {
	for _, test := range []struct {
		name    string
		track   hub.Track
		hold    time.Duration
		publish func(f *hub.Feed, n int)
		late    []string
	}{
		{"lines", lines, 2 * time.Minute,
			func(f *hub.Feed, n int) { f.PublishLine(lines, body(n)) },
			[]string{`reset {"router_id":"a","topic":"sessions"}`}},
		{"changes", changes, 30 * time.Second,
			func(f *hub.Feed, n int) { f.PublishChange(changes, body(n), state(n)) },
			[]string{`reset {"router_id":"a","topic":"ppp_active"}`, `{"router_id":"a","whole":4}`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := hub.New()
				a := open(h, "a")
				s := h.Subscribe(on(a, test.track))
				test.publish(a, 1)
				first, err := s.Take()
				require.NoError(t, err)
				s.Close()
				last := id(first[0])
				back := func() []string {
					q := on(a, test.track)
					q.LastEventID = last
					s := h.Subscribe(q)
					defer s.Close()
					return data(t, s)
				}
				time.Sleep(test.hold / 2)
				test.publish(a, 2)
				time.Sleep(test.hold / 2)
				test.publish(a, 3)
				assert.Equal(t, []string{`{"router_id":"a","n":2}`, `{"router_id":"a","n":3}`}, back(), "not too old yet")
				time.Sleep(test.hold/2 + time.Second)
				test.publish(a, 4)
				assert.Equal(t, test.late, back(), "the second is too old")
			})
		})
	}
}

// A track that nobody watches and that gets nothing is let go when another one
// of its feed gets something.
func TestTracksThatNobodyNeedsAreLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hub.New()
		a := open(h, "a")
		s := h.Subscribe(on(a, lines, changes))
		a.PublishLine(lines, body(1))
		a.PublishChange(changes, body(1), state(1))
		a.PublishLine(lines, body(2))
		events, err := s.Take()
		require.NoError(t, err)
		s.Close()
		back := func(track hub.Track) []string {
			q := on(a, track)
			q.LastEventID = id(events[0])
			s := h.Subscribe(q)
			defer s.Close()
			return data(t, s)
		}
		time.Sleep(time.Minute)
		a.PublishChange(changes, body(2), state(2))
		assert.Equal(t, []string{`{"router_id":"a","n":2}`}, back(lines))
		time.Sleep(3 * time.Minute)
		a.PublishChange(changes, body(3), state(3))
		assert.Equal(t, []string{`reset {"router_id":"a","topic":"sessions"}`}, back(lines))
	})
}
