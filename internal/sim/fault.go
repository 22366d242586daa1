package sim

import (
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// FaultKind is a way to misbehave.
type FaultKind int

// The kinds. Unless a kind says otherwise it strikes a command and takes the
// place of its reply.
const (
	Garbage       FaultKind = iota // answers as an HTTP server would
	HugeLength                     // announces a word of 4 GiB
	ReservedByte                   // sends a control byte that the protocol reserves
	Fatal                          // sends !fatal with Text and hangs up
	Trap                           // sends !trap with Text and Category, then !done
	HangUp                         // closes without a reply, as a reboot does
	CloseInRow                     // closes in the middle of a sentence of the reply
	ResetInRow                     // resets in the middle of a sentence of the reply
	Slow                           // replies after a further Delay
	Dribble                        // replies byte by byte with Delay before each
	Deaf                           // swallows what arrives after login; TCP stays open
	StopReading                    // takes nothing more from the connection until Clear, not even its end
	MuteAtConnect                  // takes the connection and never says anything
	MuteAtLogin                    // never says anything from the login on
	ResetAtLogin                   // resets at the login, as for an address that is not allowed
)

// Fault is misbehaviour on demand.
type Fault struct {
	Kind FaultKind
	// Path names the command to strike, e.g. /ppp/active/print. Empty means
	// every command except /login and /cancel, which have to be named; Deaf,
	// StopReading and the kinds of connect and login need no path.
	Path     string
	Count    int           // how often to strike, 0: until Clear
	Delay    time.Duration // for Slow and Dribble
	Text     string        // for Fatal and Trap
	Category int           // for Trap: 0 to 7, negative for none
}

// activeFault is a fault in force.
type activeFault struct {
	Fault
	left    int           // negative: until Clear
	cleared chan struct{} // closed by Clear
}

// Inject puts a fault in force behind those that are in force already. The
// first one that fits strikes.
func (d *Device) Inject(f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &activeFault{Fault: f, left: -1, cleared: make(chan struct{})}
	if f.Count > 0 {
		s.left = f.Count
	}
	d.faults = append(d.faults, s)
}

// Clear takes all faults out of force. Connections that were muted stay so; what
// dribbles comes at once.
func (d *Device) Clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.faults {
		close(s.cleared)
	}
	d.faults = nil
}

// fits tells whether the fault is meant for a command. Connect and read faults
// are asked for by kind instead.
func (f *Fault) fits(path string) bool {
	switch f.Kind {
	case MuteAtConnect, StopReading:
		return false
	case MuteAtLogin, ResetAtLogin:
		return path == "/login"
	case Deaf:
		return path != "/login" && (f.Path == "" || f.Path == path)
	}
	if f.Path == "" {
		return path != "/login" && path != "/cancel"
	}
	return f.Path == path
}

// takeLocked uses up one strike of the first fault that pick accepts.
func (d *Device) takeLocked(pick func(*activeFault) bool) *activeFault {
	i := slices.IndexFunc(d.faults, func(s *activeFault) bool { return s.left != 0 && pick(s) })
	if i < 0 {
		return nil
	}
	s := d.faults[i]
	if s.left > 0 {
		s.left--
	}
	return s
}

// triggered reports whether a fault of this kind strikes.
func (d *Device) triggered(kind FaultKind) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.takeLocked(func(s *activeFault) bool { return s.Kind == kind }) != nil
}

// mayRead holds the reader of a connection back while StopReading is in force.
// It reports false when the connection is over.
func (d *Device) mayRead(c *conn) bool {
	d.mu.Lock()
	s := d.takeLocked(func(s *activeFault) bool { return s.Kind == StopReading })
	d.mu.Unlock()
	if s == nil {
		return true
	}
	select {
	case <-s.cleared:
		return true
	case <-c.dead:
		return false
	}
}

// apply applies a fault to a command. It reports whether the command is still
// to be run.
func (x *call) apply(f *activeFault) bool {
	c := x.c
	switch f.Kind {
	case Slow:
		x.delay += f.Delay
		return true
	case Dribble:
		x.pause, x.faultCleared = f.Delay, f.cleared
		return true
	case CloseInRow:
		x.cut = hangUp
		return true
	case ResetInRow:
		x.cut = reset
		return true
	case Garbage:
		_ = c.send(chunk{data: []byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")})
	case HugeLength:
		_ = c.send(chunk{data: []byte{0xF0, 0xFF, 0xFF, 0xFF, 0xFF, '!', 'r', 'e'}})
	case ReservedByte:
		_ = c.send(chunk{data: []byte{0xF8, 0x00}})
	case Fatal:
		c.fatal(f.Text)
	case Trap:
		x.traps(&refusal{category: f.Category, message: f.Text})
		x.done()
		_ = x.flush()
	case HangUp:
		_ = c.send(chunk{after: hangUp})
	case MuteAtLogin:
		c.silent = true
	case ResetAtLogin:
		c.reset()
	}
	return false // Deaf: nothing is said
}

// truncateInSentence cuts a chunk in the middle of the sentence that holds its middle.
func truncateInSentence(data []byte) []byte {
	start := 0
	for s := range proto.Sentences(data).All() {
		end := start + len(s) + 1
		if end > len(data)/2 {
			return data[:(start+end)/2]
		}
		start = end
	}
	return data
}
