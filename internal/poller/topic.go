package poller

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/search"
)

// Kind is the shape of the data of a topic.
type Kind uint8

const (
	// Table is the rows of one menu: all of them, or the changes.
	Table Kind = iota
	// Group is several tables read in the same poll.
	Group
	// Events are independent of one another, such as lines of a log.
	Events
	// FactsOnly delivers nothing; readings update the facts.
	FactsOnly
)

// Topic is something that can be watched. Fields that are not set have no effect.
type Topic struct {
	Name string // in the API; empty for the combined event
	Kind Kind
	// Menu is the menu to read. A topic without one has Parts, topics with a menu. A
	// menu that several topics need is read once for all of them.
	// With join, the readings of Parts are joined to one with rows of Menu, which has no
	// path.
	Menu *menu.Menu
	// With collect, Parts are read each at its interval, and a collector makes the rows of
	// Menu, which has no path either.
	Parts   []*Topic
	join    func([]Reading) Reading
	collect func(*Poller) collector
	// Query are words that select the rows of Menu.
	Query []string
	// Counts is the topic whose rows this one counts; its menu is Menu.
	Counts *Topic
	// MinInterval is the minimum interval, for a menu that is expensive to read.
	MinInterval time.Duration
	// Twice has a second reading follow the first one at the next tick, whatever the interval:
	// rates need two.
	Twice bool
	// FactsInterval is the minimum interval while nobody but the facts needs the menu.
	FactsInterval time.Duration
	// Listen keeps a listen on the menu while it is watched: the router reports changes as
	// they happen.
	Listen bool
	// Recheck is the interval at which the whole menu is read where its changes are known
	// from the listen, or from readings of its counters alone (see [menu.Menu.Counters]).
	// 0 for a menu that is read whole at each tick or, with Listen, only if there is no
	// listen.
	Recheck time.Duration
	// Rates adds the fields rx-bits-per-second and tx-bits-per-second to each row,
	// computed from the byte counters.
	Rates bool
	// Foreign topics get their events from elsewhere: they are not polled.
	Foreign bool
	// Kept has the last rows kept for those who look for something in them.
	Kept search.Kind
	// Hidden topics cannot be requested by clients.
	Hidden bool

	// note stores the facts in a reading, and reports whether there were any.
	note func(*facts, Reading, charset.Page) bool
	// load returns the CPU load in a reading, in percent, or unknownLoad.
	load func(Reading) int
	// track returns a tracker, which finds the events of a topic of the kind Events.
	track func(charset.Page) tracker

	listed, plain []string // the command with and without its list of fields; static
	counting      []string // the command that reads the counters alone; nil for none; static
}

// tracker finds the events in readings and in the rows of a listen. The loop of the
// poller owns it.
type tracker interface {
	// onListen is called when a listen on a part begins. It reports whether the part
	// has to be read now, for what happened before.
	onListen(part *Topic) (read bool)
	// onRefusal is called when the router refuses a listen that had begun.
	onRefusal(part *Topic)
	// onRows takes rows of a listen.
	onRows(part *Topic, rows proto.Sentences, at time.Time) []Event
	// onReading takes a reading of the whole menu, or one that failed. It reports a
	// gap if events may have been missed.
	onReading(r Reading) (events []Event, gap bool)
}

// recaller is a tracker that knows what was before.
type recaller interface {
	// recall returns the last events, in the order in which they happened, for those who
	// begin with them; known is true once after the reading that tells them. The events
	// of that reading are not among them.
	recall() (events []Event, known bool)
}

// topics are all topics in the order in which they are listed and read: first the
// parts of the combined event, then by name.
var topics []*Topic

// register adds a topic. It is called to initialize package variables only.
func register(t Topic) *Topic {
	if t.Menu != nil && t.Menu.Path != "" {
		t.plain = append([]string{t.Menu.Print()}, t.Query...)
		t.listed = t.plain
		if len(t.Menu.Fields) > 0 {
			t.listed = append([]string{t.Menu.Print(), "=.proplist=" + strings.Join(t.Menu.Fields, ",")}, t.Query...)
		}
		t.counting = t.countingWords()
	}
	topics = append(topics, &t)
	return &t
}

func init() { // runs after all variables are initialized
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

// sources are the topics whose menus this one needs.
func (t *Topic) sources() []*Topic {
	if len(t.Parts) > 0 {
		return t.Parts
	}
	return []*Topic{t}
}

// Lookup finds a topic by its name, if clients may request it.
func Lookup(name string) (*Topic, bool) {
	for _, t := range topics {
		if t.Name == name && !t.Hidden {
			return t, true
		}
	}
	return nil, false
}

// Names are the names of all topics that clients may request.
func Names() []string {
	var names []string
	for _, t := range topics {
		if !t.Hidden {
			names = append(names, t.Name)
		}
	}
	return names
}

// Variant is a topic in one of the forms in which it can be watched.
type Variant struct {
	Topic *Topic
	// Delta is for changes instead of all rows; tables only.
	Delta bool
	// Volatile makes values that change all the time count as changes; with Delta, or with
	// Every.
	Volatile bool
	// Every makes it a variant of those who need readings rarely, such as rules: it is read
	// at this interval at most, unless others have the menu read more often. It gets
	// whatever is read, and no changes of a table between. Zero for viewers.
	Every time.Duration
}

// Rare returns the variant of those who need a reading at an interval only; volatile for
// those who need counters of a menu that can be listened to.
// Events have one variant for all.
func (t *Topic) Rare(every time.Duration, volatile bool) Variant {
	if t.Kind == Events {
		return Variant{Topic: t}
	}
	return Variant{Topic: t, Volatile: volatile, Every: every}
}

// Least is the shortest time between two readings of a rare variant.
func (v Variant) Least() time.Duration {
	least := v.Every
	for _, t := range v.Topic.sources() {
		least = max(least, t.MinInterval)
	}
	return least
}

// isLive reports whether the variant has a viewer.
func (v Variant) isLive() bool { return v.Topic.Kind != FactsOnly && v.Every == 0 }

// needs reports whether the variant needs a menu, which is that of a topic.
func (v Variant) needs(t *Topic) bool { return slices.Contains(v.Topic.sources(), t) }

// isSnapshot reports whether each update replaces all earlier ones.
func (v Variant) isSnapshot() bool { return !v.Delta && v.Topic.Kind != Events }

// Variant returns a variant of the topic. Topics other than tables have only one.
func (t *Topic) Variant(delta, volatile bool) Variant {
	if t.Kind != Table {
		return Variant{Topic: t}
	}
	return Variant{Topic: t, Delta: delta, Volatile: delta && volatile}
}
