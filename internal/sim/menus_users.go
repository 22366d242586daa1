package sim

import (
	"fmt"
	"strconv"
	"time"
)

func init() {
	behave(pppActive, behavior{live: []live{{"uptime", age}}, fill: (*world).fillPPP, drop: func(w *world, t *table, r *row) error {
		w.endPPP(t, r, w.last)
		return nil
	}})
	behave(hotspotActive, behavior{live: hotspotLive, fill: (*world).fillHotspot, drop: func(w *world, t *table, r *row) error {
		w.endHotspot(t, r, w.last, "admin reset")
		return nil
	}})
	behave(pppSecrets, behavior{fill: fillSecrets})
	behave(hotspotUsers, behavior{fill: fillGuests})
}

// age is the uptime of a session.
func age(b []byte, m *moment, r *row) ([]byte, bool) {
	return appendDuration(b, m.now.Sub(r.born).Truncate(time.Second)), true
}

// hotspotLive: bytes-in is what came from the guest.
var hotspotLive = []live{
	{"uptime", age},
	{"session-time-left", func(b []byte, m *moment, r *row) ([]byte, bool) {
		left := time.Duration(r.base)*time.Second - m.now.Sub(r.born)
		if left <= 0 {
			return b, false // no limit; the simulation does not enforce one
		}
		return appendDuration(b, left.Truncate(time.Second)), true
	}},
	{"idle-time", func(b []byte, m *moment, r *row) ([]byte, bool) {
		return appendDuration(b, time.Duration(mix(r.seed, uint64(m.now.Unix()))%20)*time.Second), true
	}},
	counter("bytes-in", (*row).upload, 1), counter("bytes-out", (*row).download, 1),
	counter("packets-in", (*row).upload, packetSize), counter("packets-out", (*row).download, packetSize),
}

// fillSecrets adds more subscribers than are connected. Some comments are in
// windows-1252.
func fillSecrets(w *world, t *table) {
	never := w.p.date(time.Unix(0, 0)) // assumed for a subscriber who never logged out
	presets := w.presets(t.menu)
	for n := range pool(w.opts.PPPUsers) {
		if w.opts.PPPUsers == 0 {
			break
		}
		r := (&row{words: presets, user: noUser}).with("name", pppName(w, n),
			"password", fmt.Sprintf("secret-%d", mix(w.opts.Seed, uint64(n))%1e6), "service", "pppoe",
			"profile", "home-20M", "last-logged-out", never)
		if n%20 == 6 {
			r = r.with("comment", "caf\xe9 no. "+strconv.Itoa(n))
		}
		t.add(r)
	}
}

// fillGuests adds the built-in user *0 first.
func fillGuests(w *world, t *table) {
	presets := w.presets(t.menu)
	builtin := (&row{words: presets, user: noUser}).with("name", "default-trial", "default", "true")
	t.rows = append(t.rows, builtin)
	for n := range pool(w.opts.HotspotUsers) {
		if w.opts.HotspotUsers == 0 {
			break
		}
		t.add((&row{words: presets, user: noUser}).with("name", hotspotName(w, n),
			"password", fmt.Sprintf("guest-%d", mix(w.opts.Seed, uint64(n))%1e6), "limit-uptime", "1d"))
	}
}
