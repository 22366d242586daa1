package poller

import (
	"slices"
	"time"
)

// collector makes the rows of a topic from readings of its parts that come at different
// times. The loop of the poller owns it; it lasts as long as the session, and as somebody
// watches the topic.
type collector interface {
	// take takes a reading of a part, or one that failed. Its rows are valid until take
	// returns.
	take(r Reading)
	// reading returns the rows after the readings of a poll; false for nothing to deliver.
	// The sink may keep the rows.
	reading(now time.Time) (r Reading, ok bool)
}

// collecting is the state of a loop for topics with collect.
type collecting struct {
	collectors map[*Topic]collector
	collected  []Reading // what they made in the current poll
}

// dropCollector forgets the collector of a topic that nobody watches any more.
func (l *loop) dropCollector(t *Topic) {
	if !slices.ContainsFunc(l.variants, func(v Variant) bool { return v.Topic == t }) {
		delete(l.collectors, t)
	}
}

// collect gives the readings of a poll to the collectors of the topics that are wanted.
func (l *loop) collect(now time.Time) {
	l.collected = l.collected[:0]
	var done []*Topic
	for _, v := range l.variants {
		t := v.Topic
		if t.collect == nil || slices.Contains(done, t) {
			continue
		}
		done = append(done, t)
		c := l.collector(t)
		for _, s := range l.due {
			if v.needs(s.Topic) && !s.reading.unknown && !s.reading.same {
				c.take(s.reading)
			}
		}
		if r, ok := c.reading(now); ok {
			r.Topic = t
			l.collected = append(l.collected, r)
		}
	}
}

// collector returns the collector of a topic.
func (l *loop) collector(t *Topic) collector {
	if l.collectors == nil {
		l.collectors = make(map[*Topic]collector)
	}
	if l.collectors[t] == nil {
		l.collectors[t] = t.collect(l.Poller)
	}
	return l.collectors[t]
}

// deliverCollected delivers what the collector of a topic has made in this poll.
func (l *loop) deliverCollected(v Variant, now time.Time) {
	for _, r := range l.collected {
		if r.Topic == v.Topic {
			l.update(Update{Kind: Read, Variant: v, Readings: []Reading{r}, At: now})
		}
	}
}
