package manager_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/sim"
)

// client is what a client keeps of the streams that it opens one after the other.
type client struct {
	t      *testing.T
	m      *manager.Manager
	watch  manager.Watch
	viewer *viewer

	rows   map[string]bool // names in the table ppp_active, as the client sees it
	told   []string        // names in events of users, or in lines of the log
	resets int
	state  string // of the last status event, up before the first
}

func newClient(t *testing.T, m *manager.Manager, v poller.Variant) *client {
	w := watch("a")
	w.Variants = []poller.Variant{v}
	return &client{t: t, m: m, watch: w, rows: make(map[string]bool), state: "up"}
}

// open opens a stream that continues the one before.
func (c *client) open() { c.viewer = open(c.t, c.m, c.watch) }

// close closes it.
func (c *client) close() {
	c.read()
	c.viewer.Close()
}

// read takes what has come.
func (c *client) read() {
	c.t.Helper()
	c.viewer.take()
	for len(c.viewer.queue) > 0 {
		first, _, _ := strings.Cut(string(c.viewer.queue[0].Frame()), "\n")
		c.watch.LastEventID = strings.TrimPrefix(first, "id: ")
		name, data, ok := c.viewer.next()
		require.True(c.t, ok)
		switch name {
		case "reset":
			c.resets++
			clear(c.rows)
		case "status":
			c.state = data["state"].(string)
		default:
			c.apply(data)
		}
	}
}

func (c *client) apply(data map[string]any) {
	names := func(field string) (names []string) {
		rows, _ := data[field].([]any)
		for _, row := range rows {
			if row, ok := row.(map[string]any); ok {
				names = append(names, row[".id"].(string)+" "+row["name"].(string))
			}
		}
		return names
	}
	switch data["type"] {
	case "snapshot":
		clear(c.rows)
		for _, name := range names("rows") {
			c.rows[name] = true
		}
	case "delta":
		for _, name := range append(names("added"), names("changed")...) {
			c.rows[name] = true
		}
		removed, _ := data["removed"].([]any)
		for _, id := range removed {
			maps.DeleteFunc(c.rows, func(name string, _ bool) bool { return strings.HasPrefix(name, id.(string)+" ") })
		}
	case "up":
		c.told = append(c.told, data["name"].(string))
	case "line":
		if name, _, ok := strings.Cut(data["message"].(string), " logged in"); ok { // of each user one line has this
			c.told = append(c.told, name)
		}
	}
}

// users are the names in the table of the router that a stands for.
func users(t *testing.T, m *manager.Manager) (names []string) {
	reply, err := run(t.Context(), m, "a", []string{"/ppp/active/print"})
	require.NoError(t, err)
	for row := range reply.Rows.All() {
		id, _ := row.Get(".id")
		name, _ := row.Get("name")
		names = append(names, string(id)+" "+string(name))
	}
	return slices.Sorted(slices.Values(names))
}

// The promise of every kind of stream, whatever happens while a client is away or
// while it is there: it has the present state, it has got each event, or it was
// told to reset.
func TestTheStreamPromise(t *testing.T) {
	kinds := map[string]poller.Variant{
		"snapshots": variant("ppp_active", false, false),
		"changes":   variant("ppp_active", true, false),
		"users":     variant("sessions", false, false),
		"log":       variant("log", false, false),
	}
	away := func(d time.Duration) func(*testing.T, *client, *sim.Device) {
		return func(_ *testing.T, c *client, r *sim.Device) {
			c.close()
			time.Sleep(d / 2)
			r.AddPPP("meanwhile")
			time.Sleep(d / 2)
			c.open()
		}
	}
	move := func(t *testing.T, c *client, s *sim.Device) {
		connect(t, c.m, "a", "s:8728")
		s.AddPPP("meanwhile")
	}
	reboot := func(_ *testing.T, _ *client, r *sim.Device) {
		r.Reboot()
		time.Sleep(10 * time.Second)
		r.AddPPP("meanwhile")
	}
	whileAway := func(do func(*testing.T, *client, *sim.Device)) func(*testing.T, *client, *sim.Device) {
		return func(t *testing.T, c *client, d *sim.Device) {
			c.close()
			time.Sleep(3 * time.Second)
			do(t, c, d)
			time.Sleep(3 * time.Second)
			c.open()
		}
	}
	for situation, test := range map[string]struct {
		do    func(t *testing.T, c *client, d *sim.Device)
		moves bool // d is the router that the id moves to
	}{
		"away for a moment":        {away(100 * time.Millisecond), false},
		"away for 20 s":            {away(20 * time.Second), false},
		"away for 40 s":            {away(40 * time.Second), false},
		"away for five minutes":    {away(5 * time.Minute), false},
		"router moved":             {move, true},
		"router moved, away":       {whileAway(move), true},
		"router rebooted":          {reboot, false},
		"router rebooted, away":    {whileAway(reboot), false},
		"session lost":             {func(_ *testing.T, _ *client, r *sim.Device) { r.DropSessions(); r.AddPPP("meanwhile") }, false},
		"session lost, away":       {whileAway(func(_ *testing.T, _ *client, r *sim.Device) { r.DropSessions(); r.AddPPP("meanwhile") }), false},
		"session lost for minutes": {outage, false},
		"session back, away":       {returnWhileAway, false},
	} {
		for kind, v := range kinds {
			t.Run(situation+"/"+kind, func(t *testing.T) {
				in(t, func(t *testing.T, m *manager.Manager, r, s *sim.Device) {
					connect(t, m, "a", "r:8728")
					c := newClient(t, m, v)
					c.open()
					time.Sleep(5 * time.Second)
					r.AddPPP("before")
					time.Sleep(5 * time.Second)
					c.read()
					require.Zero(t, c.resets)

					d := r
					if test.moves {
						d = s
					}
					test.do(t, c, d)
					time.Sleep(2 * time.Minute) // until there is a session, and all has settled
					c.read()
					d.AddPPP("after")
					time.Sleep(10 * time.Second)
					c.read()
					assert.Equal(t, "up", c.state)
					if v.Topic.Kind == poller.Table {
						assert.Equal(t, users(t, m), slices.Sorted(maps.Keys(c.rows)))
						return
					}
					text := strings.Join(c.told, "\n")
					assert.Equal(t, 1, strings.Count(text, "before"), text)
					assert.Equal(t, 1, strings.Count(text, "after"), text)
					assert.True(t, c.resets > 0 || strings.Contains(text, "meanwhile"), "neither told nor reset: %s", text)
					assert.LessOrEqual(t, strings.Count(text, "meanwhile"), 1, text)
				})
			})
		}
	}
}

// outage keeps a router away for some minutes.
func outage(_ *testing.T, _ *client, r *sim.Device) {
	r.Inject(sim.Fault{Kind: sim.ResetAtLogin})
	r.DropSessions()
	time.Sleep(time.Minute)
	r.AddPPP("meanwhile")
	time.Sleep(time.Minute)
	r.Clear()
}

// returnWhileAway has a client leave while the session is lost, and return after it
// is up again.
func returnWhileAway(t *testing.T, c *client, r *sim.Device) {
	r.Inject(sim.Fault{Kind: sim.ResetAtLogin})
	r.DropSessions()
	time.Sleep(10 * time.Second)
	c.close()
	assert.Equal(t, "down", c.state)
	r.AddPPP("meanwhile")
	r.Clear()
	time.Sleep(time.Minute)
	c.open()
}
