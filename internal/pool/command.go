package pool

import (
	"context"
	"errors"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// Run sends one command and waits for the answer; see [routeros.Session.Run].
// Identical reads that are under way at the same time share one command and
// its reply, which nobody may change. A command that waits for its turn when the
// session ends goes to the next session; where there is none, the error says so
// by [routeros.SafeToRetry].
func (l *Link) Run(ctx context.Context, words ...string) (reply *routeros.Reply, err error) {
	began := time.Now()
	if isRead(words) {
		reply, err = l.reads.do(ctx, words, func(ctx context.Context) (*routeros.Call, error) {
			return l.start(ctx, context.Background(), routeros.Command{Words: words})
		})
	} else {
		reply, err = l.runOne(ctx, l.change(routeros.Command{Words: words}))
	}
	if errors.Is(err, routeros.ErrTimeout) {
		l.suspect(began)
	}
	return reply, err
}

// change lets no read of before share its answer with those who come after the
// command was sent, or after its end.
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

// moves reports whether a command is to go to the next session: its own one has
// ended before anything was sent, and ctx has not.
func moves(ctx context.Context, err error) bool {
	_, unsent := errors.AsType[*routeros.NotSentError](err)
	return unsent && ctx.Err() == nil
}

// StartAll sends several commands in one write; see [routeros.Session.StartAll].
// Where the session turns out to be dead before anything was sent, the commands
// go to the next one: that is safe even for those that change something.
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

// startAll waits for the session no longer than ctx; the commands end with life.
func (l *Link) startAll(ctx, life context.Context, commands ...routeros.Command) ([]*routeros.Call, error) {
	for {
		session, err := l.Session(ctx)
		if err != nil {
			return nil, err
		}
		calls, err := session.StartAll(life, commands...)
		if err == nil || session.Err() == nil {
			return calls, err
		}
		if err := l.leave(ctx, session); err != nil {
			return nil, err
		}
	}
}

// leave waits until the link has noticed that its session is dead.
func (l *Link) leave(ctx context.Context, dead *routeros.Session) error {
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
