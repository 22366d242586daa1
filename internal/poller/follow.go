package poller

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Following a menu means a standing listen: the router says what changes as it
// changes. Some menus accept it and never speak, some routers refuse it; so what
// is followed is still read every followedLeast, and where following fails the
// readings alone have to do until it is tried again.
const (
	followedLeast = 30 * time.Second
	followStart   = 2 * time.Second // what a listen gets to begin before a log is read instead
	followAgain   = time.Minute
	followLimit   = 4 << 20 // bytes of rows that may wait for the loop
)

// heard is what a follower tells the loop.
type heard struct {
	topic int
	state hearing
	rows  proto.Sentences
}

type hearing uint8

const (
	began hearing = iota // the router is listening from here on
	spoke                // it said something
	ended                // it has stopped, or refused
)

// follow keeps a listen on the menu of a topic until ctx ends, and reports to
// the loop that started it. Close of the poller waits for it.
func (p *Poller) follow(ctx context.Context, topic int, t *topic, out chan<- heard) {
	for {
		err := p.listen(ctx, topic, t, out)
		pause := followAgain
		if refused, ok := errors.AsType[*routeros.TrapError](err); ok && refused.Missing() {
			pause = p.opts.Absence
		}
		if !tell(ctx, out, heard{topic: topic, state: ended}) || !sleep(ctx, pause) {
			return
		}
	}
}

// listen reports until the listen ends.
func (p *Poller) listen(ctx context.Context, topic int, t *topic, out chan<- heard) error {
	calls, err := p.runner.StartAll(ctx, routeros.Command{
		Words: []string{t.Menu.Path + "/listen"}, Class: routeros.Streaming, Limit: followLimit,
	})
	if err != nil {
		return err
	}
	call := calls[0]
	defer call.Cancel(io.EOF) // for a loop that has gone away
	tell(ctx, out, heard{topic: topic, state: began})
	for {
		rows, _, err := call.Next(nil)
		if err != nil {
			return err
		}
		if !tell(ctx, out, heard{topic: topic, state: spoke, rows: rows}) {
			return context.Cause(ctx)
		}
	}
}

func tell(ctx context.Context, out chan<- heard, h heard) bool {
	select {
	case out <- h:
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

// followers are the follows of one loop, which owns them.
type followers struct {
	out  chan heard // one waits for the loop at the most; the rest waits in the calls, within their limit
	stop map[int]context.CancelFunc
}

// adjust starts and stops followers as the forms need them.
func (p *Poller) adjust(ctx context.Context, s *state, f *followers, forms []Form) {
	var wanted [maxTopics]bool
	for _, form := range forms {
		for _, i := range form.follows() {
			wanted[i] = true
		}
	}
	for i, t := range s.topics {
		stop := f.stop[i]
		switch {
		case wanted[i] && stop == nil:
			sub, cancel := context.WithCancel(ctx)
			f.stop[i] = cancel
			p.wg.Go(func() { p.follow(sub, i, t, f.out) })
		case !wanted[i] && stop != nil:
			stop()
			delete(f.stop, i)
			t.followed = false
		}
	}
}

// hear takes in what a follower told.
func (p *Poller) hear(s *state, forms []Form, h heard) {
	t := s.topics[h.topic]
	switch h.state {
	case began:
		t.followed = true
		if t.Name == Log {
			t.next = time.Now().Add(farAway) // a buffer of a thousand lines is not read to make sure
		} else {
			t.now = true // who came between the last reading and now is found by another one
		}
		return
	case ended:
		t.followed, t.now = false, true
		return
	}
	now := time.Now()
	for _, form := range forms {
		var bodies [][]byte
		switch {
		case form.Topic == Log && t.Name == Log:
			bodies = s.logLines().heard(h.rows, now)
		case form.Topic == Sessions && t.Name != Log:
			bodies = s.sessionEvents().heard(t.Name, h.rows, now)
		}
		for _, body := range bodies {
			p.publish(line(form, body))
		}
	}
}
