package poller_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/poller"
)

// costs are those of a poller by topic.
func costs(p *poller.Poller) map[string]poller.Cost {
	byTopic := make(map[string]poller.Cost)
	for _, c := range p.Costs() {
		byTopic[c.Topic] = c
	}
	return byTopic
}

func TestCosts(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
		r.tables["/ppp/active"] = users(100)
		assert.Empty(t, p.Costs())
		leave := p.Watch(variant("ppp_active", false, false))
		rest(10 * time.Minute)
		c := costs(p)["ppp_active"]
		one := c.Received / uint64(r.asked("/ppp/active"))
		assert.Greater(t, one, uint64(100*40), "a reading of 100 rows")
		assert.InDelta(t, 30*one, c.PerMinute, float64(3*one), "thirty of them a minute")
		assert.Greater(t, c.Sent, uint64(300*100))
		leave()
		rest(3 * time.Minute)
		c = costs(p)["ppp_active"]
		assert.Zero(t, c.PerMinute)
		assert.NotZero(t, c.Received, "the sum stays")
	})
}

// Over its budget a router is polled less often, and viewers are told.
func TestTheBudgetOfARouter(t *testing.T) {
	in(t, poller.Options{Budget: 60_000}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.tables["/ppp/active"] = users(200)
		whole := variant("ppp_active", false, false)
		p.Watch(whole)
		rest(5 * time.Minute)
		assert.Less(t, costs(p)["ppp_active"].PerMinute, uint64(75_000))
		info := p.Info()
		assert.True(t, info.Stretched)
		assert.Greater(t, info.Interval, 5*time.Second)
		all := s.all(whole)
		assert.EqualValues(t, info.Interval.Milliseconds(), decode(t, all[len(all)-1].body)["interval_ms"])

		r.set(func() { r.tables["/ppp/active"] = users(2) })
		rest(30 * time.Minute)
		require.False(t, p.Info().Stretched, "there is room again")
	})
}
