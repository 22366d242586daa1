package notify

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/alert"
)

// Board keeps records, see [board.Board]; the outbox is one of its parts, with the names
// of [Prefixes].
type Board interface{ Touch(name string) }

// Prefixes are those of the names of the outbox on its board: those without a dot are of
// records, the others of the states of receivers.
func Prefixes() []string { return []string{"", receiverPrefix} }

// Options of an Outbox.
type Options struct {
	// Sends reports whether this instance is the one that sends; nil for always. It is
	// asked again and again.
	Sends func() bool
	Log   *slog.Logger
}

// Outbox delivers what it is told to. It implements [alert.Outbox].
//
// What is told is written to the board, and sent when it is there: by the instance that
// sends, which may be another one. What cannot be written is sent by this one.
type Outbox struct {
	board  Board
	sends  func() bool
	shared bool // there are other instances
	log    *slog.Logger

	mu        sync.Mutex
	entries   map[string]*entry    // by name on the board; guarded by mu, as are their fields
	order     uint64               // of the newest entry
	ended     map[string]time.Time // of alerts, a moment ago
	receivers []*Receiver
	queues    map[string]*queue // by receiver
	states    map[string]state  // that the instance which sends has told of receivers, by name on the board
	workers   sync.WaitGroup
	run       context.Context // of the workers; nil before Run
	sending   bool
	resumed   bool // there was a process before this one, which may have sent a moment ago
}

// New returns an outbox.
func New(board Board, opts Options) *Outbox {
	o := &Outbox{
		board: board, sends: opts.Sends, shared: opts.Sends != nil, log: opts.Log,
		entries: make(map[string]*entry), ended: make(map[string]time.Time), queues: make(map[string]*queue), states: make(map[string]state),
	}
	if !o.shared {
		o.sends = func() bool { return true }
	}
	return o
}

// nameOf is the name of the record of a transition. Events have one each.
func nameOf(t *alert.Transition) string {
	if t.Status == alert.Event {
		return t.ID
	}
	return t.Alert
}

// entry returns the entry of a name; mu is held.
func (o *Outbox) entry(name string) *entry {
	e := o.entries[name]
	if e == nil {
		o.order++
		e = &entry{name: name, order: o.order, ended: o.ended[name], queued: make(map[settlement]bool)}
		o.entries[name] = e
	}
	return e
}

// Tell takes a transition. It does not wait for anything.
func (o *Outbox) Tell(t alert.Transition) {
	o.mu.Lock()
	defer o.mu.Unlock()
	name := nameOf(&t)
	one := owed{Transition: t}
	for _, receiver := range o.receivers {
		if receiver.wants(&t) {
			one.Receivers = append(one.Receivers, receiver.Name)
		}
	}
	e := o.entry(name)
	e.told = append(e.told, one)
	if over := len(e.told) - maxOwed; over > 0 {
		e.told = slices.Delete(e.told, 0, over)
		e.merged.told = max(0, e.merged.told-over)
	}
	o.board.Touch(name)
}

// Fires returns the alerts that were told and have not ended.
func (o *Outbox) Fires() (list []alert.Transition) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.entries {
		if r := e.apply(e.stored); r.Firing != nil {
			list = append(list, *r.Firing)
		}
	}
	return list
}

// Learn implements [board.Part].
func (o *Outbox) Learn(name string, value []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if isState(name) {
		o.states[name] = decodeState(value)
		return
	}
	e := o.entry(name)
	o.store(e, decode(value))
	e.merged.learned = true
	o.resumed = o.resumed || o.run == nil
	o.sync(e)
}

// store notes what the store has; mu is held.
func (o *Outbox) store(e *entry, r record) {
	if e.stored.Firing != nil && r.Firing == nil {
		e.ended = time.Now()
		o.ended[e.name] = e.ended
	}
	e.stored = r
}

// Merge implements [board.Part].
func (o *Outbox) Merge(name string, old []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if isState(name) {
		return o.mergeState(name, old)
	}
	e := o.entries[name]
	if e == nil {
		return old
	}
	o.store(e, decode(old)) // it may not have been learned yet
	e.merged = merged{told: len(e.told), settled: len(e.settled), record: e.apply(e.stored)}
	return e.merged.record.encode()
}

// Wrote implements [board.Part].
func (o *Outbox) Wrote(name string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.entries[name]
	if e == nil {
		return
	}
	switch {
	case err == nil:
		e.wrote()
	case e.isDone():
		delete(o.entries, name) // receivers have it, and the store never had it
		return
	default:
		e.alone = len(e.told) > 0
	}
	o.sync(e)
}

// Run sends until ctx ends, and waits for what is under way.
func (o *Outbox) Run(ctx context.Context) {
	o.mu.Lock()
	o.run = ctx
	for _, q := range o.queues {
		o.start(q)
	}
	o.mu.Unlock()
	defer o.workers.Wait()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		o.look(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// look finds out whether this instance sends. One that begins to has all that is owed, and
// takes it that the limits of receivers were reached a moment ago.
func (o *Outbox) look(now time.Time) {
	sends := o.sends()
	o.mu.Lock()
	defer o.mu.Unlock()
	for name, at := range o.ended {
		if now.Sub(at) > overlap {
			delete(o.ended, name)
		}
	}
	if sends {
		o.tellStates()
	}
	if sends == o.sending {
		return
	}
	o.sending = sends
	if sends && (o.resumed || o.shared) {
		for _, q := range o.queues {
			q.exhaust(now)
		}
	}
	o.syncAll()
}

// syncAll needs mu.
func (o *Outbox) syncAll() {
	list := make([]*entry, 0, len(o.entries))
	for _, e := range o.entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *entry) int { return cmp.Or(a.oldest().Compare(b.oldest()), cmp.Compare(a.order, b.order)) })
	for _, e := range list {
		o.sync(e)
	}
}

// oldest is when the oldest of what an entry owes happened.
func (e *entry) oldest() time.Time {
	if len(e.stored.Owed) == 0 {
		return time.Time{}
	}
	return e.stored.Owed[0].Transition.At
}

// sync puts what this instance has to send into the queues, and takes out what it has not;
// mu is held.
func (o *Outbox) sync(e *entry) {
	if o.run == nil {
		return
	}
	r := e.stored
	switch {
	case e.alone && !o.sending:
		r = e.apply(record{})
	case e.alone:
		r = e.apply(r)
	case !o.sending:
		r = record{}
	}
	wanted := make(map[settlement]bool)
	for _, one := range r.Owed {
		for _, name := range slices.Clone(one.Receivers) {
			s := settlement{one.Transition.ID, name}
			if slices.Contains(e.settled, s) {
				continue
			}
			wanted[s] = true
			if !e.queued[s] {
				o.queue(e, s, one.Transition)
			}
		}
	}
	for s := range e.queued {
		if wanted[s] {
			continue
		}
		delete(e.queued, s)
		if q := o.queues[s.receiver]; q != nil {
			q.withdraw(s.id)
		}
	}
	if e.isEmpty() {
		delete(o.entries, e.name)
	}
}

// queue puts a transition into the queue of a receiver; mu is held. A receiver that is not
// known here may be known to another instance.
func (o *Outbox) queue(e *entry, s settlement, t alert.Transition) {
	q := o.queues[s.receiver]
	if q == nil {
		if !o.shared || time.Since(t.At) > maxAge {
			o.settle(e, s)
		}
		return
	}
	e.queued[s] = true
	for _, dropped := range q.add(&item{t: t, record: e.name}) {
		o.settle(o.entry(dropped.record), settlement{dropped.t.ID, s.receiver})
	}
}
