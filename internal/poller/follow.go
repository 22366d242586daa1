package poller

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// To follow a menu means to keep a listen on it: the router reports changes as they
// happen. Some menus accept a listen and never report anything, some routers refuse
// it. So menus that are followed are still read at intervals (Topic.Recheck), and a
// menu that cannot be followed is read as often as others until the next attempt.
const (
	followStart = 2 * time.Second // time for a listen to begin before the log is read instead
	followAgain = time.Minute     // from the end of a listen to the next attempt
	followLimit = 4 << 20         // bytes of rows that may wait for the loop
)

// listenEvent goes from a follower to the loop.
type listenEvent struct {
	from *follower
	kind listenKind
	rows proto.Sentences
}

type listenKind uint8

const (
	listenBegan   listenKind = iota // the command was sent
	listenRows                      // rows came
	listenEnded                     // the listen ended
	listenRefused                   // the router has refused it
)

// follower keeps a listen on one menu, in a goroutine of the poller.
type follower struct {
	source *source
	stop   context.CancelFunc
}

// followers are those of one loop, which owns them.
type followers struct {
	out     chan listenEvent // unbuffered; further rows wait in the calls, up to followLimit
	running []*follower
}

// of returns the running follower of a topic, or nil.
func (f *followers) of(t *Topic) *follower {
	for _, one := range f.running {
		if one.source.Topic == t {
			return one
		}
	}
	return nil
}

// follow keeps a listen until ctx ends and reports to the loop that started it.
// Poller.Close waits for it.
func (p *Poller) follow(ctx context.Context, f *follower, out chan<- listenEvent) {
	for {
		err := p.listen(ctx, f, out)
		ended, pause := listenEnded, followAgain
		if refused, ok := errors.AsType[*routeros.TrapError](err); ok {
			ended = listenRefused
			if refused.Missing() {
				pause = p.opts.Absence
			}
		}
		if !report(ctx, out, listenEvent{from: f, kind: ended}) || !sleep(ctx, pause) {
			return
		}
	}
}

// listen sends one listen and reports its rows until it ends.
func (p *Poller) listen(ctx context.Context, f *follower, out chan<- listenEvent) error {
	calls, err := p.runner.StartAll(ctx, routeros.Command{
		Words: []string{f.source.Menu.Path + "/listen"}, Class: routeros.Streaming, Limit: followLimit, Patient: true,
	})
	if err != nil {
		return err
	}
	call := calls[0]
	defer call.Cancel(io.EOF)
	report(ctx, out, listenEvent{from: f, kind: listenBegan})
	for {
		rows, _, err := call.Next(nil)
		if err != nil {
			return err
		}
		if !report(ctx, out, listenEvent{from: f, kind: listenRows, rows: rows}) {
			return context.Cause(ctx)
		}
	}
}

// report reports whether the loop took the event before ctx ended.
func report(ctx context.Context, out chan<- listenEvent, e listenEvent) bool {
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

// adjustFollowers starts and stops followers as the wanted variants need them.
func (l *loop) adjustFollowers(ctx context.Context) {
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

// handle processes an event of a follower. Events of a follower that was stopped are
// dropped.
func (l *loop) handle(e listenEvent) {
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
			if l.tracker(v.Topic).onListen(s.Topic) {
				s.now = true
			}
		}
	case listenEnded:
		s.followed, s.now = false, true
	case listenRefused:
		s.followed, s.now = false, true
		for _, v := range l.following(s.Topic) {
			l.tracker(v.Topic).onRefusal(s.Topic)
		}
	case listenRows:
		for _, v := range l.following(s.Topic) {
			if events := l.tracker(v.Topic).onRows(s.Topic, e.rows, now); len(events) > 0 {
				l.update(Update{Kind: Happened, Variant: v, Events: events, At: now})
			}
		}
	}
}

// following returns the wanted variants that follow a menu.
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
