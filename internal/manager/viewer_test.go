package manager_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
)

// viewer takes the events of a view one by one.
type viewer struct {
	*hub.Subscription
	t      *testing.T
	queue  []*hub.Event
	closed bool // all that was published has been taken
}

func open(t *testing.T, m *manager.Manager, w manager.Watch) *viewer {
	t.Helper()
	view, err := m.Subscribe(w)
	require.NoError(t, err)
	t.Cleanup(view.Close)
	return &viewer{Subscription: view, t: t}
}

// next waits for an event; it returns false at the end of the stream.
func (v *viewer) next() (name string, data map[string]any, ok bool) {
	v.t.Helper()
	for len(v.queue) == 0 {
		if v.closed {
			return "", nil, false
		}
		select {
		case <-ready(v.Subscription):
		case <-time.After(10 * time.Minute):
			require.FailNow(v.t, "no event in ten minutes")
		}
		v.take()
	}
	frame := string(v.queue[0].Frame())
	v.queue = v.queue[1:]
	if _, rest, named := strings.Cut(frame, "event: "); named {
		name, _, _ = strings.Cut(rest, "\n")
	}
	_, body, _ := strings.Cut(frame, "data: ")
	require.NoError(v.t, json.Unmarshal([]byte(body), &data))
	return name, data, true
}

func (v *viewer) take() {
	v.t.Helper()
	events, err := v.Take()
	v.queue = append(v.queue, events...)
	if err != nil {
		require.ErrorIs(v.t, err, hub.ErrClosed)
		v.closed = true
	}
}

// named waits for the next event of that name, "" for unnamed ones, and passes
// over others.
func (v *viewer) named(name string) map[string]any {
	v.t.Helper()
	for began := time.Now(); ; {
		got, data, ok := v.next()
		require.True(v.t, ok, "the stream has ended")
		require.Less(v.t, time.Since(began), 10*time.Minute, "no event %q in ten minutes", name)
		if got == name {
			return data
		}
	}
}

// skip forgets what has come so far.
func (v *viewer) skip() {
	v.take()
	v.queue = nil
}

// states are those of the status events that have come so far.
func (v *viewer) states() []string {
	v.t.Helper()
	v.take()
	var list []string
	for len(v.queue) > 0 {
		if name, data, _ := v.next(); name == "status" {
			list = append(list, data["state"].(string))
		}
	}
	return list
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
