package poller

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Kind is what a topic hands on.
type Kind uint8

const (
	// Table is all rows of one menu, whole or as what changed.
	Table Kind = iota
	// Group is several tables that were read in the same poll.
	Group
	// Events are things that happened, each of which stands for itself.
	Events
	// FactsOnly hands nothing on; what was read is noted as facts.
	FactsOnly
)

// Topic is one thing that can be watched. It declares itself, in a file of its
// own: nobody else knows its name.
type Topic struct {
	Name string // in the API; empty for the topic of those who name none
	Kind Kind
	// Menu is what is read. A topic without one is made of Parts, which have one
	// each; parts that others watch, too, are read once for all.
	Menu  *menu.Menu
	Parts []*Topic
	// MinInterval is the shortest interval for a menu that costs a router more
	// than others; 0 for the poller's own.
	MinInterval time.Duration
	// Follow has the menus listened to: the router says what changes as it
	// changes. Recheck is how often they are read all the same, to make sure; 0
	// for never while the router listens.
	Follow  bool
	Recheck time.Duration
	// Rates adds bits per second, computed from the byte counters.
	Rates bool
	// Hidden topics cannot be asked for by clients.
	Hidden bool

	// note takes the facts out of a reading, and reports whether there were any;
	// nil for a topic without.
	note func(*facts, Reading, charset.Page) bool
	// load is what a reading says of the load of the router's processor, in
	// percent, or unknownLoad; nil for nothing.
	load func(Reading) int
	// track finds the events; of the kind Events.
	track func(charset.Page) tracker

	listed, plain []string // the command with and without its list of fields; static
}

// tracker finds the events in readings and in what the router says by itself.
// The poller's loop owns it.
type tracker interface {
	// listening is told that the router listens to a part from now on. It reports
	// whether the part has to be read now, for what came before.
	listening(part *Topic) (read bool)
	// heard takes rows of a listen.
	heard(part *Topic, rows proto.Sentences, at time.Time) []Event
	// reading takes a whole reading, or one that failed. It reports a gap where
	// events may have been missed.
	reading(r Reading) (events []Event, gap bool)
}

// topics are all there are, in the order in which they are named and asked:
// those of the combined event first, then by name.
var topics []*Topic

// register adds a topic.
func register(t Topic) *Topic {
	if t.Menu != nil {
		t.plain = []string{t.Menu.Print()}
		t.listed = t.plain
		if len(t.Menu.Fields) > 0 {
			t.listed = []string{t.Menu.Print(), "=.proplist=" + strings.Join(t.Menu.Fields, ",")}
		}
	}
	topics = append(topics, &t)
	return &t
}

func init() { // behind all that register
	place := func(t *Topic) int {
		if i := slices.Index(Combined.Parts, t); i >= 0 {
			return i
		}
		return len(Combined.Parts)
	}
	slices.SortFunc(topics, func(a, b *Topic) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Name, b.Name))
	})
}

// sources are the topics whose menus are read for this one.
func (t *Topic) sources() []*Topic {
	if t.Menu != nil {
		return []*Topic{t}
	}
	return t.Parts
}

// Lookup finds a topic that clients can name.
func Lookup(name string) (*Topic, bool) {
	for _, t := range topics {
		if t.Name == name && !t.Hidden {
			return t, true
		}
	}
	return nil, false
}

// Names are the names of all topics that clients can name.
func Names() []string {
	var names []string
	for _, t := range topics {
		if !t.Hidden {
			names = append(names, t.Name)
		}
	}
	return names
}

// Variant is a topic in one of the shapes in which it can be watched.
type Variant struct {
	Topic *Topic
	// Delta is what changed instead of all rows; of tables only.
	Delta bool
	// Volatile counts values that change all the time as changes, too.
	Volatile bool
}

// isSnapshot reports whether each update stands for the whole.
func (v Variant) isSnapshot() bool { return !v.Delta && v.Topic.Kind != Events }

// Variant is the variant of a topic. Events have no other than the plain one.
func (t *Topic) Variant(delta, volatile bool) Variant {
	if t.Kind != Table {
		return Variant{Topic: t}
	}
	return Variant{Topic: t, Delta: delta, Volatile: delta && volatile}
}
