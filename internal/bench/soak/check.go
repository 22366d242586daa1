package main

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/hub"
)

// watch is the state of what a viewer watches. It is kept for a stream that resumes the
// last one. It is owned by the goroutine of the viewer.
type watch struct {
	book    *book
	wish    wish
	routers map[string]*device
	target  string

	lastID  string
	lastSeq uint64
	tables  map[string]map[string]bool // ids of rows by router and topic; none before a snapshot
	newer   map[string]bool            // tables from a snapshot without an id: after a return, changes that it has may come again
	present map[string]bool            // users by their last event, true for up

	// Of the stream.
	opened     time.Time
	standStill time.Time // when to stop reading for a while; zero for never
	stalled    bool
	ended      string               // the reason that the server gave
	heard      map[string]time.Time // the last snapshot of each router, for the combined event
	interval   map[string]time.Duration
}

func newWatch(b *book, w wish, list []*device, target string) *watch {
	routers := make(map[string]*device)
	for _, d := range list {
		routers[d.id] = d
	}
	return &watch{
		book: b, wish: w, routers: routers, target: target,
		tables: make(map[string]map[string]bool), newer: make(map[string]bool), present: make(map[string]bool),
	}
}

// begin begins a stream.
func (w *watch) begin() {
	w.opened, w.standStill, w.stalled, w.ended = time.Now(), time.Time{}, false, ""
	w.heard, w.interval = make(map[string]time.Time), make(map[string]time.Duration)
	if w.wish.topics == "" {
		for id := range w.routers {
			w.heard[id] = w.opened
		}
	}
}

// row has the fields that are checked of a row.
type row struct {
	ID string `json:".id"`
}

// message is the data of an event of any kind.
type message struct {
	RouterID   string            `json:"router_id"`
	Topic      string            `json:"topic"`
	Type       string            `json:"type"`
	IntervalMS int64             `json:"interval_ms"`
	TS         int64             `json:"ts"`
	Rows       []row             `json:"rows"`
	Added      []row             `json:"added"`
	Changed    []row             `json:"changed"`
	Removed    []string          `json:"removed"`
	Hardware   []json.RawMessage `json:"hardware"`
	Errors     map[string]string `json:"errors"`
	Error      string            `json:"error"`
	State      string            `json:"state"`
	Reason     string            `json:"reason"`

	ID      string `json:".id"`
	Service string `json:"service"`
	Name    string `json:"name"`
	MAC     string `json:"mac"`
}

// event checks one event.
func (w *watch) event(name, id string, data []byte) {
	w.book.count("events")
	var m message
	if err := json.Unmarshal(data, &m); err != nil || !utf8.Valid(data) {
		w.book.violate("json", "%s: %v: %.300q", w.target, err, data)
		return
	}
	if name == "end" {
		w.ended = m.Reason
		return
	}
	if id != "" {
		w.order(name, id)
	} else if name != "reset" && name != "status" && m.Type != "snapshot" {
		w.book.violate("order", "%s: an event without id (%s) after %q", w.target, name, w.lastID)
	}
	d := w.routers[m.RouterID]
	if d == nil {
		w.book.violate("router", "%s has an event of %q", w.target, m.RouterID)
		return
	}
	switch name {
	case "":
		w.data(d, m, id)
	case "status":
		w.status(d, m)
	case "reset":
		w.book.count("resets")
		w.forget(m.RouterID, m.Topic)
	default:
		w.book.violate("event", "%s has an event %q", w.target, name)
	}
}

// sealer opens the ids of the server.
var sealer = hub.NewSealer([]byte(secret))

// order checks that the positions in ids rise.
func (w *watch) order(name, id string) {
	at, ok := sealer.Open(id)
	if !ok || !w.book.sameEpoch(at.Epoch) || at.Sequence <= w.lastSeq {
		w.book.violate("order", "%s: id %q (%s) after %q, resumed=%t", w.target, id, name, w.lastID, w.opened.IsZero())
	}
	w.lastID, w.lastSeq = id, at.Sequence
}

// status checks that only routers with a fault are reported as not up.
func (w *watch) status(d *device, m message) {
	w.book.count("status: " + m.State)
	if m.State == "disconnected" {
		w.forget(m.RouterID, "sessions")
	}
	if m.State != "up" && !w.stalled && !d.excused(time.Now()) {
		w.book.violate("false alarm", "%s is reported as %s: %s", d, m.State, m.Error)
	}
}

// forget drops the state of a topic of a router.
func (w *watch) forget(router, topic string) {
	delete(w.tables, router+"/"+topic)
	if topic != "sessions" {
		return
	}
	for key := range w.present {
		if strings.HasPrefix(key, router+"/") {
			delete(w.present, key)
		}
	}
}

// data checks an event of a topic.
func (w *watch) data(d *device, m message, eventID string) {
	if m.Topic == "" && w.wish.topics != "" || m.Topic != "" && !slices.Contains(strings.Split(w.wish.topics, ","), m.Topic) {
		w.book.violate("topic", "%s has an event of topic %q", w.target, m.Topic)
		return
	}
	if now := time.Now().Unix(); m.TS > now+1 || m.TS < now-3600 {
		w.book.violate("time", "%s has an event with ts %d at %d", w.target, m.TS, now)
	}
	switch {
	case m.Topic == "":
		w.combined(d, m)
	case m.Topic == "sessions":
		w.user(m)
	case m.Topic == "log":
		w.book.count("lines of logs")
	case m.Type == "snapshot":
		w.book.count("snapshots of topics")
		table := make(map[string]bool)
		for _, r := range m.Rows {
			table[r.ID] = true
		}
		w.tables[m.RouterID+"/"+m.Topic], w.newer[m.RouterID+"/"+m.Topic] = table, eventID == ""
	case m.Type == "delta" && w.wish.delta:
		w.book.count("deltas")
		w.change(m)
	default:
		w.book.violate("type", "%s has an event of type %q", w.target, m.Type)
	}
}

// combined checks the content and the time of a snapshot.
func (w *watch) combined(d *device, m message) {
	w.book.count("combined snapshots")
	if _, failed := m.Errors["hardware"]; len(m.Hardware) != 1 && !failed && !d.excused(time.Now()) {
		w.book.violate("content", "%s: %d rows of hardware", d, len(m.Hardware))
	}
	if len(m.Errors) > 0 && !d.excused(time.Now()) && !w.stalled {
		for topic, words := range m.Errors {
			if !strings.Contains(words, "no such command") { // a board without hotspot
				w.book.violate("content", "%s: %s: %s", d, topic, words)
			}
		}
	}
	w.interval[d.id] = max(w.interval[d.id], time.Duration(m.IntervalMS)*time.Millisecond)
	w.gap(d)
	w.heard[d.id], w.interval[d.id] = time.Now(), time.Duration(m.IntervalMS)*time.Millisecond
}

// gaps checks all routers at the end of a stream.
func (w *watch) gaps() {
	for id := range w.heard {
		w.gap(w.routers[id])
	}
}

// gap checks that a snapshot was not late, with a margin for a busy machine.
func (w *watch) gap(d *device) {
	since := w.heard[d.id]
	allowed := 3*max(pollInterval, w.interval[d.id]) + 10*time.Second
	if gap := time.Since(since); gap > allowed && !w.stalled && !d.excused(since) {
		w.book.violate("silence", "no snapshot of %s for %v", d, gap.Round(time.Millisecond))
	}
}

// change checks a delta against the table of the viewer.
func (w *watch) change(m message) {
	key := m.RouterID + "/" + m.Topic
	table := w.tables[key]
	if table == nil {
		w.book.violate("delta", "%s: a delta of %s before any snapshot", w.target, key)
		return
	}
	for _, id := range m.Removed {
		if !table[id] && !w.newer[key] {
			w.book.violate("delta", "%s: %s is removed from %s but was not in it (%s)", w.target, id, key, w.lastID)
		}
		delete(table, id)
	}
	for _, r := range m.Added {
		if table[r.ID] && !w.newer[key] {
			w.book.violate("delta", "%s: %s is added to %s but was in it (%s)", w.target, r.ID, key, w.lastID)
		}
		table[r.ID] = true
	}
	for _, r := range m.Changed {
		if !table[r.ID] && !w.newer[key] {
			w.book.violate("delta", "%s: %s is changed in %s but was not in it (%s)", w.target, r.ID, key, w.lastID)
		}
	}
}

// user checks that nobody connects or disconnects twice.
func (w *watch) user(m message) {
	w.book.count("users: " + m.Type)
	key := strings.Join([]string{m.RouterID, m.Service, m.ID, m.Name, m.MAC}, "/")
	up, known := w.present[key]
	if known && up == (m.Type == "up") {
		w.book.violate("sessions", "%s: %s twice: %q (%s)", w.target, m.Type, key, w.lastID)
	}
	w.present[key] = m.Type == "up"
}
