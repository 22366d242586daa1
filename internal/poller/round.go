package poller

import (
	"slices"
	"sync"
	"time"
)

// arm makes the topics of forms that were not wanted before due at once, for
// the watcher who has just come.
func (s *state) arm(forms []Form, active map[Form]bool) {
	now := time.Now()
	s.forget(now)
	for _, f := range forms {
		if active[f] {
			continue
		}
		active[f] = true
		delete(s.left, f)
		for _, i := range f.needs() {
			if f.Topic == Log {
				s.topics[i].next = now.Add(followStart)
			} else {
				s.topics[i].now = true
			}
		}
	}
	for f := range active {
		if !slices.Contains(forms, f) {
			delete(active, f)
			s.left[f] = now
		}
	}
}

// forget drops the threads of changes that nobody has watched for long: what
// viewers would lead on from is too old, in the values that do not count as
// changes, too.
func (s *state) forget(now time.Time) {
	for f, at := range s.left {
		if now.Sub(at) <= s.memory {
			continue
		}
		delete(s.left, f)
		if f.Changes {
			delete(s.topics[f.needs()[0]].differs, f.Volatile)
		}
	}
}

// needed marks the topics of the forms.
func needed(forms []Form) (marks [maxTopics]bool) {
	for _, f := range forms {
		for _, i := range f.needs() {
			marks[i] = true
		}
	}
	return marks
}

// due are the needed topics whose time has come, in their order.
func (s *state) due(forms []Form, now time.Time) []int {
	marks := needed(forms)
	list := s.list[:0]
	for i, t := range s.topics {
		if marks[i] && (t.now || !t.next.After(now)) {
			list = append(list, i)
		}
	}
	s.list = list
	return list
}

// lag is how long after its tick the poll begins; nothing for topics that are
// asked because somebody has just begun to watch.
func (s *state) lag(due []int, now time.Time) time.Duration {
	lag := time.Duration(0)
	for _, i := range due {
		if t := s.topics[i]; !t.now && !t.next.IsZero() {
			lag = max(lag, now.Sub(t.next))
		}
	}
	return lag
}

// farAway is when something is due that is not.
const farAway = time.Hour

// soonest is when the next of the needed topics is due; far away for none.
func (s *state) soonest(forms []Form) time.Time {
	next := time.Now().Add(farAway)
	marks := needed(forms)
	for i, t := range s.topics {
		if marks[i] && t.next.Before(next) {
			next = t.next
		}
	}
	return next
}

// publication is something to be handed to the Publisher.
type publication struct {
	form Form
	hand func(Publisher)
}

func line(f Form, body []byte) publication {
	return publication{f, func(out Publisher) { out.PublishLine(f, body) }}
}

// publications are what the forms get out of a poll. They are made here, by the
// loop and without a lock, and handed over one by one.
func (s *state) publications(forms []Form, due []int, results []result, began, now time.Time) []publication {
	var list []publication
	for _, f := range forms {
		switch f.Topic {
		case Combined:
			if len(due) >= combined && slices.Equal(due[:combined], f.needs()) {
				body := s.combinedBody(results, now)
				list = append(list, publication{f, func(out Publisher) { out.Publish(f, body) }})
			}
		case Scrape.Topic: // what is noted
		case Sessions:
			list = append(list, s.sessionLines(f, due, results, began, now)...)
		case Log:
			if i := f.needs()[0]; slices.Contains(due, i) && results[i].err == nil {
				list = append(list, lines(f, s.logLines().reading(results[i].rows, now))...)
			}
		default:
			if i := f.needs()[0]; slices.Contains(due, i) {
				list = append(list, s.topicPublication(f, s.topics[i], results[i], now))
			}
		}
	}
	return list
}

func (s *state) sessionLines(f Form, due []int, results []result, began, now time.Time) []publication {
	var list []publication
	for _, i := range f.needs() {
		if slices.Contains(due, i) && results[i].err == nil {
			list = append(list, lines(f, s.sessionEvents().reading(s.topics[i].Name, results[i].rows, began, now))...)
		}
	}
	return list
}

func lines(f Form, bodies [][]byte) []publication {
	var list []publication
	for _, body := range bodies {
		list = append(list, line(f, body))
	}
	return list
}

func (s *state) topicPublication(f Form, t *topic, r result, now time.Time) publication {
	if !f.Changes {
		body := s.wholeBody(t, r, now)
		return publication{f, func(out Publisher) { out.Publish(f, body) }}
	}
	d := t.differs[f.Volatile]
	first := d == nil
	if first {
		d = &differ{Differ: newDiffer(t, f.Volatile)}
		t.differs[f.Volatile] = d
	}
	change := s.changeBody(t, d, r, now)
	if r.err == nil {
		d.rows = r.rows
	}
	whole := wholeLater(t, d.rows, r.err, now)
	if first { // it leads on from nothing that a viewer may still have
		whole = sync.OnceValue(whole)
		change = whole()
	}
	return publication{f, func(out Publisher) { out.PublishChange(f, change, whole) }}
}
