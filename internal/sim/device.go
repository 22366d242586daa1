// Package sim is a simulated RouterOS device, for tests, for the demo, and as a tool of
// its own. It speaks the real protocol over real connections.
//
// It behaves as documented for, or captured from, routers. Where no source is known the
// comment says "assumed".
//
// A Device needs no goroutine while nobody is connected: tables are created at first
// use, and uptimes, counters and user sessions are computed from the clock when they
// are read. All time comes from package time, and nothing blocks on anything but
// channels, timers and the connection, so a device also works in a testing/synctest
// bubble at the other end of a net.Pipe.
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

// Refusal is the response to a connection above MaxSessions. What a router does is not
// documented; both are assumed.
type Refusal int

// The two refusals.
const (
	RefuseClose Refusal = iota // the connection is closed at once
	RefuseMute                 // the connection stays open, without any reply
)

// CancelOrder is the order of the two !done after a /cancel.
type CancelOrder int

// Both orders are in use; clients have to accept either.
const (
	CancelFirst CancelOrder = iota // the cancel's, then the cancelled command's (measured on 7.23.1)
	CancelLast                     // the cancelled command's, then the cancel's
)

// User is an account on the device.
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
	Personality        // default HEX
	Identity    string // name of the router, default MikroTik
	User        string // account with group full, default admin
	Password    string
	Users       []User // additional accounts

	HotspotUsers int     // hotspot sessions at first use
	PPPUsers     int     // PPP sessions at first use
	Churn        float64 // share of both that is replaced per minute; 0 for none
	Seed         uint64  // of everything random
	Nasty        bool    // names and comments with the worst known content

	// Latency is the time from a command to its reply. It does not add up for commands
	// that run at the same time.
	Latency time.Duration
	// BootTime is how long connections are refused after a reboot.
	BootTime time.Duration
	// OffTime is after how long somebody switches the device on again that was shut down; 0
	// for never.
	OffTime time.Duration
	// MaxSessions limits open connections; 0 means the default of the version, a
	// negative number no limit.
	MaxSessions int
	Refusal     Refusal
	CancelOrder CancelOrder
	Missing     []string // menus whose package is missing, e.g. /ip/hotspot
	TagFirst    bool     // the tag comes directly after the reply word
}

// Device is a simulated router. Its methods may be called concurrently.
type Device struct {
	opts     Options
	bytesIn  atomic.Int64
	bytesOut atomic.Int64
	wg       sync.WaitGroup // Serve and ServeConn

	mu        sync.Mutex // guards the following fields; never held while waiting
	world     world
	conns     map[*conn]struct{}
	admitted  int // connections that count for MaxSessions
	listeners map[net.Listener]struct{}
	closed    bool
	faults    []*activeFault
	stats     Stats
}

// New returns a device with an uptime between one hour and two months.
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
	d := &Device{opts: o, stats: Stats{Commands: map[string]int{}, Listens: map[string]int{}}}
	now := time.Now()
	up := time.Hour + time.Duration(mix(o.Seed, 1)%uint64(60*24*time.Hour))
	d.world = world{
		opts: &d.opts, p: &d.opts.Personality, version: versionNumber(d.opts.Version), booted: now.Add(-wholeSeconds(up)), last: now,
		tables: map[string]*table{}, random: rand.New(rand.NewPCG(o.Seed, 1)), // reproducible
	}
	return d
}

// Serve accepts connections from l until Close, and then returns nil, or until l fails.
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

// ServeConn serves the API on c until the connection ends, closes c, and waits for all
// goroutines of the connection.
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

// enter registers something that Close has to wait for, and calls f under the lock. It
// returns false if the device is closed.
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

// admitLocked decides whether the connection is served. A device that is down resets
// it, as if nothing were listening; above MaxSessions it is refused as Options say.
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

// leaveLocked removes a connection and its row in /user/active.
func (d *Device) leaveLocked(k *conn) {
	delete(d.conns, k)
	d.world.leaves(k)
	if k.admitted {
		d.admitted--
	}
	if k.session != 0 {
		d.logoutLocked(k)
	}
}

// Close closes all connections and listeners and waits for their goroutines. A closed
// device cannot be used again.
func (d *Device) Close() {
	d.mu.Lock()
	d.closed = true
	for l := range d.listeners {
		_ = l.Close()
	}
	open := slices.Collect(maps.Keys(d.conns))
	d.mu.Unlock()
	for _, k := range open { // without the lock: TLS sends a close alert
		k.kill()
	}
	d.wg.Wait()
}
