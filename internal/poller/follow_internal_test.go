package poller

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

type recording struct{ updates []Update }

func (r *recording) Update(u Update) { r.updates = append(r.updates, u) }

// A follower that was stopped may have had something to deliver already; another
// one has begun meanwhile, or nobody watches.
func TestAFollowerThatWasStoppedIsNotHeard(t *testing.T) {
	sink := &recording{}
	p := New(refusing{}, sink, "r", Options{})
	topic, _ := Lookup("log")
	p.wanted = []want{{Variant: topic.Variant(false, false), watchers: 1}}
	l := &loop{Poller: p, pace: newPace(p.opts.Interval)}
	l.refresh(time.Now())
	before, now := &follower{source: l.source(topic)}, &follower{source: l.source(topic)}
	l.follow.running = []*follower{now}

	l.handle(listenEvent{from: before, kind: listenRows, rows: logOf("1")})
	l.handle(listenEvent{from: before, kind: listenBegan})
	assert.Empty(t, sink.updates)
	assert.False(t, l.source(topic).followed)

	l.handle(listenEvent{from: now, kind: listenBegan})
	l.handle(listenEvent{from: now, kind: listenRows, rows: logOf("1")})
	assert.Len(t, sink.updates, 1)
	assert.True(t, l.source(topic).followed)
}
