package poller

import "time"

// What a loop has learned about the router lasts as long as its session, and as its
// version: missing menus, refused lists of fields, counters for rates, listens that
// failed, the pace, and facts. After a login the router may have rebooted, been upgraded or been
// replaced, with other packages, .ids and counters. The trackers of events are kept:
// they compare with what was before, and find reboots by themselves.

// login is what the knowledge of a loop depends on.
type login struct {
	number  int    // of sessions until now
	version string // of RouterOS; empty if it was never read
}

// follows reports whether what was learned in the session before still holds.
func (s login) follows(before login) bool {
	return s.number == before.number && (s.version == before.version || before.version == "")
}

// checkLogin forgets what was learned if there was a login since, or if the version in
// the present readings is another one. Everything that is wanted is due at once then.
// It reports whether it did.
func (l *loop) checkLogin(now time.Time) (forgot bool) {
	current := login{version: l.version()}
	current.number, l.changed = l.runner.Logins()
	if forgot = !current.follows(l.login); forgot {
		l.forget(now)
	}
	l.login = current
	return forgot
}

// version is the version of RouterOS as last read.
func (l *loop) version() string {
	for _, s := range l.due {
		row, _ := s.reading.Rows.Cut()
		if version, ok := row.Get("version"); ok && s.Topic == hardware && string(version) != l.login.version {
			return string(version)
		}
	}
	return l.login.version
}

func (l *loop) forget(now time.Time) {
	for _, s := range l.sources {
		s.forget()
	}
	clear(l.collectors)
	l.pace = newPace(l.opts.Interval, l.opts.Budget)
	l.mu.Lock()
	l.facts.until = nil
	l.mu.Unlock()
	for _, v := range l.variants {
		l.makeDue(v, now)
	}
}

// fieldList is what is known about the list of fields of a menu. A trap may have passed
// by the next poll, so it says nothing about the list: the command without the list is
// tried, and if that works, the list once more.
type fieldList uint8

const (
	listTaken    fieldList = iota // it is sent
	listRefused                   // the last command with it got a trap; the next has none
	listDoubtful                  // the command without it worked; the next has it again
	listGivenUp                   // it was refused a second time
)

// sent reports whether the next command has the list.
func (f fieldList) sent() bool { return f == listTaken || f == listDoubtful }

// after returns the state after a command was answered, or refused with a trap.
func (f fieldList) after(refused bool) fieldList {
	switch {
	case f == listGivenUp:
		return listGivenUp
	case f == listDoubtful && refused:
		return listGivenUp
	case f == listTaken && refused:
		return listRefused
	case f == listRefused && !refused:
		return listDoubtful
	}
	return listTaken
}
