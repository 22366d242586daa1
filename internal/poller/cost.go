package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Cost is what one topic takes of the line to the router: bytes of the API's sentences,
// without TCP and TLS.
type Cost struct {
	Topic          string // as in the API; of counts the kind of users
	Received, Sent uint64 // since New
	// PerMinute is about how many bytes were received and sent in the last minute.
	PerMinute uint64
}

// cost is the stored form of Cost; guarded by Poller.mu.
type cost struct {
	topic          *Topic
	received, sent uint64
	minute         time.Time // when the present minute began
	now, before    uint64    // bytes of the present minute and the one before
}

// add counts bytes at a time.
func (c *cost) add(at time.Time, received, sent int) {
	c.turn(at)
	c.received += uint64(received)   //nolint:gosec // a length
	c.sent += uint64(sent)           //nolint:gosec // a length
	c.now += uint64(received + sent) //nolint:gosec // a length
}

// turn begins another minute if the present one is over.
func (c *cost) turn(at time.Time) {
	switch passed := at.Sub(c.minute); {
	case passed < time.Minute:
		return
	case passed < 2*time.Minute:
		c.minute, c.before, c.now = c.minute.Add(time.Minute), c.now, 0
	default:
		c.minute, c.before, c.now = at, 0, 0
	}
}

// perMinute takes the part of the minute before that is less than a minute ago as evenly
// spread.
func (c *cost) perMinute(at time.Time) uint64 {
	c.turn(at)
	return c.now + uint64(float64(c.before)*(1-at.Sub(c.minute).Seconds()/time.Minute.Seconds()))
}

// spend counts the bytes of a source.
func (l *loop) spend(s *source, received, sent int) {
	l.spent += received + sent
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for i := range l.costs {
		if l.costs[i].topic == s.Topic {
			l.costs[i].add(now, received, sent)
			return
		}
	}
	l.costs = append(l.costs, cost{topic: s.Topic, minute: now})
	l.costs[len(l.costs)-1].add(now, received, sent)
}

// Costs returns what the router was asked for, by topic.
func (p *Poller) Costs() []Cost {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	list := make([]Cost, 0, len(p.costs))
	for i := range p.costs {
		c := &p.costs[i]
		list = append(list, Cost{c.topic.Name, c.received, c.sent, c.perMinute(now)})
	}
	return list
}

// tagSize is about the size of the word with the tag.
const tagSize = 8

// sentBytes is the size of a command on the wire.
func sentBytes(words []string) int {
	n := tagSize + 1
	for _, w := range words {
		n += len(w) + 1
	}
	return n
}

// receivedBytes is the size of a reply on the wire.
func receivedBytes(rows proto.Sentences, done proto.Sentence) int {
	return len(rows) + len(done) + 1
}
