package sim

import (
	"bytes"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// row is one row of a menu. It is not changed after it was added to a table: a change
// replaces it by another row with the same id, so that a print can encode a snapshot
// without the lock of the device.
type row struct {
	id    uint64         // number after the star of .id; 0 for a singleton
	words proto.Sentence // the properties that are stored, encoded
	born  time.Time      // start of the session, the link, the counters; time of a log line
	seed  uint64         // of computed properties
	flows *flows         // its traffic, nil without any
	zero  time.Duration  // after born, when its counters were reset
	base  int64          // depends on the menu: a session limit in seconds, the mean of a sensor
	user  int            // number in the population, noUser otherwise
	fixed bool           // some computed properties have a value instead, see SetField
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

// text returns a stored property; "" if the row does not have it.
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

// without returns r without one property.
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

// since returns the properties of r that differ from those of before. What r has no
// longer is not among them.
func (r *row) since(before *row) proto.Sentence {
	var changed proto.Sentence
	for name, value := range r.words.Attributes() {
		if old, ok := before.words.Get(string(name)); !ok || !bytes.Equal(old, value) {
			changed = appendAttr(changed, string(name), value)
		}
	}
	return changed
}

// moment is the input for computed properties. It is a copy, so that a print needs no
// lock while it encodes.
type moment struct {
	now    time.Time
	booted time.Time
	seed   uint64
	p      *Personality
}

// live is a computed property, such as an uptime or a counter. It is computed when it
// is read.
type live struct {
	name string
	// value appends the text; false if the row does not have the property now.
	value func(b []byte, m *moment, r *row) ([]byte, bool)
}

// menu describes a directory of the console. Menus are shared by all devices
// and are not changed after they were parsed.
type menu struct {
	path     string
	single   bool // one row without .id and without follow
	computed bool // its rows are made at each access; a listen never reports
	when     condition
	verbs    []string // verbs that change rows, but comment, enable and disable
	fields   []field
	hidden   []string // fields shown to users with policy sensitive only
	secret   []string // fields that nobody sees
	policy   string   // needed for changes; default write
	flags    []string // arguments of print that not every menu has
	unique   []unique
	seeds    []seed
	only     map[string]condition // commands that not every device has
	kindOf   string               // type of the interfaces that are rows of this menu, see kindof.go
	base     uint64               // the first id
	behavior
}

// behavior is what a declaration cannot say.
type behavior struct {
	extra map[string]command // other commands
	live  []live
	// fill adds the rows at first use, without events, instead of those of the declaration.
	fill func(w *world, t *table)
	// check validates and completes the row that add or set will store.
	check func(w *world, t *table, r *row) (*row, error)
	// drop removes a row for the command remove, with what belongs to it.
	drop func(w *world, t *table, r *row) error
}

// behaviors are by path, or by the name that a declaration gives.
var behaviors = map[string]behavior{}

// behave sets the behavior of a menu. It is called from init functions, since commands
// look up menus.
func behave(name string, b behavior) { behaviors[name] = b }

// rows reports whether the menu has rows, not only commands.
func (m *menu) rows() bool { return m.fill != nil || m.fields != nil }

// empty is the fill of a table without rows at first use.
func empty(*world, *table) {}

// event is a change for listen.
type event struct {
	row    *row
	before *row // what row replaced; nil for a new and for a removed row
	dead   bool
}

// maxEvents limits the events that a table keeps for listeners. A slower listener
// misses the oldest ones.
const maxEvents = 8192

// table is the state of one menu on one device, guarded by Device.mu.
type table struct {
	*menu
	// rows is appended to or replaced, never changed in place: a copy of the slice
	// that was made under the lock may be read without it.
	rows []*row
	next uint64

	watchers int
	events   []event       // empty without listeners
	first    uint64        // number of events[0]; numbers are never reused
	changed  chan struct{} // closed and replaced at each event while there are listeners
}

// add adds a row, with the next free id unless it has one.
func (t *table) add(r *row) *row {
	if r.id == 0 && !t.single {
		r.id = t.next
		t.next++
	}
	t.rows = append(t.rows, r)
	t.emit(event{row: r})
	return r
}

// remove removes a row and reports whether it existed.
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

// replace replaces the row with the same id by r.
func (t *table) replace(r *row) {
	if i := t.position(r.id); i >= 0 {
		before := t.rows[i]
		t.rows = slices.Clone(t.rows)
		t.rows[i] = r
		t.emit(event{row: r, before: before})
	}
}

func (t *table) position(id uint64) int {
	return slices.IndexFunc(t.rows, func(r *row) bool { return r.id == id })
}

// find returns the first row whose property has the value, or nil.
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
	t.wake()
}

// wake wakes the listeners.
func (t *table) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// watch starts recording changes and returns the cursor for after.
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

// after returns the events since cursor, and the next cursor.
func (t *table) after(cursor uint64) (events []event, next uint64) {
	skip := max(int64(cursor)-int64(t.first), 0)
	return slices.Clone(t.events[skip:]), t.first + uint64(len(t.events))
}
