package manager_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
)

// mirror is what a client holds of the stream of one variant. It takes each event as it
// comes, and survives that the client leaves and returns.
type mirror struct {
	t       *testing.T
	m       *manager.Manager
	id      string
	variant poller.Variant

	leave func() // nil while the client is away

	mu      sync.Mutex
	last    string            // id of the last event
	queue   []received        // not yet looked at
	tables  map[string]*held  // by topic
	session map[string]string // by user: up or down, as told last
	wrong   []string          // what must not happen
}

// held is a table.
type held struct {
	order []string // of .id, or the position
	rows  map[string]map[string]any
	at    map[string]time.Time // when each row came
	err   any
}

func newMirror(t *testing.T, m *manager.Manager, id string, v poller.Variant) *mirror {
	return &mirror{t: t, m: m, id: id, variant: v, tables: make(map[string]*held), session: make(map[string]string)}
}

// name tells the form.
func (c *mirror) name() string {
	name := c.variant.Topic.Name
	switch {
	case name == "":
		return "combined"
	case c.variant.Volatile:
		return name + " changes, volatile"
	case c.variant.Delta:
		return name + " changes"
	}
	return name
}

func (c *mirror) open() {
	c.mu.Lock()
	w := watch(c.id)
	w.Variants, w.LastEventID = []poller.Variant{c.variant}, c.last
	c.mu.Unlock()
	view, err := c.m.Subscribe(w)
	require.NoError(c.t, err)
	wake, stop := make(chan struct{}, 1), make(chan struct{})
	view.Notify(func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	var reader sync.WaitGroup
	reader.Go(func() {
		for c.take(view) {
			select {
			case <-wake:
			case <-stop:
				return
			}
		}
	})
	c.leave = func() {
		view.Close()
		close(stop)
		reader.Wait()
	}
}

// close is the client's leaving; open and close are called by one goroutine.
func (c *mirror) close() {
	if c.leave != nil {
		c.leave()
		c.leave = nil
	}
}

// take takes what has come; false at the end. It is decoded when it is needed, which for
// most snapshots is never.
func (c *mirror) take(view *hub.Subscription) bool {
	events, err := view.Take()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		one := received{at: time.Now()}
		head, body, _ := strings.Cut(string(e.Frame()), "data: ")
		for line := range strings.Lines(head) {
			switch field, value, _ := strings.Cut(strings.TrimSpace(line), ": "); field {
			case "id":
				c.last = value
			case "event":
				one.name = value
			}
		}
		one.body = body
		if one.name == "" && !c.variant.Delta && c.variant.Topic.Kind != poller.Events {
			c.queue = c.queue[:0]
		}
		c.queue = append(c.queue, one)
	}
	return err == nil
}

// received is an event.
type received struct {
	name, body string
	at         time.Time
}

// look brings the mirror up to date; mu is held.
func (c *mirror) look() {
	for _, e := range c.queue {
		c.apply(e)
	}
	c.queue = c.queue[:0]
}

func (c *mirror) apply(e received) {
	var data map[string]any
	decoder := json.NewDecoder(strings.NewReader(e.body))
	decoder.UseNumber()
	if err := decoder.Decode(&data); err != nil {
		c.wrong = append(c.wrong, "not JSON: "+e.body)
		return
	}
	switch {
	case e.name == "reset":
		clear(c.tables)
		clear(c.session)
	case e.name != "":
	case data["type"] == "up" || data["type"] == "down":
		c.tell(data, e.at)
	case data["type"] == "snapshot":
		c.table(data["topic"]).replace(data["rows"], data["error"], e.at)
	case data["type"] == "delta":
		c.table(data["topic"]).change(data, e.at)
	case c.variant.Topic != poller.Combined:
		c.wrong = append(c.wrong, "unknown: "+e.body)
	default:
		failed, _ := data["errors"].(map[string]any)
		for _, part := range []string{"hardware", "hotspot_active", "ppp_active"} {
			c.table(part).replace(data[part], failed[part], e.at)
		}
	}
}

func (c *mirror) table(topic any) *held {
	name, _ := topic.(string)
	if c.tables[name] == nil {
		c.tables[name] = &held{rows: make(map[string]map[string]any), at: make(map[string]time.Time)}
	}
	return c.tables[name]
}

// tell takes the event of a user.
func (c *mirror) tell(data map[string]any, at time.Time) {
	user := fmt.Sprint(data["service"] == "hotspot", " ", data[".id"], " ", data["name"], " ", data["mac"])
	kind, _ := data["type"].(string)
	if c.session[user] == kind {
		c.wrong = append(c.wrong, fmt.Sprintf("%s: %s is %s twice", at.Format(time.TimeOnly), user, kind))
	}
	c.session[user] = kind
}

// replace takes all rows.
func (h *held) replace(rows, failed any, at time.Time) {
	h.err = failed
	if failed != nil {
		return // it is a table that cannot be read, not one without rows
	}
	h.order = h.order[:0]
	clear(h.rows)
	clear(h.at)
	h.add(rows, at)
}

func (h *held) add(rows any, at time.Time) {
	list, _ := rows.([]any)
	for _, row := range list {
		row, _ := row.(map[string]any)
		id, ok := row[".id"].(string)
		if !ok {
			id = fmt.Sprint(len(h.order))
			if len(list) == 1 {
				id = "0"
			}
		}
		if h.rows[id] == nil {
			h.order = append(h.order, id)
		}
		h.rows[id], h.at[id] = row, at
	}
}

// change takes changes.
func (h *held) change(data map[string]any, at time.Time) {
	if failed, ok := data["error"]; ok {
		h.err = failed
	}
	removed, _ := data["removed"].([]any)
	for _, id := range removed {
		id, _ := id.(string)
		delete(h.rows, id)
		h.order = slices.DeleteFunc(h.order, func(other string) bool { return other == id })
	}
	h.add(data["added"], at)
	h.add(data["changed"], at)
}
