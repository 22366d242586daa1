package poller

import (
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// A menu with Topic.Recheck is read in parts: whole at the beginning and at long
// intervals, its counters where somebody wants them, and its changes come from a listen.
// Where the listen fails or turns out not to report everything, and where a router
// refuses to read a part, the menu is read whole at each tick, until the next login.
const (
	recheck     = time.Minute      // from one whole reading to the next
	recheckSoon = 4 * time.Second  // after the first one; see trust
	wholeRate   = 5_000            // bytes a second for whole readings: large tables are read less often
	soonRate    = 10_000           // the same, of recheckSoon
	tableRate   = 2_000            // bytes a second for the counters of a topic of its own
	groupRate   = 400              // of a part of the combined event
	checkEvery  = 20 * time.Second // from one count of the rows to the next
	quiet       = 8 * time.Second  // without an answer the rows are counted, as a sign of life
	maxStrikes  = 2                // readings in a row that found more than the listen reported
	maxTrust    = 6                // recheckSoon doubled five times is more than recheck
)

// part is what a command reads of a menu.
type part uint8

const (
	wholeMenu part = iota
	countersOnly
	numberOnly // of rows, by =count-only=
	nothing    // all is known
)

// parts is the state of a menu that is read in parts. It lasts as long as the session.
type parts struct {
	table    *table    // nil before the first reading or listen
	read     bool      // table has a whole reading
	whole    time.Time // when the menu has to be read whole
	counted  time.Time // when the counters were complete
	counts   time.Time // when the counters have to be read
	check    time.Time // when the rows have to be counted
	strikes  int       // see maxStrikes
	trust    int       // readings in a row that the listen had announced; see recheckAfter
	heard    bool      // the listen has reported something since the last reading
	unsplit  bool      // it is read whole at each tick
	fresh    bool      // the rows have changed since they were delivered
	countLen int       // bytes of the last reading of the counters
}

// split reports whether the menu is read in parts.
func (s *source) split() bool {
	return s.Recheck > 0 && !s.unsplit && s.fields == listTaken && (!s.Listen || s.listen != nil)
}

// part decides what to read of a menu that is due.
func (l *loop) part(s *source, now time.Time) part {
	switch {
	case s.Counts != nil:
		if _, known := l.counted(s); known {
			return nothing
		}
		return numberOnly
	case !s.split() || !s.read || !now.Before(s.whole):
		return wholeMenu
	case s.early:
		return nothing
	case len(s.table.rows) > 0 && l.wantsCounters(s) && !now.Before(s.counts):
		return countersOnly
	case s.Listen && (!now.Before(s.check) || now.Sub(l.answered) > quiet):
		return numberOnly
	}
	return nothing
}

// command reads a part of the menu. A list of fields spares the router the expensive
// ones; if the router refuses it, the command has none.
func (s *source) command(p part) routeros.Command {
	switch p {
	case countersOnly:
		s.buffer = borrow(s.countLen + s.countLen/16)
		return routeros.Command{Words: s.counting, Class: routeros.Background, Buf: *s.buffer}
	case numberOnly:
		return routeros.Command{Words: []string{s.Menu.Print(), "=count-only="}, Class: routeros.Background}
	}
	words := s.plain
	if s.fields.sent() {
		words = s.listed
	}
	size := s.size + s.size/16
	if s.split() || s.keep && !s.Rates { // the table keeps it; with rates, what the sink keeps is a copy
		return routeros.Command{Words: words, Class: routeros.Background, Buf: make(proto.Sentences, 0, size)}
	}
	s.buffer = borrow(size)
	return routeros.Command{Words: words, Class: routeros.Background, Buf: *s.buffer}
}

// takeWhole merges a whole reading into the table, and judges the listen by it.
func (s *source) takeWhole(slack time.Duration, rate int) {
	r := &s.reading
	if s.buffer != nil { // it was not known that there would be a table
		r.Rows = slices.Clone(r.Rows)
		giveBack(s.buffer, nil)
		s.buffer = nil
	}
	if s.table == nil {
		s.table = &table{menu: s.Menu}
	}
	unexplained := len(s.table.missed) > 0
	s.table.read(r.Rows, r.Asked, r.Answered)
	if !s.read || !s.Listen {
		s.table.missed = nil
	}
	s.read, s.fresh, s.counted = true, true, r.Answered
	if s.strikes++; !unexplained {
		s.strikes = 0
	}
	if s.strikes >= maxStrikes || !s.table.fits() {
		s.readWhole()
		return
	}
	s.counts = r.Asked.Add(atRate(s.countLen, rate) - slack)
	s.whole, s.check = r.Answered.Add(s.recheckAfter()), r.Answered.Add(checkEvery)
}

// recheckAfter is the time to the next whole reading. It begins with recheckSoon, since
// some menus accept a listen and never report anything, and doubles with each reading
// that finds nothing new. A listen that reports what a reading confirms is trusted at
// once.
func (s *source) recheckAfter() time.Duration {
	full := max(s.Recheck, atRate(s.size, wholeRate))
	if !s.Listen {
		return full
	}
	switch {
	case len(s.table.missed) > 0:
		s.trust = 0
	case s.heard:
		s.trust = maxTrust
	default:
		s.trust = min(s.trust+1, maxTrust)
	}
	s.heard = false
	return min(full, max(recheckSoon<<max(0, s.trust-1), atRate(s.size, soonRate)))
}

// takeCounters merges a reading of the counters.
func (s *source) takeCounters(rows proto.Sentences, slack time.Duration, rate int) {
	r := &s.reading
	unknown := s.table.count(rows, r.Asked)
	s.fresh, s.countLen, s.counted = true, len(rows), r.Answered
	s.counts = r.Asked.Add(atRate(len(rows), rate) - slack)
	s.check = r.Answered.Add(checkEvery)
	if unknown {
		s.whole, s.repeat = time.Time{}, true
	}
}

// takeNumber compares the number of rows with that of the table.
func (s *source) takeNumber(ret []byte) {
	s.check = s.reading.Answered.Add(checkEvery)
	if n := number(string(ret)); n != nil && *n != uint64(len(s.table.rows)) {
		s.whole, s.repeat = time.Time{}, true
	}
}

// counted returns the number of rows that a source counts, if it is known without a
// command: their table is kept, or was just read.
func (l *loop) counted(s *source) (n int, known bool) {
	for _, other := range l.sources {
		switch {
		case other.Topic != s.Counts:
		case other.split() && other.read:
			return len(other.table.rows), true
		default:
			return other.rows, time.Since(other.rowsAt) < 2*l.pace.tick()
		}
	}
	return 0, false
}

// readWhole has the menu read whole from now on.
func (s *source) readWhole() {
	s.stopListening()
	s.parts = parts{unsplit: true}
}

// wantsCounters reports whether the counters of a source are wanted. A menu without a
// listen has nothing else that changes.
func (l *loop) wantsCounters(s *source) bool {
	return s.counting != nil && (!s.Listen || l.wantsTicks(s))
}

// counterRate is how many bytes a second the counters of a source may take.
func (l *loop) counterRate(s *source) int {
	for _, v := range l.variants {
		if v.Topic == s.Topic {
			return tableRate
		}
	}
	return groupRate
}

// atRate is how long a number of bytes takes.
func atRate(size, rate int) time.Duration {
	return time.Duration(size) * time.Second / time.Duration(rate)
}

// countingWords is the command that reads the counters of a menu; nil if it has none.
func (t *Topic) countingWords() []string {
	names := t.Menu.Counters()
	if t.Recheck == 0 || len(names) == 0 {
		return nil
	}
	list := strings.Join(names, ",")
	if len(t.Menu.Fields) > 0 {
		list = ".id," + list
	}
	return append([]string{t.Menu.Print(), "=.proplist=" + list}, t.Query...)
}
