// Package sim is a simulated RouterOS device. It speaks the real protocol over
// real connections and serves as the counterpart in tests, as the router of the
// demo and as a tool on its own.
//
// What it does is what is documented for or captured from routers. Where no
// source is known the comment at that place says "assumed".
//
// A Device costs no goroutine while nobody is connected: tables are made at
// first use, and uptimes, counters and the coming and going of users are
// computed from the clock when somebody looks. All time comes from package
// time, and nothing blocks on anything but channels, timers and the connection
// itself, so a device can live in a testing/synctest bubble at the other end of
// a net.Pipe.
package sim

import (
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Refusal is what a client sees that is one too many for MaxSessions. Which of
// the two a router does is not documented; both are assumed.
type Refusal int

// The two refusals.
const (
	RefuseClose Refusal = iota // the connection is closed at once
	RefuseMute                 // the connection stays open and nothing is ever said
)

// CancelOrder is the order of the two !done that a /cancel ends with.
type CancelOrder int

// Both orders are in use; clients have to take either.
const (
	CancelFirst CancelOrder = iota // the cancel's, then the cancelled command's (measured on 7.23.1)
	CancelLast                     // the cancelled command's, then the cancel's
)

// User is an account of the device.
type User struct {
	Name     string
	Password string
	// Group is full, write or read with the policies of these default groups,
	// or a comma-separated list of policies such as "api,read".
	Group string
}

// Options configure a Device. The zero value is a HEX with user admin and an
// empty password.
type Options struct {
	Personality        // HEX where Board is empty
	Identity    string // name of the router, MikroTik unless given
	User        string // account with group full, admin unless given
	Password    string
	Users       []User // further accounts

	HotspotUsers int     // hotspot sessions at first use
	PPPUsers     int     // PPP sessions at first use
	Churn        float64 // share of both that is replaced a minute, 0: nobody comes or goes
	Seed         uint64  // source of everything that looks random
	Nasty        bool    // names and comments with the worst content that is known

	// Latency is an added round trip: a reply leaves this much after its
	// command has arrived. Commands in parallel do not add up.
	Latency time.Duration
	// BootTime is how long connections are refused after a reboot.
	BootTime time.Duration
	// MaxSessions limits open connections; 0 is the default of the version,
	// negative no limit.
	MaxSessions int
	Refusal     Refusal
	CancelOrder CancelOrder
	Missing     []string // menus whose package is missing, e.g. /ip/hotspot
	TagFirst    bool     // the tag comes right behind the reply word
}

// Device is a simulated router. Its methods may be called from anywhere at any
// time.
type Device struct {
	opts     Options
	bytesOut atomic.Int64
	wg       sync.WaitGroup // Serve and ServeConn

	mu        sync.Mutex // guards what follows; never held while anything waits
	world     world
	conns     map[*conn]struct{}
	admitted  int // connections that count for MaxSessions
	listeners map[net.Listener]struct{}
	closed    bool
	faults    []*activeFault
	stats     Stats
}

// Stats counts what has happened on a device since New.
type Stats struct {
	Connections int // open now
	Sessions    int // logged in now

	Accepted      int // connections taken, refused ones included
	Refused       int // for MaxSessions, or because the device was down
	Logins        int
	LoginFailures int
	Logouts       int
	Cancels       int            // /cancel commands
	Commands      map[string]int // by path, login and cancel excluded; swallowed ones count
	BytesOut      int64
}

// New returns a device that was switched on between an hour and two months ago.
func New(o Options) *Device {
	if o.Board == "" {
		o.Personality = HEX()
	}
	if o.Identity == "" {
		o.Identity = "MikroTik"
	}
	if o.User == "" {
		o.User = "admin"
	}
	if o.Personality.TagBehindReply {
		o.TagFirst = true
	}
	if o.MaxSessions == 0 {
		o.MaxSessions = o.Personality.MaxSessions
	}
	d := &Device{opts: o, stats: Stats{Commands: map[string]int{}}}
	now := time.Now()
	up := time.Hour + time.Duration(mix(o.Seed, 1)%uint64(60*24*time.Hour))
	d.world = world{
		opts: &d.opts, p: &d.opts.Personality, booted: now.Add(-up.Truncate(time.Second)), last: now,
		tables: map[string]*table{}, random: rand.New(rand.NewPCG(o.Seed, 1)), // repeatable on purpose
	}
	return d
}

// Serve takes connections from l until Close, which makes it return nil, or
// until l fails.
func (d *Device) Serve(l net.Listener) error {
	if !d.enter(func() {
		if d.listeners == nil {
			d.listeners = map[net.Listener]struct{}{}
		}
		d.listeners[l] = struct{}{}
	}) {
		_ = l.Close()
		return nil
	}
	defer d.wg.Done()
	defer d.locked(func() { delete(d.listeners, l) })
	for {
		nc, err := l.Accept()
		if err != nil {
			if d.isClosed() {
				return nil
			}
			return err
		}
		if !d.enter(nil) {
			_ = nc.Close()
			return nil
		}
		go func() {
			defer d.wg.Done()
			d.ServeConn(nc)
		}()
	}
}

// ServeConn runs the API on c, which it owns from now on, until the connection
// is over. No goroutine of it is left when it returns.
func (d *Device) ServeConn(c net.Conn) {
	k := newConn(d, c)
	if !d.enter(func() { d.admitLocked(k) }) {
		_ = c.Close()
		return
	}
	defer d.wg.Done()
	defer d.locked(func() { d.leaveLocked(k) })
	k.serve()
}

// enter registers something that Close has to wait for and runs f under the
// lock. It reports false when the device is closed.
func (d *Device) enter(f func()) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.wg.Add(1)
	if f != nil {
		f()
	}
	return true
}

func (d *Device) locked(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

func (d *Device) isClosed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closed
}

// admitLocked decides whether the connection may talk. A device that is down
// resets it, as nothing would be listening; too many sessions are refused in
// the way that Options say.
func (d *Device) admitLocked(k *conn) {
	d.stats.Accepted++
	down := d.world.off || time.Now().Before(d.world.up)
	full := d.opts.MaxSessions > 0 && d.admitted >= d.opts.MaxSessions
	if d.conns == nil {
		d.conns = map[*conn]struct{}{}
	}
	d.conns[k] = struct{}{}
	if !down && !full {
		k.admitted = true
		d.admitted++
		return
	}
	d.stats.Refused++
	k.down = down
	k.silent = full && !down && d.opts.Refusal == RefuseMute
}

// leaveLocked ends the bookkeeping of a connection. Its session row goes away
// with TCP.
func (d *Device) leaveLocked(k *conn) {
	delete(d.conns, k)
	if k.admitted {
		d.admitted--
	}
	if k.session != 0 {
		d.logoutLocked(k)
	}
}

// Close ends all connections and listeners and waits for them. The device
// stays closed.
func (d *Device) Close() {
	d.mu.Lock()
	d.closed = true
	for l := range d.listeners {
		_ = l.Close()
	}
	open := slices.Collect(maps.Keys(d.conns))
	d.mu.Unlock()
	for _, k := range open { // outside the lock: TLS says goodbye
		k.kill()
	}
	d.wg.Wait()
}

// Stats returns a copy of the counters.
func (d *Device) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.stats
	s.Commands = maps.Clone(s.Commands)
	s.BytesOut = d.bytesOut.Load()
	s.Connections = len(d.conns)
	for k := range d.conns {
		if k.session != 0 {
			s.Sessions++
		}
	}
	return s
}
