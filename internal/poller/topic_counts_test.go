package poller_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/poller"
)

var counts = variant("counts", false, false)

// rows are the rows of the last event of a variant.
func lastRows(t *testing.T, s *screen, v poller.Variant) []any {
	t.Helper()
	all := s.all(v)
	if len(all) == 0 {
		return nil
	}
	rows, _ := decode(t, all[len(all)-1].body)["rows"].([]any)
	return rows
}

func TestCounts(t *testing.T) {
	t.Run("by a command", func(t *testing.T) {
		in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
			r.tables["/ppp/active"] = users(3)
			r.trap["/ip/hotspot/active"] = "no such command prefix"
			p.Watch(counts)
			rest(time.Minute)
			assert.Equal(t, []any{map[string]any{"ppp": 3.0, "hotspot": 0.0}}, lastRows(t, s, counts), "a menu that is missing has no users")
			assert.InDelta(t, 4, r.asked("/ppp/active"), 1)
			assert.True(t, r.words["/ppp/active/print =count-only="])
			assert.Len(t, r.words, 2, "nothing but the two counts is asked")
			r.set(func() { clear(r.trap); r.tables["/ppp/active"] = users(4) })
			rest(5 * time.Minute)
			assert.Equal(t, []any{map[string]any{"ppp": 4.0, "hotspot": 0.0}}, lastRows(t, s, counts))
		})
	})
	t.Run("from a table that is followed", func(t *testing.T) {
		in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
			r.follows = true
			r.tables["/ppp/active"] = users(3)
			p.Watch(pppDelta)
			p.Watch(variant("hotspot_active", true, false))
			p.Watch(counts)
			rest(10 * time.Second)
			assert.Equal(t, []any{map[string]any{"ppp": 3.0, "hotspot": 0.0}}, lastRows(t, s, counts))
			r.set(func() { r.tables["/ppp/active"] = users(4) })
			r.tell("/ppp/active", users(4)[3]...)
			rest(time.Second)
			assert.Equal(t, []any{map[string]any{"ppp": 4.0, "hotspot": 0.0}}, lastRows(t, s, counts), "at once")
		})
	})
	t.Run("in delta mode", func(t *testing.T) {
		in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
			r.tables["/ppp/active"] = users(3)
			delta := variant("counts", true, false)
			p.Watch(delta)
			rest(time.Minute)
			first := len(s.all(delta))
			r.set(func() { r.tables["/ppp/active"] = users(5) })
			rest(time.Minute)
			changed := s.all(delta)[first:]
			assert.Equal(t, 5.0, decode(t, changed[0].body)["changed"].([]any)[0].(map[string]any)["ppp"])
		})
	})
	t.Run("that cannot be read", func(t *testing.T) {
		in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
			r.trap["/ppp/active"], r.trap["/ip/hotspot/active"] = "not enough permissions (9)", "not enough permissions (9)"
			p.Watch(counts)
			rest(10 * time.Second)
			assert.Equal(t, "not enough permissions (9)", decode(t, s.all(counts)[0].body)["error"])
			r.set(func() { delete(r.trap, "/ppp/active") })
			rest(time.Minute)
			assert.Equal(t, []any{map[string]any{"ppp": 0.0}}, lastRows(t, s, counts), "what cannot be read has no number")
		})
	})
}
