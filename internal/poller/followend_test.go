package poller_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/poller"
)

// A listen may end at any moment, also while an answer is under way: viewers get what the
// router has, from the next poll at the latest.
func TestAListenThatEndsDuringAPoll(t *testing.T) {
	rows := map[string][][]string{
		"/interface":         {{"=.id=*1", "=name=ether1", "=running=true", "=rx-byte=1000", "=tx-byte=0"}},
		"/queue/simple":      {{"=.id=*1", "=name=q1", "=target=10.0.0.0/8", "=bytes=10/20"}},
		"/ppp/active":        {{"=.id=*1", "=name=anna", "=service=pppoe", "=uptime=1m"}},
		"/ip/hotspot/active": {{"=.id=*1", "=user=anna", "=server=hs1", "=uptime=1m", "=bytes-in=7"}},
	}
	for topic, path := range map[string]string{
		"interfaces": "/interface", "queues": "/queue/simple", "ppp_active": "/ppp/active", "hotspot_active": "/ip/hotspot/active",
	} {
		for _, v := range []poller.Variant{variant(topic, false, false), variant(topic, true, false), variant(topic, true, true)} {
			for spared := range 6 { // commands after the beginning of the listen
				t.Run(fmt.Sprintf("%s, delta %t, volatile %t, command %d", topic, v.Delta, v.Volatile, spared), func(t *testing.T) {
					in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
						asked, ended := 0, 0
						r.set(func() {
							r.follows, r.delay[path] = true, 100*time.Millisecond
							r.live = map[string]func() [][]string{path: func() [][]string {
								if tag := r.listens[path]; tag != "" {
									if asked++; asked > spared {
										asked = 0
										ended++
										delete(r.listens, path)
										r.wg.Go(func() { r.send(tag, "!done") })
									}
								}
								return rows[path]
							}}
						})
						p.Watch(v)
						rest(6 * time.Minute)
						assert.Greater(t, ended, 1)
						events := s.all(v)
						body := events[len(events)-1].body
						if v.Delta {
							body = string(events[len(events)-1].whole())
						}
						assert.Equal(t, 1, strings.Count(body, `".id":"*1"`), body)
					})
				})
			}
		}
	}
}
