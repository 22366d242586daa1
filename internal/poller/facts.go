package poller

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Observer counts polls. Its methods are called by the loops of all pollers and
// must return at once.
type Observer interface {
	// Polled is called after each poll: how long it took, how late it began, and
	// whether it brought nothing at all.
	Polled(took, lag time.Duration, failed bool)
	// Skipped counts ticks that a long poll covered.
	Skipped(ticks int)
}

// nobody is the observer where none is asked for.
type nobody struct{}

func (nobody) Polled(time.Duration, time.Duration, bool) {}
func (nobody) Skipped(int)                               {}

// Facts are what the last readings said of the router itself, whoever they were
// for. A fact that no reading has renewed for a while is not there any more.
type Facts struct {
	Hardware *Hardware // nil where it is not known now
	Hotspot  *int      // users that are logged in; nil where it is not known now
	PPP      *int
	Identity string // the name of the router; empty where nobody asked for it
}

// Hardware is what /system/resource says; a number is nil where it does not say
// it.
type Hardware struct {
	Version, Board          string
	Uptime                  time.Duration
	CPULoad                 *uint64 // percent
	FreeMemory, TotalMemory *uint64 // bytes
	FreeDisk, TotalDisk     *uint64 // bytes
}

// facts is what a poller keeps of them; guarded by Poller.mu.
type facts struct {
	identity string
	hardware proto.Sentence // the row; read when somebody asks
	page     charset.Page   // of it
	hotspot  int
	ppp      int

	until []factUntil // by topic
}

// factUntil is when what a topic said is no longer the present.
type factUntil struct {
	topic *Topic
	at    time.Time
}

// current reports whether a topic has said something that still stands.
func (f *facts) current(t *Topic, now time.Time) bool {
	for _, u := range f.until {
		if u.topic == t {
			return !now.After(u.at)
		}
	}
	return false
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

// Facts is what is known of the router now.
func (p *Poller) Facts() Facts {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, now := &p.facts, time.Now()
	known := Facts{Identity: f.identity}
	if f.current(hardware, now) {
		known.Hardware = hardwareOf(f.hardware, f.page)
	}
	if f.current(hotspotActive, now) {
		known.Hotspot = new(f.hotspot)
	}
	if f.current(pppActive, now) {
		known.PPP = new(f.ppp)
	}
	return known
}

// factLife is for how many intervals a fact stands that no reading renews, and
// factLeast how long at the least.
const (
	factLife  = 3
	factLeast = 15 * time.Second
)

// noteFacts takes the facts out of what a poll brought.
func (l *loop) noteFacts(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.due {
		if s.note == nil || s.reading.Err != nil {
			continue
		}
		if s.note(&l.facts, s.reading, l.opts.Page) {
			l.facts.stands(s.Topic, now.Add(max(factLeast, factLife*l.interval(s))))
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

// label is the text of a value, short enough to name something with: the router
// may send what it likes. It is cut between characters.
func label(value []byte, page charset.Page) string {
	const most = 128 // bytes of UTF-8
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
