package history

import (
	"slices"
	"strings"
	"time"
)

// router is the history of one router. Its values are in rings: that of a time stands at the
// number of its step modulo the length.
type router struct {
	window time.Duration
	step   int // minutes
	last   time.Time
	saved  int64 // hour from which on nothing is on the disk
	slot   int64 // number of the step of the last sample
	series []series
}

// series is one kind of values.
type series struct {
	name   string
	values []uint16
	sum, n uint64 // of the step under way
}

// clone returns a copy of all values.
func (r *router) clone() *router {
	c := *r
	c.series = slices.Clone(r.series)
	for i := range c.series {
		c.series[i].values = slices.Clone(c.series[i].values)
	}
	return &c
}

// length is the number of steps in the window.
func (r *router) length() int { return int(r.window/minute)/r.step + 1 }

func (r *router) size() int { return len(r.series) * r.length() * 2 }

// slotOf is the number of the step of a time.
func (r *router) slotOf(at time.Time) int64 { return at.Unix() / 60 / int64(r.step) }

// add adds a sample. One that is not newer than the last is left out.
func (r *router) add(sample Sample) {
	if !sample.At.After(r.last) {
		return
	}
	r.last = sample.At
	r.turn(r.slotOf(sample.At))
	for _, v := range sample.Values {
		s := r.find(v.Series)
		if s == nil {
			continue
		}
		s.sum += v.Number
		s.n++
		s.values[r.slot%int64(len(s.values))] = encode(s.sum / s.n)
	}
}

// turn begins a step, with gaps for those between.
func (r *router) turn(slot int64) {
	if slot == r.slot {
		return
	}
	n := int64(r.length())
	for i := range r.series {
		s := &r.series[i]
		s.sum, s.n = 0, 0
		for k := max(r.slot+1, slot-n+1); k <= slot; k++ {
			s.values[k%n] = gap
		}
	}
	r.slot = slot
}

// find returns a series, which is made if there is room.
func (r *router) find(name string) *series {
	for i := range r.series {
		if r.series[i].name == name {
			return &r.series[i]
		}
	}
	if len(r.series) >= MaxSeries {
		return nil
	}
	r.series = append(r.series, series{name: strings.Clone(name), values: make([]uint16, r.length())})
	return &r.series[len(r.series)-1]
}

// fit makes the steps longer until the values take no more than limit bytes.
func (r *router) fit(limit int) {
	for _, step := range steps {
		if r.size() <= limit {
			return
		}
		if step > r.step {
			r.coarsen(step)
		}
	}
}

// coarsen makes the steps longer. Each value becomes the mean of those in its step.
func (r *router) coarsen(step int) {
	before := *r
	r.step = step
	r.slot = r.slotOf(r.last)
	r.series = make([]series, len(before.series))
	n := int64(r.length())
	for i := range before.series {
		old := &before.series[i]
		s := series{name: old.name, values: make([]uint16, n)}
		for slot := r.slot - n + 1; slot <= r.slot; slot++ {
			sum, count := before.mean(old, slot*int64(step), step)
			if count > 0 {
				s.values[slot%n] = encode(sum / count)
			}
			if slot == r.slot {
				s.sum, s.n = sum, count
			}
		}
		r.series[i] = s
	}
}

// mean returns the sum and the number of the values in some minutes.
func (r *router) mean(s *series, from int64, minutes int) (sum, count uint64) {
	n := int64(len(s.values))
	for slot := from / int64(r.step); slot*int64(r.step) < from+int64(minutes); slot++ {
		if slot > r.slot || slot <= r.slot-n || slot < 0 {
			continue
		}
		if v, ok := decode(s.values[slot%n]); ok {
			sum, count = sum+v, count+1
		}
	}
	return sum, count
}

// values returns the values of a series in steps.
func (r *router) values(s *series, from time.Time, step time.Duration, now time.Time) []*uint64 {
	var out []*uint64
	for at := from; !at.After(now); at = at.Add(step) {
		var value *uint64
		if sum, count := r.mean(s, at.Unix()/60, int(step/minute)); count > 0 {
			value = new(sum / count)
		}
		out = append(out, value)
	}
	return out
}
