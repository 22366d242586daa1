package poller

import (
	"slices"
	"strconv"
	"time"

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

// facts is what a poller keeps of them.
type facts struct {
	identity string
	hardware proto.Sentence // the row; read when somebody asks
	page     charset.Page   // of it
	hotspot  int
	ppp      int

	hardwareUntil, hotspotUntil, pppUntil time.Time // when they are no longer the present; zero where they never were
}

// Facts is what is known of the router now.
func (p *Poller) Facts() Facts {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, now := &p.facts, time.Now()
	known := Facts{Identity: f.identity}
	if !now.After(f.hardwareUntil) {
		known.Hardware = hardwareOf(f.hardware, f.page)
	}
	if !now.After(f.hotspotUntil) {
		known.Hotspot = new(f.hotspot)
	}
	if !now.After(f.pppUntil) {
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

// longestRow bounds what is kept of /system/resource, ten times what it has.
const longestRow = 4 << 10

// note takes the facts out of what a poll brought.
func (p *Poller) note(s *state, forms []Form, due []int, results []result, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range due {
		t, r := s.topics[i], results[i]
		if r.err != nil {
			continue
		}
		until := now.Add(max(factLeast, factLife*t.interval(s.pace.interval, p.opts.Scrape, i, forms)))
		switch t.Menu {
		case menu.Resource:
			if row, _ := r.rows.Cut(); len(row) <= longestRow {
				p.facts.hardware, p.facts.page, p.facts.hardwareUntil = append(p.facts.hardware[:0], row...), t.page, until
			}
		case menu.HotspotActive:
			p.facts.hotspot, p.facts.hotspotUntil = r.n, until
		case menu.PPPActive:
			p.facts.ppp, p.facts.pppUntil = r.n, until
		case menu.Identity:
			row, _ := r.rows.Cut()
			name, _ := row.Get("name")
			p.facts.identity = label(name, t.page)
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
// may send what it likes.
func label(value []byte, page charset.Page) string {
	const most = 128
	return page.String(value[:min(len(value), most)])
}

// scraped reports whether nobody wants anything but the facts; mu is held.
func (p *Poller) scraped() bool {
	for form := range p.wanted {
		if form != Scrape {
			return false
		}
	}
	return true
}

// loseThread drops the thread of a loop that goes on for the facts alone, once
// it was asked to.
func (p *Poller) loseThread(s *state) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost && p.scraped() {
		s.reset()
		p.out.Dropped()
	}
	p.lost = false
}

// reset forgets all that changes and events would lead on from.
func (s *state) reset() {
	clear(s.left)
	s.sessions, s.log = nil, nil
	for _, t := range s.topics {
		t.rows = nil
		clear(t.differs)
		if t.Rates {
			t.rates = newRates()
		}
	}
}

// wantedBy is whether a topic is wanted by somebody for whom following it does
// not do, and by somebody for whom it does; the scrape is neither.
func wantedBy(index int, forms []Form) (readers, followers bool) {
	for _, f := range forms {
		switch {
		case f == Scrape || !slices.Contains(f.needs(), index):
		case f.follows() == nil:
			readers = true
		default:
			followers = true
		}
	}
	return readers, followers
}
