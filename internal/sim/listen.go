package sim

import "time"

// listen reports changes until it is canceled; with follow, existing rows first.
// Counters and uptimes do not count as changes.
func (p *printing) listen() error {
	d := p.c.d
	d.mu.Lock()
	now := time.Now()
	d.world.advance(now)
	p.table = d.world.table(p.menu.path)
	cursor := p.table.watch()
	rows, m := p.table.rows, d.world.moment(now)
	d.mu.Unlock()
	defer d.locked(p.table.unwatch)

	if p.existing {
		if _, err := p.rows(rows, m); err != nil {
			return err
		}
	}
	for {
		if err := p.flush(); err != nil {
			return err
		}
		if err := p.changes(&cursor); err != nil {
			return err
		}
	}
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
	case <-p.stop:
	case <-p.c.dead:
	}
	return p.ended()
}

// event encodes a change: the whole row, or only the id of a removed row.
func (p *printing) event(e event, m *moment) {
	if !p.wanted(e.row, m) {
		return
	}
	if !e.dead {
		p.encode(e.row, m)
		return
	}
	if p.menu.path == interfaces && e.row.text("dynamic") == "true" {
		return // seen in the field: dynamic interfaces disappear without an event
	}
	p.row(".id", idText(e.row.id), ".dead", m.p.dead())
}
