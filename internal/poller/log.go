package poller

import (
	"hash/maphash"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// logLines is the tracker of the log. It returns the lines that are new since the log
// is watched. The .id of lines rises, as a hexadecimal number, and restarts at 1 after
// a reboot, so lines are identified by .id and text.
//
// The first listen needs no reading. When a listen begins again, the buffer of the
// router is read: it has the lines that came before the listen and after the newest
// known line, and the listen reports later ones. Lines that come in between are in both
// and are returned once. So no line is lost between a reading and a listen, nor during
// Options.Retention without a watcher. Where no line is known there is a gap.
type logLines struct {
	page     charset.Page
	listened bool      // there was a listen that the router did not refuse
	begun    bool      // there was a reading: lines after base are new
	base     logMark   // the newest line of the first reading; zero for an empty log
	known    []logMark // the newest lines that were returned, oldest first; up to maxKnown
	catchUp  bool      // the next reading has the lines before a listen
}

// logMark identifies a line.
type logMark struct {
	id   uint64
	hash uint64 // of time and text
}

const maxKnown = 256

func (l *logLines) onListen(*Topic) (read bool) {
	l.catchUp = l.listened || l.begun || len(l.known) > 0
	l.listened = true
	return l.catchUp
}

func (l *logLines) onRefusal(*Topic) {
	if !l.catchUp {
		l.listened = false // it was the first one
	}
}

func (l *logLines) onRows(_ *Topic, rows proto.Sentences, _ time.Time) (events []Event) {
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

// onReading takes the whole buffer and returns the lines after the newest known line.
// There is a gap if that line is no longer in the buffer: the router has rebooted, or
// more lines came than the buffer holds. Older known lines do not count: the first lines
// of a boot may be the same at each boot. There is also a gap if the lines before a
// listen cannot be read, or no line was known before.
func (l *logLines) onReading(r Reading) (events []Event, gap bool) {
	catchUp := l.catchUp
	l.catchUp = false
	if r.Err != nil {
		return nil, catchUp
	}
	var lines []LogLine
	for row := range r.Rows.All() {
		lines = append(lines, lineOf(row, l.page))
	}
	if !l.begun && len(l.known) == 0 {
		l.begun = true
		if len(lines) > 0 {
			l.base = lines[len(lines)-1].mark()
		}
		return nil, l.listened
	}
	first := len(lines) // index of the first new line
	for first > 0 && lines[first-1].mark() != l.last() {
		first--
	}
	if gap = first == 0 && len(lines) > 0 && lines[0].mark().id != l.last().id+1; gap {
		l.known = l.known[:0] // a line of before may come again, with its .id
	}
	for _, line := range lines[first:] {
		if mark := line.mark(); !l.knows(mark) { // as may happen with several buffers
			l.remember(mark)
			events = append(events, line)
		}
	}
	return events, gap
}

// last is the newest known line.
func (l *logLines) last() logMark {
	if len(l.known) == 0 {
		return l.base
	}
	return l.known[len(l.known)-1]
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
	return LogLine{
		ID: text(".id"), Time: text("time"), Topics: text("topics"), Message: text("message"),
		Buffer: text("buffer"), ExtraInfo: text("extra-info"),
	}
}

var logSeed = maphash.MakeSeed()

func (l LogLine) mark() logMark {
	var id uint64
	if len(l.ID) > 1 {
		id, _ = strconv.ParseUint(l.ID[1:], 16, 64) // 0 if it is not a number
	}
	return logMark{id, maphash.String(logSeed, l.Time+"\x00"+l.Topics+"\x00"+l.Message)}
}
