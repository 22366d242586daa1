package poller_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/poller"
)

// A viewer of the name learns within half a minute that it changed, and is not told
// again what it knows.
func TestTheNameOfTheRouter(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		name := variant("identity", true, false)
		r.set(func() { r.tables["/system/identity"] = [][]string{{"=name=gw"}} })
		p.Watch(name)
		rest(2 * time.Minute)
		assert.Contains(t, string(s.all(name)[0].whole()), `"name":"gw"`)
		before := len(s.all(name))
		r.set(func() { r.tables["/system/identity"] = [][]string{{"=name=renamed-gw"}} })
		rest(31 * time.Second)
		var changes []string
		for _, e := range s.all(name)[before:] {
			if e.kind == "change" {
				changes = append(changes, e.body)
			}
		}
		assert.Len(t, changes, 1)
		assert.Contains(t, changes[0], `"changed":[{"name":"renamed-gw"}]`)
		assert.InDelta(t, 6, r.asked("/system/identity"), 1)
	})
}
