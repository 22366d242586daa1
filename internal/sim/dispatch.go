package sim

import (
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// arg is one =name=value word of a command.
type arg struct{ name, value string }

// call is one command that is running. Its goroutine owns all fields but the last.
type call struct {
	c     *conn
	tag   string // "" for a command without one; its replies have none either
	path  string
	verb  string
	menu  *menu
	args  []arg
	words []string // query words without their question mark

	at    time.Time     // of arrival
	delay time.Duration // from the arrival to the execution
	cut   ending        // CloseInRow, ResetInRow

	pause        time.Duration   // Dribble: before each byte of the reply
	faultCleared <-chan struct{} // until this is closed

	buf  []byte   // part of the reply that is not queued yet
	ret  []string // attributes of the !done
	torn bool     // the reply was cut

	listens <-chan struct{} // closed when the listens before have begun; nil without
	begins  func()          // of a listen: tells that it has begun, or ended

	stop chan struct{} // closed by a /cancel
	idle chan struct{} // closed when the goroutine has ended; after a cancel the canceller ends the reply

	// Guarded by conn.mu.
	cancelled bool
}

// parse parses a sentence. A word that is neither attribute, tag nor query is ignored
// (assumed).
func (c *conn) parse(s proto.Sentence) *call {
	x := &call{c: c, stop: make(chan struct{}), idle: make(chan struct{})}
	first, rest := s.Cut()
	x.path = string(first)
	for w := range rest.Words() {
		switch w[0] {
		case '=':
			if name, value, ok := proto.Attribute(w); ok {
				x.args = append(x.args, arg{string(name), string(value)})
			}
		case '?':
			x.words = append(x.words, string(w[1:]))
		case '.':
			if tag, ok := strings.CutPrefix(string(w), ".tag="); ok {
				x.tag = tag
			}
		}
	}
	return x
}

// arg returns an argument; of duplicates, the last.
func (x *call) arg(name string) (value string, ok bool) {
	for _, a := range x.args {
		if a.name == name {
			value, ok = a.value, true
		}
	}
	return value, ok
}

func (x *call) has(name string) bool {
	_, ok := x.arg(name)
	return ok
}

// handle handles one sentence. It runs in the reading goroutine.
func (c *conn) handle(s proto.Sentence) {
	x := c.parse(s)
	if f := c.d.arrived(x, c.account != nil); f != nil && !x.apply(f) {
		return
	}
	switch {
	case x.path == "/login":
		c.login(x)
	case c.account == nil:
		c.fatal("not logged in")
	case x.path == "/quit":
		c.fatal("session terminated on request")
	default:
		c.start(x)
	}
}

// arrived counts a command, sets its latency, and returns the fault to apply to it.
func (d *Device) arrived(x *call, loggedIn bool) *activeFault {
	d.mu.Lock()
	defer d.mu.Unlock()
	x.at, x.delay = time.Now(), d.opts.Latency
	switch {
	case x.path == "/login":
	case !loggedIn:
		return nil
	case x.path == "/cancel":
		d.stats.Cancels++
	default:
		d.count(x.path)
	}
	return d.takeLocked(func(s *activeFault) bool { return s.fits(x.path) })
}

// maxPaths limits Stats.Commands, since clients may send any path.
const maxPaths = 1000

func (d *Device) count(path string) {
	if _, ok := d.stats.Commands[path]; ok || len(d.stats.Commands) < maxPaths {
		d.stats.Commands[path]++
	}
}

// start starts the goroutine of the command. Tagged commands run concurrently; untagged
// ones run one after the other, since their replies cannot be told apart. A listen begins
// before the commands that come after it are executed (assumed).
func (c *conn) start(x *call) {
	if x.path == "/cancel" {
		if c.take(c.cancels) {
			c.wg.Go(func() {
				defer func() { <-c.cancels }()
				c.cancel(x)
			})
		}
		return
	}
	if !c.register(x) {
		// Assumed: what a router does with a tag in use is not known. An error makes
		// clients that reuse tags fail in tests.
		x.traps(&refusal{category: 5, message: "tag is in use"})
		x.done()
		_ = x.flush()
		return
	}
	if !c.take(c.slots) {
		return
	}
	var before, after chan struct{}
	if x.tag == "" {
		before, after = c.previous, make(chan struct{})
		c.previous = after
	}
	c.order(x)
	c.wg.Go(func() {
		defer func() { <-c.slots }()
		if x.begins != nil {
			defer x.begins()
		}
		if after != nil {
			defer close(after)
		}
		x.run(before)
	})
}

// take waits for a token. It returns false when the connection ends.
func (c *conn) take(tokens chan struct{}) bool {
	select {
	case tokens <- struct{}{}:
		return true
	case <-c.dead:
		return false
	}
}

// register adds a running call. It returns false if the tag is in use.
func (c *conn) register(x *call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x.tag != "" {
		for other := range c.live {
			if other.tag == x.tag {
				return false
			}
		}
	}
	c.live[x] = struct{}{}
	return true
}

// run executes the command and ends the reply, unless a canceller does.
func (x *call) run(before <-chan struct{}) {
	defer close(x.idle)
	x.c.d.runs(x, 1)
	err := x.execute(before)
	x.c.d.runs(x, -1) // before the !done, after which the client may send the next one
	if err == errGone || x.torn {
		return
	}
	x.c.mu.Lock()
	cancelled := x.cancelled
	if !cancelled {
		delete(x.c.live, x) // before the !done is sent, after which the client may reuse the tag
	}
	x.c.mu.Unlock()
	if cancelled {
		x.traps(&refusal{category: 2, message: "interrupted"})
		_ = x.flush()
		return
	}
	if err != nil {
		x.traps(err)
	}
	x.done()
	_ = x.flush()
}

func (x *call) execute(before <-chan struct{}) error {
	if before != nil {
		select {
		case <-before:
		case <-x.stop:
			return errStopped
		case <-x.c.dead:
			return errGone
		}
	}
	if err := x.sleep(x.delay - time.Since(x.at)); err != nil {
		return err
	}
	if err := x.awaitListens(); err != nil {
		return err
	}
	run, err := x.resolve()
	if err != nil {
		return err
	}
	return run(x)
}

// sleep waits unless the command is canceled or the connection ends.
func (x *call) sleep(d time.Duration) error {
	if x.c.sleep(d, x.stop) {
		return nil
	}
	return x.ended()
}

// ended returns why a wait was interrupted.
func (x *call) ended() error {
	select {
	case <-x.c.dead:
		return errGone
	default:
		return errStopped
	}
}

// cancel interrupts the command with the given tag, or all others if none is given.
// Each gets a trap and a !done. The reply to an unknown tag, only a !done, is assumed.
func (c *conn) cancel(x *call) {
	if !c.sleep(x.delay, nil) {
		return
	}
	tag, one := x.arg("tag")
	c.mu.Lock()
	var victims []*call
	for v := range c.live {
		if !v.cancelled && (!one || v.tag == tag) {
			v.cancelled = true
			close(v.stop)
			victims = append(victims, v)
		}
	}
	c.mu.Unlock()
	for _, v := range victims {
		select {
		case <-v.idle:
		case <-c.dead:
			return
		}
	}
	if c.d.opts.CancelOrder == CancelFirst {
		x.done()
	}
	for _, v := range victims {
		c.mu.Lock()
		delete(c.live, v)
		c.mu.Unlock()
		v.ret = nil
		v.done()
		x.buf = append(x.buf, v.buf...)
	}
	if c.d.opts.CancelOrder == CancelLast {
		x.done()
	}
	_ = x.flush()
}
