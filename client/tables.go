package client

import (
	"encoding/json"
	"maps"
	"strconv"
	"sync"
)

// Tables are the rows of the topics of a [Watch], which changes them while its events
// are read. Their methods may be used by several goroutines.
type Tables struct {
	mu      sync.Mutex
	entries map[place]*table // guarded by mu
}

type place struct{ router, topic string }

type table struct {
	rows map[string]Row
	err  string
	old  bool // events were lost; the snapshot follows
}

// Rows returns the rows of a topic by .id; rows without one have their number. ok is
// false before the first snapshot.
func (t *Tables) Rows(router, topic string) (rows map[string]Row, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.entries[place{router, topic}]
	if !ok {
		return nil, false
	}
	return maps.Clone(e.rows), true
}

// Err returns why the rows of a topic are not current, in the words of the router or
// the server; empty if they are, or if there are none.
func (t *Tables) Err(router, topic string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e, ok := t.entries[place{router, topic}]; {
	case !ok:
		return ""
	case e.old:
		return "events were lost; waiting for a snapshot"
	default:
		return e.err
	}
}

// apply takes an event into the tables.
func (t *Tables) apply(event Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *Snapshot:
		t.put(place{e.RouterID, e.Topic}, e.Rows, e.Error)
	case *Delta:
		t.change(e)
	case *Combined:
		for topic, rows := range map[string][]Row{"hardware": e.Hardware, "hotspot_active": e.Hotspot, "ppp_active": e.PPP} {
			at := place{e.RouterID, topic}
			if reason, failed := e.Errors[topic]; !failed {
				t.put(at, rows, "")
			} else if known, ok := t.entries[at]; ok {
				known.err = reason
			}
		}
	case *Reset:
		for at, known := range t.entries {
			if at.router == e.RouterID && (at.topic == e.Topic || e.Topic == "") {
				known.old = true
			}
		}
	case *Status:
		if e.State == "disconnected" {
			maps.DeleteFunc(t.entries, func(at place, _ *table) bool { return at.router == e.RouterID })
		}
	}
}

// The lock is held.
func (t *Tables) put(at place, list []Row, reason string) {
	rows := make(map[string]Row, len(list))
	for i, row := range list {
		rows[idOf(row, i)] = row
	}
	if t.entries == nil {
		t.entries = make(map[place]*table)
	}
	t.entries[at] = &table{rows: rows, err: reason}
}

// change applies a delta. The lock is held.
func (t *Tables) change(e *Delta) {
	known, ok := t.entries[place{e.RouterID, e.Topic}]
	if !ok || known.old {
		return // its snapshot follows
	}
	for _, id := range e.Removed {
		delete(known.rows, id)
	}
	for _, list := range [][]Row{e.Added, e.Changed} {
		for _, row := range list {
			known.rows[idOf(row, 0)] = row
		}
	}
	if len(e.Error) > 0 {
		known.err = ""
		_ = json.Unmarshal(e.Error, &known.err) // null leaves it empty
	}
}

func idOf(row Row, i int) string {
	if id, ok := row[".id"].(string); ok {
		return id
	}
	return strconv.Itoa(i)
}
