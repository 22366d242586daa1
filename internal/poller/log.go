package poller

import (
	"hash/maphash"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// logLines is the tracker of the log. It returns the lines that are new since the log
// is watched, and once the last ones before these. The .id of lines rises, as a hexadecimal
// number, and restarts at 1 after a reboot, so lines are identified by .id and text.
//
// When a listen begins, the buffer of the router is read: it has the lines that came before
// the listen, of which those after the newest known line are new, and the listen reports
// later ones. Lines that come in between are in both and are returned once. So no line is
// lost between a reading and a listen, nor during Options.Retention without a watcher.
// Where no line is known there is a gap.
type logLines struct {
	page     charset.Page
	listened bool      // there was a listen that the router did not refuse
	begun    bool      // there was a reading: lines after base are new
	missed   bool      // no reading has succeeded since the first listen, and one has failed
	base     logMark   // the newest line of the first reading; zero for an empty log
	known    []logMark // the newest lines that were returned, oldest first; up to maxKnown
	heard    []LogLine // those that were returned before the first reading; up to Recent
	catchUp  bool      // the next reading has the lines before a listen
	untold   bool      // the last lines are to be told
	recent   []LogLine // to be told; nil for nothing
}

// Recent is how many lines of the log are told to those who begin to watch it.
const Recent = 200

// logMark identifies a line.
type logMark struct {
	id   uint64
	hash uint64 // of time and text
}

const maxKnown = 256

func (l *logLines) onListen(*Topic) (read bool) {
	l.catchUp = l.listened || l.begun || len(l.known) > 0
	l.listened = true
	return true
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
			if !l.begun {
				l.heard = lastOf(append(l.heard, line))
			}
		}
	}
	return events
}

// lastOf returns the newest lines.
func lastOf(lines []LogLine) []LogLine { return lines[max(0, len(lines)-Recent):] }

// recall implements [recaller].
func (l *logLines) recall() (events []Event, known bool) {
	if l.recent == nil {
		return nil, false
	}
	for _, line := range l.recent {
		events = append(events, line)
	}
	l.recent = nil
	return events, true
}

// tell has the last of some lines told.
func (l *logLines) tell(lines []LogLine) {
	l.untold, l.recent = false, append([]LogLine{}, lastOf(lines)...)
}

// begin takes the lines of the first reading, none of which is new. Those that a listen has
// reported already are the newest.
func (l *logLines) begin(lines []LogLine) {
	heard := l.heard
	l.begun, l.missed, l.heard, l.known = true, false, nil, l.known[:0]
	for _, line := range lines[max(0, len(lines)-maxKnown):] {
		l.remember(line.mark())
	}
	for _, line := range heard {
		if mark := line.mark(); !l.knows(mark) {
			l.remember(mark)
			lines = append(lines, line)
		}
	}
	if len(lines) > 0 {
		l.base = lines[len(lines)-1].mark()
	}
	l.tell(lines)
}

// onReading takes the whole buffer and returns the lines after the newest known line, of
// the first reading none.
// There is a gap if that line is no longer in the buffer: the router has rebooted, or
// more lines came than the buffer holds. Older known lines do not count: the first lines
// of a boot may be the same at each boot. There is also a gap if the lines before a
// listen cannot be read, or no line was known before.
func (l *logLines) onReading(r Reading) (events []Event, gap bool) {
	catchUp := l.catchUp
	l.catchUp = false
	if r.Err != nil {
		l.untold = l.untold || catchUp
		l.missed = l.missed || !l.begun && l.listened
		return nil, catchUp
	}
	var lines []LogLine
	for row := range r.Rows.All() {
		lines = append(lines, lineOf(row, l.page))
	}
	if !l.begun && (len(l.known) == 0 || !catchUp && !l.missed) {
		gap = l.missed || catchUp && l.listened
		l.begin(lines)
		return nil, gap
	}
	first := len(lines) // index of the first new line
	for first > 0 && lines[first-1].mark() != l.last() {
		first--
	}
	if gap = first == 0 && len(lines) > 0 && lines[0].mark().id != l.last().id+1; gap {
		l.known = l.known[:0] // a line of before may come again, with its .id
	}
	if l.untold || gap || !l.begun {
		l.begun, l.heard = true, nil
		l.tell(lines[:first])
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
