package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// Topic is one thing that can be watched, and the menu that has it.
type Topic struct {
	Name string
	Menu *menu.Menu
	// Least is the shortest interval for menus that cost a router more than
	// others; 0 for the poller's own.
	Least time.Duration
	// Rates asks for bits per second, computed from the byte counters.
	Rates bool
	// Hidden topics are for the facts alone.
	Hidden bool
}

// Topics that are made of others.
const (
	// Combined is the topic of those who ask for none: one event with the arrays
	// of the first three topics.
	Combined = ""
	// Sessions has an event for each PPP and hotspot user who comes or goes.
	Sessions = "sessions"
	// Log has an event for each line of the router's log.
	Log = "log"
)

// topics are all there are, those of the combined event first, in its order.
var topics = []Topic{
	{Name: "hardware", Menu: menu.Resource},
	{Name: "hotspot_active", Menu: menu.HotspotActive},
	{Name: "ppp_active", Menu: menu.PPPActive},
	{Name: "interfaces", Menu: menu.Interface, Rates: true},
	{Name: "queues", Menu: menu.QueueSimple},
	{Name: "dhcp_leases", Menu: menu.DHCPLease, Least: 10 * time.Second},
	{Name: Log, Menu: menu.Log, Least: 5 * time.Second},          // read only where it cannot be followed
	{Name: "health", Menu: menu.Health, Least: 30 * time.Second}, // frequent reads are known to load a CCR2004
	{Name: "identity", Menu: menu.Identity, Least: 10 * time.Minute, Hidden: true},
}

// maxTopics bounds the topics, for arrays of flags.
const maxTopics = 16

// combined is how many topics the combined event has.
const combined = 3

// Form is a topic in the shape in which somebody watches it: whole, or its
// changes, and of those with volatile values or without.
type Form struct {
	Topic    string
	Changes  bool
	Volatile bool
}

// Scrape is the form of those who want the facts and no events; see Facts.
var Scrape = Form{Topic: "scrape"}

// needs are the topics to ask for a form, as indexes of topics.
func (f Form) needs() []int { return needs[f.Topic] }

// follows are the topics whose menus are followed for a form.
func (f Form) follows() []int {
	if f.Topic == Sessions || f.Topic == Log {
		return f.needs()
	}
	return nil
}

// isSnapshot reports whether each event of the form stands for the whole.
func (f Form) isSnapshot() bool { return !f.Changes && f.follows() == nil }

var needs = func() map[string][]int {
	m := map[string][]int{Combined: {0, 1, 2}, Sessions: {1, 2}, Scrape.Topic: {0, 1, 2}}
	for i, t := range topics {
		if t.Hidden {
			m[Scrape.Topic] = append(m[Scrape.Topic], i)
		} else {
			m[t.Name] = []int{i}
		}
	}
	return m
}()

// Known reports whether there is a topic of that name.
func Known(name string) bool {
	return name != Combined && name != Scrape.Topic && needs[name] != nil
}

// Names are the names of all topics.
func Names() []string {
	var names []string
	for _, t := range topics {
		if !t.Hidden {
			names = append(names, t.Name)
		}
	}
	return append(names, Sessions)
}

// CombinedNames are the topics of the event of those who ask for none.
func CombinedNames() []string { return Names()[:combined] }

// FormOf is the form of a topic: whole, or its changes, and of those with the
// values that change all the time or without. Sessions and the log are lines in
// any case.
func FormOf(topic string, changes, volatile bool) Form {
	if topic == Sessions || topic == Log {
		return Form{Topic: topic}
	}
	return Form{Topic: topic, Changes: changes, Volatile: changes && volatile}
}
