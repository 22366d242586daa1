package poller

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// question is a command of a poll that reads a menu, or a part of it.
type question struct {
	*source
	part  part
	call  *routeros.Call
	sent  int // bytes
	reply *routeros.Reply
	err   error
}

// send starts the listens and the commands in one write. Without room for the listens it
// does without them for a while.
func (l *loop) send(ctx context.Context, now time.Time, begin []*source, questions []question) error {
	var commands []routeros.Command
	for _, s := range begin {
		commands = append(commands, l.listenCommand(s))
	}
	for i := range questions {
		command := questions[i].command(questions[i].part)
		questions[i].sent = sentBytes(command.Words)
		commands = append(commands, command)
	}
	if len(commands) == 0 {
		return nil
	}
	calls, err := l.runner.StartAll(ctx, commands...)
	if errors.Is(err, routeros.ErrBusy) && len(begin) > 0 {
		for _, s := range begin {
			s.again = now.Add(followAgain)
		}
		begin = nil
		if commands = commands[len(commands)-len(questions):]; len(commands) == 0 {
			return nil
		}
		calls, err = l.runner.StartAll(ctx, commands...)
	}
	if err != nil {
		for _, s := range begin {
			s.again = now.Add(followAgain) // unless there is a login before
		}
		return err
	}
	for i, s := range begin {
		l.listenBegan(s, calls[i], now)
	}
	for i := range questions {
		questions[i].call = calls[len(begin)+i]
	}
	return nil
}

// wait waits for the answers and takes them, after what the listens reported meanwhile.
func (l *loop) wait(questions []question, began time.Time) error {
	if len(questions) == 0 {
		return nil
	}
	mute := true
	// The last one first: it is mostly the last to finish, so there is one wait
	// instead of one for each.
	for i := range slices.Backward(questions) {
		q := &questions[i]
		q.reply, q.err = q.call.Wait()
		_, refused := errors.AsType[*routeros.TrapError](q.err)
		mute = mute && q.err != nil && !refused
	}
	l.takeListens(time.Now())
	for i := range questions {
		l.settle(&questions[i], began.Add(l.opts.Absence))
		questions[i].reply.Release() // the rest is the poller's own
	}
	if !mute {
		l.answered = time.Now()
		return nil
	}
	err := questions[0].err
	if errors.Is(err, routeros.ErrTimeout) {
		l.runner.FailIfSilent(began, err)
	}
	return err
}

// settle takes one answer.
func (l *loop) settle(q *question, absent time.Time) {
	s := q.source
	if q.reply != nil {
		l.spend(s, receivedBytes(q.reply.Rows, q.reply.Done), q.sent)
	}
	s.take(q.part, q.reply, q.err, absent)
	slack := l.pace.tick() / 4 // a tick is never exactly on time
	switch {
	case q.part == wholeMenu && q.err == nil && s.split():
		s.takeWhole(slack, l.counterRate(s))
	case q.part == wholeMenu:
	case q.err == nil && s.Counts != nil:
		ret, _ := q.reply.Ret()
		s.reading.Len = q.reply.Len // if the router sends the rows nevertheless
		if n := number(string(ret)); n != nil {
			s.reading.Len = int(*n) //nolint:gosec // a number of rows
		}
	case q.err == nil && s.table == nil: // the listen has ended meanwhile
	case q.err == nil && q.part == countersOnly:
		s.takeCounters(q.reply.Rows, slack, l.counterRate(s))
	case q.err == nil:
		ret, _ := q.reply.Ret()
		s.takeNumber(ret)
	}
	if q.part == countersOnly {
		giveBack(s.buffer, q.reply.Rows)
		s.buffer = nil
	}
}

// present completes the reading of a source: the rows of a menu that is read in parts are
// those of its table.
func (l *loop) present(s *source) {
	r := &s.reading
	r.early = s.early
	switch {
	case r.Err != nil:
		return
	case s.Counts != nil:
		if n, known := l.counted(s); known {
			r.Len = n
		}
		return
	case !s.split() || !s.read:
		r.unknown = r.Rows == nil && s.asked != wholeMenu
		return
	}
	r.same, s.fresh = !s.fresh, false
	r.Len = len(s.table.rows)
	if r.same && !l.wantsTicks(s) && s.note == nil {
		return
	}
	now := time.Now()
	r.Answered = now
	if s.Rates {
		r.Answered = s.counted
	}
	s.sent = now
	size := s.table.size()
	if s.keep && !s.Rates {
		r.Rows = s.table.appendTo(make(proto.Sentences, 0, size), now)
		return
	}
	s.buffer = borrow(size)
	r.Rows = s.table.appendTo(*s.buffer, now)
}
