package poller

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Observer counts polls. The loops of all pollers call its methods, which must not
// block.
type Observer interface {
	// Polled is called after each poll with its duration, its delay after the tick, and
	// whether no topic was read.
	Polled(took, lag time.Duration, failed bool)
	// Skipped is called with the number of ticks that a long poll skipped.
	Skipped(ticks int)
}

// noObserver counts nothing.
type noObserver struct{}

func (noObserver) Polled(time.Duration, time.Duration, bool) {}
func (noObserver) Skipped(int)                               {}

// Facts are the latest values that were read about the router itself. A fact expires
// if it is not read again for a while.
type Facts struct {
	Hardware *Hardware // nil if unknown
	Hotspot  *int      // number of hotspot users; nil if unknown
	PPP      *int      // number of PPP users; nil if unknown
	Identity string    // name of the router; empty if unknown, does not expire
}

// Hardware has values of /system/resource; a number that is missing there is nil.
type Hardware struct {
	Version, Board          string
	Uptime                  time.Duration
	CPULoad                 *uint64 // percent
	FreeMemory, TotalMemory *uint64 // bytes
	FreeDisk, TotalDisk     *uint64 // bytes
}

// facts is the stored form of Facts; guarded by Poller.mu.
type facts struct {
	identity string
	hardware proto.Sentence // the row; decoded on demand
	page     charset.Page   // of the row
	hotspot  int
	ppp      int

	until []factUntil // by topic
}

// factUntil is when the facts of a topic expire.
type factUntil struct {
	topic *Topic
	at    time.Time
}

// current reports whether the facts of one of the topics are known and have not expired.
func (f *facts) current(now time.Time, topics ...*Topic) bool {
	return slices.ContainsFunc(f.until, func(u factUntil) bool {
		return slices.Contains(topics, u.topic) && !now.After(u.at)
	})
}

func (f *facts) stands(t *Topic, until time.Time) {
	for i := range f.until {
		if f.until[i].topic == t {
			f.until[i].at = until
			return
		}
	}
	f.until = append(f.until, factUntil{t, until})
}

// Facts returns what is known about the router now.
func (p *Poller) Facts() Facts {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, now := &p.facts, time.Now()
	known := Facts{Identity: f.identity}
	if f.current(now, hardware) {
		known.Hardware = hardwareOf(f.hardware, f.page)
	}
	if f.current(now, hotspotActive, hotspotCount) {
		known.Hotspot = new(f.hotspot)
	}
	if f.current(now, pppActive, pppCount) {
		known.PPP = new(f.ppp)
	}
	return known
}

// A fact expires factLife intervals after it was read, but not before minFactLife.
const (
	factLife    = 3
	minFactLife = 15 * time.Second
)

// noteFacts stores the facts of a poll.
func (l *loop) noteFacts(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.due {
		if s.note == nil || s.reading.Err != nil {
			continue
		}
		if s.note(&l.facts, s.reading, l.opts.Page) {
			l.facts.stands(s.Topic, now.Add(max(minFactLife, factLife*l.interval(s))))
		}
	}
}

func hardwareOf(row proto.Sentence, page charset.Page) *Hardware {
	text := func(name string) string {
		value, _ := row.Get(name)
		return label(value, page)
	}
	number := func(name string) *uint64 {
		value, _ := row.Get(name)
		n, err := strconv.ParseUint(string(value), 10, 64)
		if err != nil {
			return nil
		}
		return &n
	}
	uptime, _ := row.Get("uptime")
	up, _ := menu.ParseDuration(uptime)
	return &Hardware{
		Version: text("version"), Board: text("board-name"), Uptime: up, CPULoad: number("cpu-load"),
		FreeMemory: number("free-memory"), TotalMemory: number("total-memory"),
		FreeDisk: number("free-hdd-space"), TotalDisk: number("total-hdd-space"),
	}
}

// label returns the text of a value, cut after a character to 128 bytes of UTF-8 at
// most: it becomes a label of metrics, and a router may send anything.
func label(value []byte, page charset.Page) string {
	const most = 128
	text := page.String(value)
	if len(text) <= most {
		return text
	}
	n := most
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
