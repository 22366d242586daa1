package poller

import (
	"hash/maphash"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// logLines finds the lines of the log that are new. What was in the log before
// somebody watched is not news. Ids of lines rise, as hexadecimal numbers, until
// a reboot begins them again at 1; lines are told apart by id and text together.
//
// The buffer is read after each beginning of a listen. Lines that came before the
// listen, since the newest one that is known, are in that reading; later ones are
// heard, those twice that came between. So nothing is lost between a reading and a
// listen, nor while nobody watched for less than Options.Retention.
type logLines struct {
	page    charset.Page
	begun   bool      // there was a reading: lines behind its newest are news
	base    logMark   // that line; the zero mark for an empty log
	known   []logMark // the newest lines that were told, oldest first; up to maxKnown
	catchUp bool      // the next reading is the one after the beginning of a listen
	missed  bool      // a reading failed before anything was known
}

// logMark tells one line from others.
type logMark struct {
	id   uint64
	hash uint64 // of time and text
}

const maxKnown = 256

func (l *logLines) listening(*Topic) (read bool) {
	l.catchUp = true
	return true
}

// heard takes lines of a listen. A line that a reading has told is told once.
func (l *logLines) heard(_ *Topic, rows proto.Sentences, _ time.Time) (events []Event) {
	for row := range rows.All() {
		if _, dead := row.Get(".dead"); dead { // it fell out of the buffer
			continue
		}
		line := lineOf(row, l.page)
		if mark := line.mark(); !l.knows(mark) {
			l.remember(mark)
			events = append(events, line)
		}
	}
	return events
}

// reading takes the whole buffer and returns the lines behind the newest one that
// was known. There is a gap where that line is not in the buffer any more: the
// router has rebooted, or more lines came than the buffer holds. There is one, too,
// where a listen begins and the lines before it cannot be read.
func (l *logLines) reading(r Reading) (events []Event, gap bool) {
	catchUp := l.catchUp
	l.catchUp = false
	if r.Err != nil {
		l.missed = !l.begun && len(l.known) == 0
		return nil, catchUp
	}
	var lines []LogLine
	for row := range r.Rows.All() {
		lines = append(lines, lineOf(row, l.page))
	}
	if !l.begun && len(l.known) == 0 {
		gap, l.begun, l.missed = l.missed, true, false
		if len(lines) > 0 {
			l.base = lines[len(lines)-1].mark()
		}
		return nil, gap
	}
	first := len(lines) // of those that are news
	for ; first > 0; first-- {
		if mark := lines[first-1].mark(); mark == l.base || l.knows(mark) {
			break
		}
	}
	gap = first == 0 && len(lines) > 0 && lines[0].mark().id != l.last()+1
	for _, line := range lines[first:] {
		l.remember(line.mark())
		events = append(events, line)
	}
	return events, gap
}

// last is the id of the newest line that is known.
func (l *logLines) last() uint64 {
	if len(l.known) == 0 {
		return l.base.id
	}
	return l.known[len(l.known)-1].id
}

func (l *logLines) knows(m logMark) bool {
	for i := len(l.known) - 1; i >= 0; i-- { // the newest first
		if l.known[i] == m {
			return true
		}
	}
	return false
}

func (l *logLines) remember(m logMark) {
	if len(l.known) == maxKnown {
		l.known = append(l.known[:0], l.known[1:]...)
	}
	l.known = append(l.known, m)
}

func lineOf(row proto.Sentence, page charset.Page) LogLine {
	text := func(name string) string {
		value, _ := row.Get(name)
		return page.String(value)
	}
	return LogLine{ID: text(".id"), Time: text("time"), Topics: text("topics"), Message: text("message")}
}

var logSeed = maphash.MakeSeed()

func (l LogLine) mark() logMark {
	var id uint64
	if len(l.ID) > 1 {
		id, _ = strconv.ParseUint(l.ID[1:], 16, 64) // 0 for one that is no number
	}
	return logMark{id, maphash.String(logSeed, l.Time+"\x00"+l.Topics+"\x00"+l.Message)}
}
