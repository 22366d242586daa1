package hub_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/hub"
)

func line(n int) string { return fmt.Sprintf(`{"router_id":"a","n":%d}`, n) }

func wholeOf(n int) string { return fmt.Sprintf(`{"router_id":"a","whole":%d}`, n) }

const resetOfLines = `reset {"router_id":"a","topic":"sessions"}`

// Lines may have a state, the last ones: a newcomer begins with it, and gets each later
// line once.
func TestLinesWithAState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hub.New()
		f := open(h, "a")
		first := h.Subscribe(on(f, lines))
		f.PublishChange(lines, nil, state(1))
		assert.Equal(t, []string{wholeOf(1)}, data(t, first), "all begin with the first state")
		for n := 2; n <= 500; n++ {
			f.PublishChange(lines, body(n), state(n))
		}
		assert.Len(t, data(t, first), 499, "lines are not thinned out as changes are")
		second := h.Subscribe(on(f, lines))
		f.PublishChange(lines, body(501), state(501))
		events, err := second.Take()
		assert.NoError(t, err)
		assert.Equal(t, []string{wholeOf(500), line(501)}, []string{text(events[0]), text(events[1])})
		last := id(events[1])
		assert.NotEmpty(t, last)
		second.Close()
		f.PublishChange(lines, body(502), state(502))
		back := func() []string {
			q := on(f, lines)
			q.LastEventID = last
			s := h.Subscribe(q)
			defer s.Close()
			return data(t, s)
		}
		assert.Equal(t, []string{line(502)}, back(), "what it has need not come again")
		time.Sleep(time.Hour)
		first.Close()
		f.PublishChange(changes, body(1), state(1)) // sweeps
		assert.Equal(t, []string{wholeOf(502)}, data(t, h.Subscribe(on(f, lines))), "however long nothing has happened")
		for n := range 1500 {
			f.PublishChange(lines, body(n), state(n))
		}
		assert.Equal(t, []string{resetOfLines, wholeOf(1499)}, back(), "too long away")
		f.Invalidate(lines)
		assert.Empty(t, data(t, h.Subscribe(on(f, lines))), "not known")
	})
}

// A viewer who is too slow loses lines, is told how many, and goes on with lines.
func TestASlowViewerOfLinesWithAState(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	f.PublishChange(lines, nil, state(0))
	s := h.Subscribe(on(f, lines))
	for n := range 1005 {
		f.PublishChange(lines, body(n), state(n))
	}
	got := data(t, s)
	assert.Equal(t, `reset {"router_id":"a","topic":"sessions","lost":1001}`, got[0])
	assert.Equal(t, line(1004), got[len(got)-1])
	assert.Equal(t, uint64(1001), h.Counts().Dropped[hub.SlowLines], "with the state")
}
