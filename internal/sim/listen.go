package sim

import (
	"errors"
	"strings"
	"sync"
	"time"
)

// listen reports changes until it is canceled; with follow, existing rows first.
// Counters and uptimes do not count as changes.
func (p *printing) listen() error {
	d := p.c.d
	d.mu.Lock()
	now := time.Now()
	d.world.advance(now)
	p.table = d.world.table(p.menu.path)
	silent := d.hitLocked(SilentListen, p.menu) != nil
	p.expiry = d.hitLocked(EndListen, p.menu)
	cursor := p.table.watch()
	d.stats.Listens[p.menu.path]++
	rows, m := p.table.rows, d.world.moment(now)
	d.mu.Unlock()
	if p.begins != nil {
		p.begins()
	}
	defer d.locked(p.unwatch)

	if p.expiry != nil {
		t := time.NewTimer(p.expiry.Delay)
		defer t.Stop()
		p.over = t.C
	}
	if p.existing && !silent {
		if _, err := p.rows(rows, m); err != nil {
			return err
		}
	}
	for {
		err := p.flush()
		if err == nil && silent {
			err = p.await(nil, now, time.Time{})
		} else if err == nil {
			err = p.changes(&cursor)
		}
		if err == errListenOver {
			return p.lastWord()
		}
		if err != nil {
			return err
		}
	}
}

// order has a command wait for the listens that came before it on its connection. The
// reading goroutine calls it.
func (c *conn) order(x *call) {
	x.listens = c.listening
	if strings.HasSuffix(x.path, "/listen") {
		begun := make(chan struct{})
		c.listening, x.begins = begun, sync.OnceFunc(func() { close(begun) })
	}
}

func (x *call) awaitListens() error {
	if x.listens == nil {
		return nil
	}
	select {
	case <-x.listens:
		return nil
	case <-x.stop:
		return errStopped
	case <-x.c.dead:
		return errGone
	}
}

// unwatch ends the listen. The caller holds Device.mu.
func (p *printing) unwatch() {
	p.table.unwatch()
	listens := p.c.d.stats.Listens
	if listens[p.menu.path]--; listens[p.menu.path] == 0 {
		delete(listens, p.menu.path)
	}
}

// errListenOver means that the time of EndListen has come. It is not returned to callers.
var errListenOver = errors.New("listen is over")

// lastWord returns the trap with which EndListen ends a listen, nil for the !done alone.
func (p *printing) lastWord() error {
	if p.expiry.Text == "" {
		return nil
	}
	return &refusal{category: p.expiry.Category, message: p.expiry.Text}
}

// changes waits for changes after cursor and encodes them. While there are listeners,
// their timers make users connect and disconnect.
func (p *printing) changes(cursor *uint64) error {
	d := p.c.d
	for {
		d.mu.Lock()
		now := time.Now()
		d.world.advance(now)
		var events []event
		events, *cursor = p.table.after(*cursor)
		m, changed, next := d.world.moment(now), p.table.changed, d.world.next()
		d.mu.Unlock()

		for _, e := range events {
			p.event(e, m)
		}
		if len(p.buf) > 0 {
			return nil
		}
		if err := p.await(changed, now, next); err != nil {
			return err
		}
	}
}

// await waits for a change, or until next.
func (p *printing) await(changed <-chan struct{}, now, next time.Time) error {
	var due <-chan time.Time
	if !next.IsZero() {
		t := time.NewTimer(next.Sub(now))
		defer t.Stop()
		due = t.C
	}
	select {
	case <-changed:
		return nil
	case <-due:
		return nil
	case <-p.over:
		select {
		case <-p.expiry.cleared:
			return nil
		default:
			return errListenOver
		}
	case <-p.stop:
	case <-p.c.dead:
	}
	return p.ended()
}

// event encodes a change: the whole row, or only the id of a removed row.
func (p *printing) event(e event, m *moment) {
	switch {
	case !p.wanted(e.row, m):
	case e.dead && p.menu.path == interfaces && e.row.text("dynamic") == "true":
		// seen in the field: dynamic interfaces disappear without an event
	case e.dead && !p.hit(LostDead):
		p.row(".id", idText(e.row.id), ".dead", m.p.dead())
	case e.dead, p.hit(LostRow):
	case e.before != nil && p.hit(PartialRow):
		p.part(e)
	default:
		p.encode(e.row, m)
	}
}

// part encodes the id of a row and what has changed of it.
func (p *printing) part(e event) {
	p.begin("!re")
	if p.shows(".id") {
		p.buf = appendAttr(p.buf, ".id", idText(e.row.id))
	}
	p.some(e.row.since(e.before))
	p.end()
}

// hit reports whether a fault of this kind applies to a change, and counts it as applied.
func (p *printing) hit(kind FaultKind) bool {
	d := p.c.d
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.hitLocked(kind, p.menu) != nil
}

// hitLocked returns the fault of this kind that applies to a listen in a menu, or nil.
func (d *Device) hitLocked(kind FaultKind, m *menu) *activeFault {
	return d.takeLocked(func(s *activeFault) bool {
		if s.Kind != kind || s.Path != "" && s.Path != m.path+"/listen" {
			return false
		}
		s.seen++
		return s.Every <= 1 || s.seen%s.Every == 0
	})
}
