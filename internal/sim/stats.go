package sim

import (
	"maps"
	"strings"
)

// Stats are counters of a device since New.
type Stats struct {
	Connections int // open now
	Sessions    int // logged in now

	Accepted      int // connections, including refused ones
	Refused       int // because of MaxSessions, or while the device was down
	Logins        int
	LoginFailures int
	Logouts       int
	Cancels       int            // /cancel commands
	Commands      map[string]int // by path, without login and cancel; including commands without a reply
	Listens       map[string]int // running now, by menu; also print with follow
	MostCommands  int            // that ran at the same time on one connection, without listen
	MostListens   int            // listen that ran at the same time on one connection
	BytesIn       int64          // read from connections, before TLS; without refused connections
	BytesOut      int64          // written to connections, before TLS
}

// Stats returns a copy of the counters.
func (d *Device) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.stats
	s.Commands = maps.Clone(s.Commands)
	s.Listens = maps.Clone(s.Listens)
	s.BytesIn, s.BytesOut = d.bytesIn.Load(), d.bytesOut.Load()
	s.Connections = len(d.conns)
	s.Sessions = d.sessionsLocked()
	return s
}

// Sessions is Stats().Sessions, for those who look at it a hundred times a second.
func (d *Device) Sessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sessionsLocked()
}

func (d *Device) sessionsLocked() (n int) {
	for k := range d.conns {
		if k.session != 0 {
			n++
		}
	}
	return n
}

// runs counts the commands that run on a connection.
func (d *Device) runs(x *call, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, s := x.c, &d.stats
	if strings.HasSuffix(x.path, "/listen") {
		c.listens += n
		s.MostListens = max(s.MostListens, c.listens)
		return
	}
	c.commands += n
	s.MostCommands = max(s.MostCommands, c.commands)
}
