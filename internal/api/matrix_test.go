package api_test

import (
	"flag"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var wholeMatrix = flag.Bool("whole-matrix", false, "run every cell of TestTheStreamNeverPretends with every cut; takes about five minutes")

// thorough are kinds that have all that can go wrong between them: a snapshot of several
// menus, changes of one, changes and events together, and routers that come and go. The
// other kinds run each situation once.
var thorough = map[string]bool{"combined": true, "changes": true, "many topics": true, "all routers": true}

// kindsOfStreams are queries and the topics that they have. Those of snapshots only are
// never told to reset.
var kindsOfStreams = map[string]struct {
	path   string
	topics []string
	told   bool
}{
	"combined":          {"/sse/a", []string{"hardware", "ppp_active", "hotspot_active"}, false},
	"snapshots":         {"/sse/a?topics=ppp_active", []string{"ppp_active"}, false},
	"changes":           {"/sse/a?topics=ppp_active&mode=delta", []string{"ppp_active"}, true},
	"volatile changes":  {"/sse/a?topics=interfaces,hotspot_active&mode=delta&volatile=1", []string{"interfaces", "hotspot_active"}, true},
	"queues":            {"/sse/a?topics=queues&mode=delta", []string{"queues"}, true},
	"leases and arp":    {"/sse/a?topics=dhcp_leases,arp&mode=delta", []string{"dhcp_leases", "arp"}, true},
	"users":             {"/sse/a?topics=sessions", []string{"sessions"}, true},
	"log":               {"/sse/a?topics=log", []string{"log"}, true},
	"many topics":       {"/sse/a?topics=log,sessions,ppp_active,hardware,arp&mode=delta", []string{"log", "sessions", "ppp_active", "hardware", "arp"}, true},
	"two routers":       {"/sse?router=a&router=b&topics=ppp_active,log&mode=delta", []string{"ppp_active", "log"}, true},
	"all routers":       {"/sse?router=*&topics=ppp_active,queues,sessions&mode=delta", []string{"ppp_active", "queues", "sessions"}, true},
	"all, all combined": {"/sse?router=*", []string{"hardware", "ppp_active", "hotspot_active"}, false},
}

// situations are what happens. Those that are away begin with a cut and end with the
// return of the client. After those that lose something for certain, clients of changes
// and of events have to be told.
var situations = map[string]struct {
	away, loses bool
	do          func(c *cell)
}{
	"cut for 1 s":    {true, false, func(c *cell) { c.while(time.Second) }},
	"cut for 10 s":   {true, false, func(c *cell) { c.while(10 * time.Second) }},
	"cut for 40 s":   {true, false, func(c *cell) { c.while(40 * time.Second) }},
	"cut for 3 min":  {true, false, func(c *cell) { c.while(3 * time.Minute) }},
	"a newcomer":     {true, false, func(c *cell) { c.held = newHolding(); c.begin() }},
	"rebooted":       {false, false, func(c *cell) { c.reboot(); c.while(time.Minute) }},
	"rebooted, away": {true, false, func(c *cell) { c.reboot(); c.while(10 * time.Second) }},
	"rebooted, away for longer": {true, false, func(c *cell) {
		c.reboot()
		c.while(50 * time.Second)
	}},
	"moved":       {false, true, func(c *cell) { c.move(); c.change(); c.configure() }},
	"moved, away": {true, true, func(c *cell) { time.Sleep(3 * time.Second); c.move(); c.while(6 * time.Second) }},
	"moved there and back, away": {true, true, func(c *cell) {
		c.move()
		c.while(4 * time.Second)
		c.hosts["a"] = "a.test"
		require.Equal(c.t, http.StatusOK, c.connect("a", "a.test").Code)
	}},
	"connected again, away": {true, true, func(c *cell) { c.disconnect(); c.change(); c.connect("a", c.hosts["a"]) }},
	"restarted":             {true, true, func(c *cell) { c.restartServer(); c.while(2 * time.Second) }},
	"restarted, later":      {true, true, func(c *cell) { c.restartServer(); c.while(2 * time.Minute) }},
	"restarted while it is down": {true, true, func(c *cell) {
		c.pipes = c.listen()
		c.open()
		c.reboot()
		time.Sleep(5 * time.Second)
		c.cut()
		assert.Equal(c.t, "down", c.held.states["a"])
		time.Sleep(time.Minute)
		c.restartServer()
	}},
	"connected again while it is down": {true, true, func(c *cell) {
		c.open()
		c.reboot()
		time.Sleep(5 * time.Second)
		c.cut()
		assert.Equal(c.t, "down", c.held.states["a"])
		c.disconnect()
		time.Sleep(time.Minute)
		c.connect("a", c.hosts["a"])
	}},
	"restarted, without its routers at first": {false, true, func(c *cell) {
		c.cut()
		c.restart()
		c.pipes = c.listen()
		if strings.Contains(c.path, "router=*") {
			c.open()
			time.Sleep(10 * time.Second)
		}
		for id, host := range c.hosts {
			require.Equal(c.t, http.StatusOK, c.connect(id, host).Code)
		}
		if !strings.Contains(c.path, "router=*") {
			c.open()
		}
	}},
	"connected again, for those who stay": {false, true, func(c *cell) {
		c.disconnect()
		c.change()
		time.Sleep(5 * time.Second)
		c.connect("a", c.hosts["a"])
		if !strings.Contains(c.path, "?router=") {
			c.cut()
			c.open()
		}
	}},
}

// Whatever happens to the client, to the router and to the server: what the client holds
// in the end is what the router has, or it was told to reset. Where the client of a thorough
// kind was away, it is also cut again inside of what it gets at its return.
func TestTheStreamNeverPretends(t *testing.T) {
	for kind, k := range kindsOfStreams {
		for situation, s := range situations {
			for alone, who := range map[bool]string{true: "alone", false: "with others"} {
				all := thorough[kind] || *wholeMatrix
				if alone && !all {
					continue
				}
				t.Run(kind+"/"+situation+"/"+who, func(t *testing.T) {
					t.Parallel()
					cut := 0 // not at all
					if s.away && all && !alone {
						cut = 1 // the last time, there are not as many events, and all is as with 0
					}
					for more := true; more && !t.Failed(); cut += cut {
						more = false
						inCell(t, k.path, alone, func(c *cell) {
							if s.away {
								c.cut()
							}
							s.do(c)
							if s.away {
								c.open()
								if more = cut > 0 && c.cutInside(cut-1, 13); more {
									c.open()
								}
							}
							c.finish(k.topics)
							if s.loses && k.told {
								for _, topic := range k.topics {
									assert.Positive(t, c.held.resets["a/"+topic], topic)
								}
							}
						})
						if t.Failed() {
							t.Logf("cut after %d events", cut-1)
						}
					}
				})
			}
		}
	}
}
