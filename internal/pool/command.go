package pool

import (
	"context"
	"errors"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// Run sends one command and waits for the answer; see [routeros.Session.Run].
// Identical reads of one owner in flight share one command and its reply, which must
// not be changed. A command that is still queued when the session ends is sent on the next
// session; without one, [routeros.SafeToRetry] is true for the error.
func (l *Link) Run(ctx context.Context, command routeros.Command) (reply *routeros.Reply, err error) {
	began := time.Now()
	if isRead(command.Words) {
		reply, err = l.reads.do(ctx, keyOf(command), func(ctx context.Context) (*routeros.Call, error) {
			return l.start(ctx, context.Background(), command)
		})
	} else {
		reply, err = l.runOne(ctx, l.change(command))
	}
	if errors.Is(err, routeros.ErrTimeout) {
		l.suspect(began)
	}
	return reply, err
}

// change marks a command that may change something: from now on, and from its end
// on, reads do not join earlier reads.
func (l *Link) change(command routeros.Command) routeros.Command {
	l.reads.close()
	command.Ended = l.reads.close
	return command
}

func (l *Link) runOne(ctx context.Context, command routeros.Command) (*routeros.Reply, error) {
	for {
		call, err := l.start(ctx, ctx, command)
		if err != nil {
			return nil, err
		}
		reply, err := call.Wait()
		if !moves(ctx, err) {
			return reply, err
		}
	}
}

// moves reports whether a command is to be sent on the next session: its session
// ended before anything was sent, and ctx has not ended.
func moves(ctx context.Context, err error) bool {
	_, unsent := errors.AsType[*routeros.NotSentError](err)
	return unsent && ctx.Err() == nil
}

// StartAll sends several commands in one write; see [routeros.Session.StartAll].
// If the session has ended already, they are sent on the next one. Commands that
// are queued when the session ends are not: their error is a
// [*routeros.NotSentError].
func (l *Link) StartAll(ctx context.Context, commands ...routeros.Command) ([]*routeros.Call, error) {
	return l.startAll(ctx, ctx, commands...)
}

func (l *Link) start(ctx, life context.Context, command routeros.Command) (*routeros.Call, error) {
	calls, err := l.startAll(ctx, life, command)
	if err != nil {
		return nil, err
	}
	return calls[0], nil
}

// startAll waits for a session until ctx ends; the commands end with life.
func (l *Link) startAll(ctx, life context.Context, commands ...routeros.Command) ([]*routeros.Call, error) {
	for {
		session, err := l.Session(ctx)
		if err != nil {
			return nil, err
		}
		if err := l.pool.opts.Permit(); err != nil {
			return nil, &DownError{Cause: err}
		}
		calls, err := session.StartAll(life, commands...)
		l.attend() // after the start, or a beat in between would not know of it
		if err == nil || session.Err() == nil {
			return calls, err
		}
		if err := l.awaitLoss(ctx, session); err != nil {
			return nil, err
		}
	}
}

// awaitLoss waits until the link has noticed that its session has ended.
func (l *Link) awaitLoss(ctx context.Context, dead *routeros.Session) error {
	for {
		_, session, _, changed := l.observe()
		if session != dead {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return &DownError{Cause: dead.Err(), GaveUp: context.Cause(ctx)}
		}
	}
}
