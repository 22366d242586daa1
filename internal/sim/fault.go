package sim

import (
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// FaultKind is a kind of misbehavior.
type FaultKind int

// The kinds. Unless noted otherwise, a fault applies to a command and replaces its
// reply.
const (
	Garbage       FaultKind = iota // replies like an HTTP server
	HugeLength                     // announces a word of 4 GiB
	ReservedByte                   // sends a reserved control byte
	Fatal                          // sends !fatal with Text and closes
	Trap                           // sends !trap with Text and Category, then !done
	HangUp                         // closes without a reply, as on a reboot
	CloseInRow                     // closes in the middle of a sentence of the reply
	ResetInRow                     // resets in the middle of a sentence of the reply
	Slow                           // replies after an additional Delay
	Dribble                        // replies byte by byte, with Delay before each
	Deaf                           // reads commands after login without replying; TCP stays open
	StopReading                    // stops reading from the connection until Clear, also its end
	MuteAtConnect                  // accepts the connection and sends nothing
	MuteAtLogin                    // sends nothing from the login on
	ResetAtLogin                   // resets at the login, as for an address that is not allowed

	// The following apply to listen, and to print with follow. Changes that are lost, a
	// missing .dead, listens that never report and listens that are lost were all seen on
	// routers (MikroDash#104 and #105, MikroTik forum 126522, the documentation of
	// listen). Assumed: PartialRow, and how EndListen ends.

	LostRow      // does not report a row that is new or has changed
	LostDead     // does not report a row that is gone
	PartialRow   // reports of a row that has changed only .id and what has changed
	SilentListen // is accepted and reports nothing, also after Clear
	EndListen    // ends after Delay: with !trap if there is a Text, and with !done
)

// Fault is misbehavior on demand.
type Fault struct {
	Kind FaultKind
	// Path is the command to apply it to, e.g. /ppp/active/print. Empty means every
	// command except /login and /cancel. Deaf, StopReading and the kinds for connect
	// and login need no path. For the kinds for listen it is always that of listen, e.g.
	// /ppp/active/listen, also where print with follow was sent.
	Path string
	// Count is how often to apply it; 0 means until Clear. LostRow, LostDead and
	// PartialRow are applied to changes, also of a listen that runs; the other kinds
	// to commands, when they begin.
	Count    int
	Every    int           // for LostRow, LostDead and PartialRow: one change in so many, the first ones are spared; 0 means each
	Delay    time.Duration // for Slow, Dribble and EndListen
	Text     string        // for Fatal, Trap and EndListen
	Category int           // for Trap and EndListen: 0 to 7, negative for none
}

// activeFault is a fault that was injected and not cleared.
type activeFault struct {
	Fault
	left    int           // negative: until Clear
	seen    int           // changes, for Every
	cleared chan struct{} // closed by Clear
}

// Inject adds a fault after those that are active. The first that matches is applied.
func (d *Device) Inject(f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &activeFault{Fault: f, left: -1, cleared: make(chan struct{})}
	if f.Count > 0 {
		s.left = f.Count
	}
	d.faults = append(d.faults, s)
}

// Clear removes all faults. Connections that are muted stay muted; a reply that
// dribbles is completed at once.
func (d *Device) Clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.faults {
		close(s.cleared)
	}
	d.faults = nil
}

// fits reports whether the fault applies to a command. Faults of connecting, reading and
// listening are found by their kind.
func (f *Fault) fits(path string) bool {
	switch f.Kind {
	case MuteAtConnect, StopReading, LostRow, LostDead, PartialRow, SilentListen, EndListen:
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

// takeLocked returns the first fault that pick accepts, and counts it as applied.
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

// triggered reports whether a fault of this kind is active, and counts it as applied.
func (d *Device) triggered(kind FaultKind) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.takeLocked(func(s *activeFault) bool { return s.Kind == kind }) != nil
}

// mayRead blocks the reader of a connection while StopReading is active. It returns
// false when the connection ends.
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

// apply applies a fault to a command and reports whether the command is still to be
// executed.
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
	return false // Deaf: no reply
}

// truncateInSentence cuts a chunk in the middle of the sentence in its middle.
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
