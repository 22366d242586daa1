package poller

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Following a menu means a streaming listen: the router says what changes as it
// changes. Some menus accept it and never speak, some routers refuse it; so what
// is followed is still read now and then (Topic.Recheck), and where following
// fails the readings alone have to do until it is tried again.
const (
	followStart = 2 * time.Second // what a listen gets to begin before a log is read instead
	followAgain = time.Minute
	followLimit = 4 << 20 // bytes of rows that may wait for the loop
)

// listenEvent is what a follower tells the loop.
type listenEvent struct {
	from *follower
	kind listenKind
	rows proto.Sentences
}

type listenKind uint8

const (
	listenBegan listenKind = iota // the router listens from here on
	listenRows                    // it said something
	listenEnded                   // it has stopped, or refused
)

// follower keeps a listen on one menu. Its goroutine is one of the poller's.
type follower struct {
	source *source
	stop   context.CancelFunc
}

// followers are those of one loop, which owns them.
type followers struct {
	out     chan listenEvent // one waits for the loop at most; the rest waits in the calls, within their limit
	running []*follower
}

// of returns the follower of a topic, nil where it is not followed.
func (f *followers) of(t *Topic) *follower {
	for _, one := range f.running {
		if one.source.Topic == t {
			return one
		}
	}
	return nil
}

// follow keeps the listen until ctx ends, and reports to the loop that started
// it. Close of the poller waits for it.
func (p *Poller) follow(ctx context.Context, f *follower, out chan<- listenEvent) {
	for {
		err := p.listen(ctx, f, out)
		pause := followAgain
		if refused, ok := errors.AsType[*routeros.TrapError](err); ok && refused.Missing() {
			pause = p.opts.Absence
		}
		if !tell(ctx, out, listenEvent{from: f, kind: listenEnded}) || !sleep(ctx, pause) {
			return
		}
	}
}

// listen reports until the listen ends.
func (p *Poller) listen(ctx context.Context, f *follower, out chan<- listenEvent) error {
	calls, err := p.runner.StartAll(ctx, routeros.Command{
		Words: []string{f.source.Menu.Path + "/listen"}, Class: routeros.Streaming, Limit: followLimit,
	})
	if err != nil {
		return err
	}
	call := calls[0]
	defer call.Cancel(io.EOF) // for a loop that has gone away
	tell(ctx, out, listenEvent{from: f, kind: listenBegan})
	for {
		rows, _, err := call.Next(nil)
		if err != nil {
			return err
		}
		if !tell(ctx, out, listenEvent{from: f, kind: listenRows, rows: rows}) {
			return context.Cause(ctx)
		}
	}
}

func tell(ctx context.Context, out chan<- listenEvent, e listenEvent) bool {
	select {
	case out <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// adjust starts and stops followers as the wanted variants need them.
func (l *loop) adjust(ctx context.Context) {
	running := l.follow.running[:0]
	for _, f := range l.follow.running {
		if _, _, followers := l.wantedBy(f.source.Topic); followers {
			running = append(running, f)
			continue
		}
		f.stop()
		f.source.followed = false
	}
	clear(l.follow.running[len(running):])
	l.follow.running = running
	for _, s := range l.sources {
		if _, _, followers := l.wantedBy(s.Topic); followers && l.follow.of(s.Topic) == nil {
			sub, cancel := context.WithCancel(ctx)
			f := &follower{source: s, stop: cancel}
			l.follow.running = append(l.follow.running, f)
			l.wg.Go(func() { l.Poller.follow(sub, f, l.follow.out) })
		}
	}
}

// hear takes in what a follower told. What one that was stopped had still to
// deliver is dropped.
func (l *loop) hear(e listenEvent) {
	s := e.from.source
	if l.follow.of(s.Topic) != e.from {
		return
	}
	now := time.Now()
	switch e.kind {
	case listenBegan:
		s.followed, s.now = true, false
		s.next = now.Add(l.interval(s))
		for _, v := range l.following(s.Topic) {
			if l.tracker(v.Topic).listening(s.Topic) {
				s.now = true
			}
		}
	case listenEnded:
		s.followed, s.now = false, true
	case listenRows:
		for _, v := range l.following(s.Topic) {
			if events := l.tracker(v.Topic).heard(s.Topic, e.rows, now); len(events) > 0 {
				l.update(Update{Kind: Happened, Variant: v, Events: events, At: now})
			}
		}
	}
}

// following are the wanted variants that follow a menu.
func (l *loop) following(t *Topic) []Variant {
	var list []Variant
	for _, v := range l.variants {
		if v.Topic.Follow {
			for _, part := range v.Topic.sources() {
				if part == t {
					list = append(list, v)
				}
			}
		}
	}
	return list
}
