package poller

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// To follow a menu means to keep a listen on it: the router reports changes as they
// happen. Some menus accept a listen and never report anything, some routers refuse
// it. So menus that are followed are still read at intervals (Topic.Recheck), and a
// menu that cannot be followed is read as often as others until the next attempt.
//
// The loop starts a listen in the same write as the first reading and before it, so that
// no change falls between them, and takes its rows itself: a signal wakes it.
const (
	followStart = 2 * time.Second        // time for a listen to begin before the log is read instead
	followAgain = time.Minute            // from the end of a listen to the next attempt
	followLimit = 4 << 20                // bytes of rows that may wait for the loop
	soonGap     = 250 * time.Millisecond // from one delivery of changes to the next
	tickGap     = 700 * time.Millisecond // the same, of whole tables and of large ones
	largeTable  = 64 << 10               // bytes of a table that is delivered whole at ticks only
)

// listenWords is the command that follows a menu. The router reports the fields that are
// read.
func (s *source) listenWords() []string {
	words := []string{s.Menu.Path + "/listen"}
	if s.Recheck > 0 && len(s.Menu.Fields) > 0 {
		words = append(words, "=.proplist="+strings.Join(s.Menu.Fields, ","))
	}
	return words
}

// wantsListen reports whether a menu is to be followed.
func (l *loop) wantsListen(s *source) bool {
	if !s.Listen || s.unsplit {
		return false
	}
	for _, v := range l.variants {
		if v.Topic.Kind != FactsOnly && v.needs(s.Topic) {
			return true
		}
	}
	return false
}

// adjustListens ends the listens that are no longer wanted. It returns the sources whose
// listens have to begin.
func (l *loop) adjustListens(now time.Time) (begin []*source) {
	for _, s := range l.sources {
		switch wanted := l.wantsListen(s); {
		case !wanted:
			s.stopListening()
		case s.listen == nil && !now.Before(s.again) && !now.Before(s.absentUntil):
			begin = append(begin, s)
		}
	}
	return begin
}

// listenCommand starts a listen.
func (l *loop) listenCommand(s *source) routeros.Command {
	return routeros.Command{
		Words: s.listenWords(), Class: routeros.Streaming, Limit: followLimit, Patient: true, Detached: true, Arrived: l.signal,
	}
}

// listenBegan is called when the command of a listen was accepted for sending. The menu
// has to be read after it, if it is not read in the same poll.
func (l *loop) listenBegan(s *source, call *routeros.Call, now time.Time) {
	s.listen = call
	l.spend(s, 0, sentBytes(s.listenWords()))
	if s.Recheck > 0 {
		s.table, s.read = &table{menu: s.Menu}, false
		if s.asked != wholeMenu || !slices.Contains(l.due, s) {
			l.dueNow(s)
		}
	}
	if s.Recheck == 0 {
		s.next = now.Add(l.interval(s))
	}
	for _, v := range l.following(s.Topic) {
		if l.tracker(v.Topic).onListen(s.Topic) && s.Recheck == 0 {
			l.dueNow(s)
		}
	}
}

// endListens cancels all listens, at the end of the loop.
func (l *loop) endListens() {
	for _, s := range l.sources {
		s.stopListening()
	}
}

// dueNow has a source read at once, after the poll that it is part of if there is one.
func (l *loop) dueNow(s *source) {
	if l.asking && slices.Contains(l.due, s) {
		s.repeat = true
	} else {
		s.now = true
	}
}

// stopListening cancels the listen. What was known by it is of no use any more.
func (s *source) stopListening() {
	if s.listen != nil {
		s.listen.Discard(io.EOF)
		s.listen = nil
		s.table, s.read = nil, false
	}
}

// takeListens takes what has arrived on all listens.
func (l *loop) takeListens(now time.Time) {
	for _, s := range l.sources {
		for s.listen != nil {
			rows, n, over, err := s.listen.Take(nil)
			if over {
				l.listenEnded(s, err, now)
			} else if n == 0 {
				break
			} else {
				l.listened(s, rows, now)
			}
		}
	}
}

func (l *loop) listenEnded(s *source, err error, now time.Time) {
	if s.Recheck == 0 || s.read { // else the first reading is under way
		l.dueNow(s)
	}
	s.listen, s.table, s.read = nil, nil, false
	s.again = now.Add(followAgain)
	refused, ok := errors.AsType[*routeros.TrapError](err)
	if !ok {
		return
	}
	if refused.Missing() {
		s.again = now.Add(l.opts.Absence)
	}
	for _, v := range l.following(s.Topic) {
		l.tracker(v.Topic).onRefusal(s.Topic)
	}
}

// listened takes rows of a listen.
func (l *loop) listened(s *source, rows proto.Sentences, now time.Time) {
	l.spend(s, len(rows), 0)
	if s.table != nil {
		var unknown bool
		rows, unknown = s.table.listen(rows, now)
		if unknown {
			s.whole = time.Time{}
			l.dueNow(s)
		}
		if s.read {
			s.fresh, s.heard = true, true
			l.hasten(s, now)
		}
	}
	for _, v := range l.following(s.Topic) {
		if events := l.tracker(v.Topic).onRows(s.Topic, rows, now); len(events) > 0 {
			l.update(Update{Kind: Happened, Variant: v, Events: events, At: now})
		}
	}
}

// hasten has the changes of a table delivered soon, with the other tables of its groups.
func (l *loop) hasten(s *source, now time.Time) {
	gap := soonGap
	if l.wantsTicks(s) || s.size > largeTable {
		gap = tickGap
	}
	at := s.sent.Add(gap)
	if at.Before(now) {
		at = now
	}
	for _, v := range l.variants {
		parts := v.Topic.sources()
		if v.Topic.collect != nil || !slices.ContainsFunc(parts, func(t *Topic) bool { return t == s.Topic || t.Counts == s.Topic }) {
			continue
		}
		for _, t := range parts {
			part := l.source(t)
			if l.inMemory(part) && (part.soon.IsZero() || at.Before(part.soon)) {
				part.soon = at
			}
		}
	}
}

// inMemory reports whether a source can be delivered without a command.
func (l *loop) inMemory(s *source) bool {
	if s.Counts != nil {
		_, known := l.counted(s)
		return known
	}
	return s.split() && s.read
}

// following returns the wanted variants with events of a menu.
func (l *loop) following(t *Topic) []Variant {
	var list []Variant
	for _, v := range l.variants {
		if v.Topic.Kind == Events && v.needs(t) {
			list = append(list, v)
		}
	}
	return list
}
