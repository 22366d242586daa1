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
// a reboot begins them again at 1; lines are known by id and text together.
//
// Between a reading and a listen, and while nobody watched for less than
// Options.Retention, no line is lost: the listen begins first, and what it brings
// waits for a reading of the whole buffer, from which the lines before it are
// taken.
type logLines struct {
	page    charset.Page
	begun   bool      // something is known: lines from here on are news
	known   []logMark // the newest lines, oldest first; up to maxKnown
	waiting []LogLine // heard while a reading is under way; nil where none is
	catchUp bool      // a reading is under way
}

// logMark tells one line from others.
type logMark struct {
	id   uint64
	hash uint64 // of time and text
}

const (
	maxKnown   = 256
	maxWaiting = 1000 // lines; beyond, they are handed on without waiting
)

// listening asks for a reading where lines may have come since the last one.
func (l *logLines) listening(*Topic) (read bool) {
	l.catchUp = l.begun
	l.begun = true
	return l.catchUp
}

// heard takes lines of a listen: all of them are new.
func (l *logLines) heard(_ *Topic, rows proto.Sentences, _ time.Time) []Event {
	for row := range rows.All() {
		if _, dead := row.Get(".dead"); !dead { // which fell out of the buffer
			l.waiting = append(l.waiting, lineOf(row, l.page))
		}
	}
	if l.catchUp && len(l.waiting) <= maxWaiting {
		return nil
	}
	return l.handOver(nil)
}

// handOver gives out lines of a reading and those that waited for it, without
// those that are known.
func (l *logLines) handOver(lines []LogLine) (events []Event) {
	for _, line := range append(lines, l.waiting...) {
		mark := line.mark()
		if l.knows(mark) {
			continue
		}
		l.remember(mark)
		events = append(events, line)
	}
	l.waiting, l.catchUp = nil, false
	return events
}

// reading takes the whole buffer, and gives what is behind the newest line that
// was known. Where that line is not in the buffer any more, the log has begun
// again with a reboot, or more lines came than the buffer holds.
func (l *logLines) reading(r Reading) (events []Event, gap bool) {
	if r.Err != nil {
		return l.handOver(nil), false
	}
	var lines []LogLine
	newest := -1 // where the newest known line stands
	for row := range r.Rows.All() {
		line := lineOf(row, l.page)
		if l.knows(line.mark()) {
			newest = len(lines)
		}
		lines = append(lines, line)
	}
	if !l.begun {
		l.begun = true
		for _, line := range lines[max(0, len(lines)-maxKnown):] {
			l.remember(line.mark())
		}
		return l.handOver(nil), false
	}
	gap = newest < 0 && len(l.known) > 0 && len(lines) > 0 && lines[0].mark().id > l.last()+1
	return l.handOver(lines[newest+1:]), gap
}

// last is the id of the newest known line.
func (l *logLines) last() uint64 { return l.known[len(l.known)-1].id }

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
