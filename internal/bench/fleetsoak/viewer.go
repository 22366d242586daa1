package main

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/fleettest"
)

// viewer keeps the tables of its routers from their changes, as a page does.
type viewer struct {
	*fleettest.Viewer

	trial   *trial
	number  int
	routers []*fleettest.Router

	mu     sync.Mutex
	tables map[string]map[string]string // name by .id, by router_id; no table before its snapshot; guarded by mu
	resets map[string]time.Time         // of tables whose snapshot has not come since, by router_id; guarded by mu
	pulses map[string]*pulse            // by router_id; guarded by mu
}

// pulse is when the events of one router came.
type pulse struct {
	last time.Time     // of an event
	gap  time.Duration // longest without one
}

// newViewer starts a viewer of every so many-th router at one instance, or when that is
// gone at the next.
func (t *trial) newViewer(n int) *viewer {
	v := &viewer{trial: t, number: n, tables: make(map[string]map[string]string), resets: make(map[string]time.Time), pulses: make(map[string]*pulse)}
	query := url.Values{"topics": {"ppp_active,hardware"}, "mode": {"delta"}, "volatile": {"hardware"}}
	for i := n % len(t.fleet.Routers); i < len(t.fleet.Routers); i += t.settings.viewers {
		v.routers = append(v.routers, t.fleet.Routers[i])
		v.pulses[t.fleet.Routers[i].ID] = &pulse{last: time.Now()}
		query.Add("router", t.fleet.Routers[i].ID)
	}
	at := slices.Clone(t.fleet.Instances)
	for range n % len(at) {
		at = append(at[1:], at[0])
	}
	v.Viewer = fleettest.Watch("/sse?"+query.Encode(), v.event, at...)
	return v
}

type change struct {
	RouterID string `json:"router_id"`
	Topic    string
	Type     string
	Rows     []row
	Added    []row
	Removed  []string
}

type row struct {
	ID   string `json:".id"`
	Name string
}

// event applies an event.
func (v *viewer) event(e fleettest.Seen) {
	var c change
	if err := json.Unmarshal([]byte(e.Data), &c); err != nil {
		v.trial.violate("viewer %d: %v: %.100s", v.number, err, e.Data)
		return
	}
	v.trial.mu.Lock()
	v.trial.events++
	if e.Name == "reset" {
		v.trial.resets++
	}
	v.trial.mu.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if p := v.pulses[c.RouterID]; p != nil && e.Name == "" {
		p.gap, p.last = max(p.gap, e.At.Sub(p.last)), e.At
	}
	if c.Topic != "ppp_active" {
		return
	}
	switch {
	case e.Name == "reset":
		delete(v.tables, c.RouterID)
		v.resets[c.RouterID] = e.At
	case c.Type == "snapshot":
		delete(v.resets, c.RouterID)
		table := make(map[string]string, len(c.Rows))
		for _, r := range c.Rows {
			table[r.ID] = r.Name
		}
		v.tables[c.RouterID] = table
	case c.Type == "delta":
		v.apply(c, v.tables[c.RouterID])
	}
}

// apply applies changes to a table; mu is held. A change that is in the table already may come
// again when the viewer returns, so a row that is there is not wrong, nor one that is not; what
// is wrong is found when tables are compared.
func (v *viewer) apply(c change, table map[string]string) {
	if table == nil {
		v.trial.violate("viewer %d got changes of %s before a snapshot", v.number, c.RouterID)
		return
	}
	for _, id := range c.Removed {
		delete(table, id)
	}
	for _, r := range c.Added {
		table[r.ID] = r.Name
	}
}

// gaps returns for each router when its last event came, and the longest time without one
// since the last call.
func (v *viewer) gaps() map[string]pulse {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make(map[string]pulse, len(v.pulses))
	for id, p := range v.pulses {
		all[id] = pulse{p.last, max(p.gap, time.Since(p.last))}
		p.gap = 0
	}
	return all
}

// names returns the users of a router, sorted, and when the viewer was told to forget them;
// the zero time if it has a table.
func (v *viewer) names(id string) (names []string, reset time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Sorted(maps.Values(v.tables[id])), v.resets[id]
}
