package sim

import (
	"fmt"
	"strconv"
	"time"
)

func init() {
	listed := []string{"add", "set", "comment", "unset", "remove", "enable", "disable"}
	define(
		&menu{
			path: pppActive, verbs: []string{"remove"}, base: 0x800001,
			live: []live{{"uptime", age}},
			fill: (*world).fillPPP,
			drop: func(w *world, t *table, r *row) error {
				w.endPPP(t, r, w.last)
				return nil
			},
		},
		&menu{
			path: hotspotActive, verbs: []string{"remove"}, live: hotspotLive,
			fill: (*world).fillHotspot,
			drop: func(w *world, t *table, r *row) error {
				w.endHotspot(t, r, w.last, "admin reset")
				return nil
			},
		},
		&menu{
			path: pppSecrets, verbs: listed, hidden: []string{"password"},
			params: []string{"name", "password", "service", "profile", "caller-id", "local-address", "remote-address",
				"routes", "limit-bytes-in", "limit-bytes-out", "disabled", "comment"},
			must:   []string{"name"},
			preset: secretDefaults,
			fill:   fillSecrets, check: uniqueName("secret with the same name already exists"),
		},
		&menu{
			path: hotspotUsers, verbs: listed, hidden: []string{"password"},
			params: []string{"name", "password", "server", "profile", "address", "mac-address", "limit-uptime", "limit-bytes-in",
				"limit-bytes-out", "limit-bytes-total", "email", "disabled", "comment"},
			must:   []string{"name"},
			preset: guestDefaults,
			fill:   fillGuests, check: uniqueName("already have user with this name for this server"),
		},
	)
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

// uniqueName returns an error for a second row of the same name (texts assumed).
func uniqueName(text string) func(*world, *table, *row) (*row, error) {
	return func(_ *world, t *table, r *row) (*row, error) {
		if other := t.find("name", r.text("name")); other != nil && other.id != r.id {
			return nil, failure(text)
		}
		return r, nil
	}
}

var secretDefaults = []string{"name", "", "password", "", "service", "any", "profile", "default", "caller-id", "",
	"routes", "", "ipv6-routes", "", "limit-bytes-in", "0", "limit-bytes-out", "0", "disabled", "false"}

// fillSecrets adds more subscribers than are connected. Some comments are in
// windows-1252.
func fillSecrets(w *world, t *table) {
	never := w.p.date(time.Unix(0, 0)) // assumed for a subscriber who never logged out
	for n := range pool(w.opts.PPPUsers) {
		if w.opts.PPPUsers == 0 {
			break
		}
		r := (&row{words: attrs(secretDefaults...), user: noUser}).with("name", pppName(w, n),
			"password", fmt.Sprintf("secret-%d", mix(w.opts.Seed, uint64(n))%1e6), "service", "pppoe",
			"profile", "home-20M", "last-logged-out", never)
		if n%20 == 6 {
			r = r.with("comment", "caf\xe9 no. "+strconv.Itoa(n))
		}
		t.add(r)
	}
}

var guestDefaults = []string{"server", "all", "name", "", "password", "", "profile", "default", "uptime", "0s",
	"bytes-in", "0", "bytes-out", "0", "packets-in", "0", "packets-out", "0", "dynamic", "false", "disabled", "false"}

// fillGuests adds the built-in user *0 first.
func fillGuests(w *world, t *table) {
	builtin := (&row{words: attrs(guestDefaults...), user: noUser}).with("name", "default-trial", "default", "true")
	t.rows = append(t.rows, builtin)
	for n := range pool(w.opts.HotspotUsers) {
		if w.opts.HotspotUsers == 0 {
			break
		}
		t.add((&row{words: attrs(guestDefaults...), user: noUser}).with("name", hotspotName(w, n),
			"password", fmt.Sprintf("guest-%d", mix(w.opts.Seed, uint64(n))%1e6), "limit-uptime", "1d"))
	}
}
