package poller

import (
	"slices"
	"time"
)

// arm makes the topics of forms that were not wanted before due at once, for
// the watcher who has just come, and drops the changes that nobody wants.
func (s *state) arm(forms []Form, active map[Form]bool) {
	for _, f := range forms {
		if active[f] {
			continue
		}
		active[f] = true
		for _, i := range f.needs() {
			s.topics[i].next = time.Time{}
			if f.Topic == Log {
				s.topics[i].next = time.Now().Add(followStart)
			}
		}
	}
	for f := range active {
		if !slices.Contains(forms, f) {
			delete(active, f)
		}
	}
}

// needed are the topics of the forms, in their order.
func (s *state) needed(forms []Form) []int {
	var wanted [maxTopics]bool
	for _, f := range forms {
		for _, i := range f.needs() {
			wanted[i] = true
		}
	}
	var list []int
	for i := range s.topics {
		if wanted[i] {
			list = append(list, i)
		}
	}
	return list
}

// due are the needed topics whose time has come.
func (s *state) due(forms []Form, now time.Time) []int {
	return slices.DeleteFunc(s.needed(forms), func(i int) bool { return s.topics[i].next.After(now) })
}

// farAway is when something is due that is not.
const farAway = time.Hour

// soonest is when the next of the needed topics is due; far away for none.
func (s *state) soonest(forms []Form) time.Time {
	next := time.Now().Add(farAway)
	for _, i := range s.needed(forms) {
		if t := s.topics[i].next; t.Before(next) {
			next = t
		}
	}
	return next
}

// publications are what the forms get out of a poll. They are made here, by the
// loop and without a lock, and handed over one by one.
func (s *state) publications(forms []Form, due []int, results []result, began, now time.Time) []func(Publisher) {
	var list []func(Publisher)
	for _, f := range forms {
		switch f.Topic {
		case Combined:
			if len(due) >= combined && slices.Equal(due[:combined], f.needs()) {
				body := s.combinedBody(results, now)
				list = append(list, func(out Publisher) { out.Publish(f, body) })
			}
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

func (s *state) sessionLines(f Form, due []int, results []result, began, now time.Time) []func(Publisher) {
	var list []func(Publisher)
	for _, i := range f.needs() {
		if slices.Contains(due, i) && results[i].err == nil {
			list = append(list, lines(f, s.sessionEvents().reading(s.topics[i].Name, results[i].rows, began, now))...)
		}
	}
	return list
}

func lines(f Form, bodies [][]byte) []func(Publisher) {
	var list []func(Publisher)
	for _, body := range bodies {
		list = append(list, func(out Publisher) { out.PublishLine(f, body) })
	}
	return list
}

func (s *state) topicPublication(f Form, t *topic, r result, now time.Time) func(Publisher) {
	if !f.Changes {
		body := s.wholeBody(t, r, now)
		return func(out Publisher) { out.Publish(f, body) }
	}
	d := t.differs[f.Volatile]
	first := d == nil
	if first {
		d = &differ{Differ: newDiffer(t, f.Volatile)}
		t.differs[f.Volatile] = d
	}
	change := s.changeBody(t, d, r, now)
	if first && r.err == nil {
		change = nil // all of it is new: newcomers get the whole instead
	}
	whole := wholeLater(t, r.rows, now)
	if r.err != nil {
		body := s.wholeBody(t, r, now)
		whole = func() []byte { return body }
	}
	return func(out Publisher) { out.PublishChange(f, change, whole) }
}
