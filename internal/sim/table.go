package sim

import (
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// row is one row of a menu. It is never changed once it is in a table: a change
// puts another row with the same id in its place, so that a print may encode a
// snapshot without the device's lock.
type row struct {
	id    uint64         // number behind the star of .id; singletons have none
	words proto.Sentence // the properties that stand still, encoded
	born  time.Time      // start of the session, the link, the counters; time of a log line
	seed  uint64         // shape of what moves
	flows *flows         // its traffic, nil without any
	base  int64          // what the menu makes of it: a session limit in seconds, a sensor's mean
	user  int            // number in the population, noUser otherwise
}

const noUser = -1

// attrs encodes pairs of names and values as attribute words.
func attrs(pairs ...string) proto.Sentence {
	size := 0
	for _, s := range pairs {
		size += len(s) + 2
	}
	b := make([]byte, 0, size)
	for i := 0; i+1 < len(pairs); i += 2 {
		b = appendAttr(b, pairs[i], pairs[i+1])
	}
	return b
}

func appendAttr[T ~string | ~[]byte](b []byte, name string, value T) []byte {
	b = proto.AppendLength(b, len(name)+len(value)+2)
	b = append(b, '=')
	b = append(b, name...)
	b = append(b, '=')
	return append(b, value...)
}

// text is a property that stands still, "" where the row has none.
func (r *row) text(name string) string {
	v, _ := r.words.Get(name)
	return string(v)
}

// with returns the properties of r with those of pairs set.
func (r *row) with(pairs ...string) *row {
	changed := *r
	changed.words = nil
	done := make([]bool, len(pairs)/2)
	for name, value := range r.words.Attributes() {
		for i := range done {
			if pairs[2*i] == string(name) {
				value, done[i] = []byte(pairs[2*i+1]), true
			}
		}
		changed.words = appendAttr(changed.words, string(name), value)
	}
	for i := range done {
		if !done[i] {
			changed.words = appendAttr(changed.words, pairs[2*i], pairs[2*i+1])
		}
	}
	return &changed
}

// without returns r less one property.
func (r *row) without(name string) *row {
	changed := *r
	changed.words = nil
	for n, value := range r.words.Attributes() {
		if string(n) != name {
			changed.words = appendAttr(changed.words, string(n), value)
		}
	}
	return &changed
}

// moment is what moving properties are computed from. It is a copy, so that a
// print needs no lock while it encodes.
type moment struct {
	now    time.Time
	booted time.Time
	seed   uint64
	p      *Personality
}

// live is a property that moves by itself, such as an uptime or a counter. It
// is computed when somebody looks; nothing runs in between.
type live struct {
	name string
	// value appends the text, or reports that this row has no such property now.
	value func(b []byte, m *moment, r *row) ([]byte, bool)
}

// menu describes a directory of the console. Menus are shared by all devices
// and never change after the package is initialised.
type menu struct {
	path   string
	single bool     // one row without .id and without follow
	verbs  []string // which of the generic commands exist besides print
	extra  map[string]command
	live   []live
	hidden []string // properties shown to users with policy sensitive only
	policy string   // needed to change something, write unless given
	params []string // what add and set accept
	must   []string // what add insists on
	preset []string // pairs that a new row starts with
	// fill makes the rows at first use, without events.
	fill func(w *world, t *table)
	// check refuses the row that add or set is about to store, or completes it.
	check func(w *world, t *table, r *row) (*row, error)
	// drop takes a row out as remove does, together with what belongs to it.
	drop func(w *world, t *table, r *row) error
	// base is the first id.
	base uint64
}

// event is a change that a listen reports.
type event struct {
	row  *row
	dead bool
}

// maxEvents bounds what a table keeps for listeners. One that falls further
// behind misses the oldest, as a reader of the log buffer does.
const maxEvents = 8192

// table is the state of one menu on one device, guarded by Device.mu.
type table struct {
	*menu
	// rows is appended to or replaced, never changed in place: who copied the
	// slice under the lock may go on reading it.
	rows []*row
	next uint64

	watchers int
	events   []event       // empty while nobody watches
	first    uint64        // number of events[0]; the numbering never restarts
	changed  chan struct{} // closed and replaced with each event while watched
}

// add stores a row under the next free id unless it has one.
func (t *table) add(r *row) *row {
	if r.id == 0 && !t.single {
		r.id = t.next
		t.next++
	}
	t.rows = append(t.rows, r)
	t.emit(event{row: r})
	return r
}

// remove takes the row out; it reports whether it was there.
func (t *table) remove(id uint64) bool {
	i := t.position(id)
	if i < 0 {
		return false
	}
	r := t.rows[i]
	kept := make([]*row, 0, len(t.rows)+8)
	t.rows = append(append(kept, t.rows[:i]...), t.rows[i+1:]...)
	t.emit(event{row: r, dead: true})
	return true
}

// replace puts r in the place of the row with the same id.
func (t *table) replace(r *row) {
	if i := t.position(r.id); i >= 0 {
		t.rows = slices.Clone(t.rows)
		t.rows[i] = r
		t.emit(event{row: r})
	}
}

func (t *table) position(id uint64) int {
	return slices.IndexFunc(t.rows, func(r *row) bool { return r.id == id })
}

// find returns the first row whose property has the value, nil without one.
func (t *table) find(name, value string) *row {
	for _, r := range t.rows {
		if v, ok := r.words.Get(name); ok && string(v) == value {
			return r
		}
	}
	return nil
}

func (t *table) emit(e event) {
	if t.watchers == 0 {
		return
	}
	t.events = append(t.events, e)
	if over := len(t.events) - maxEvents; over > 0 {
		t.events = slices.Delete(t.events, 0, over)
		t.first += uint64(over)
	}
	close(t.changed)
	t.changed = make(chan struct{})
}

// watch starts to record changes and returns where the caller has to read on.
func (t *table) watch() (cursor uint64) {
	if t.watchers == 0 {
		t.changed = make(chan struct{})
	}
	t.watchers++
	return t.first + uint64(len(t.events))
}

func (t *table) unwatch() {
	t.watchers--
	if t.watchers == 0 {
		t.first += uint64(len(t.events))
		t.events, t.changed = nil, nil
	}
}

// after copies the events from cursor on.
func (t *table) after(cursor uint64) (events []event, next uint64) {
	skip := max(int64(cursor)-int64(t.first), 0)
	return slices.Clone(t.events[skip:]), t.first + uint64(len(t.events))
}
