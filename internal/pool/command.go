package pool

import (
	"context"
	"errors"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// Run sends one command and waits for the answer; see [routeros.Session.Run].
// Identical reads that are under way at the same time share one command and
// its reply, which nobody may change.
func (l *Link) Run(ctx context.Context, words ...string) (reply *routeros.Reply, err error) {
	began := time.Now()
	if isRead(words) {
		reply, err = l.reads.do(ctx, words, asking{
			start: func(ctx context.Context) *routeros.Call { return l.startNow(ctx, words) },
			run:   func(ctx context.Context) (*routeros.Reply, error) { return l.runOne(ctx, words) },
			spawn: l.spawn,
		})
	} else {
		l.reads.close()
		defer l.reads.close()
		reply, err = l.runOne(ctx, words)
	}
	if errors.Is(err, routeros.ErrTimeout) {
		l.suspect(began)
	}
	return reply, err
}

// spawn runs f in a goroutine that Pool.Close waits for. After that, f runs all
// the same, and finds the pool closed.
func (l *Link) spawn(f func()) {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	if l.pool.closed {
		go f()
		return
	}
	l.pool.wg.Go(f)
}

func (l *Link) runOne(ctx context.Context, words []string) (*routeros.Reply, error) {
	calls, err := l.StartAll(ctx, routeros.Command{Words: words})
	if err != nil {
		return nil, err
	}
	return calls[0].Wait()
}

// startNow sends one command if the link is up; nil where it is not, or the
// command was not taken, which whoever asks again is told the reason of.
func (l *Link) startNow(ctx context.Context, words []string) *routeros.Call {
	l.mu.Lock()
	session := l.session
	l.mu.Unlock()
	if session == nil {
		return nil
	}
	calls, err := session.StartAll(ctx, routeros.Command{Words: words})
	if err != nil {
		return nil
	}
	return calls[0]
}

// suspect asks for a sign of life if nothing was heard since then.
func (l *Link) suspect(since time.Time) {
	l.mu.Lock()
	session := l.session
	l.mu.Unlock()
	if session == nil || session.LastHeard().After(since) {
		return
	}
	select {
	case l.doubt <- struct{}{}:
	default: // asked already
	}
}

// Stream sends one command whose rows are taken as they come. No more than
// limit bytes of rows may be unread.
func (l *Link) Stream(ctx context.Context, limit int, words ...string) (*routeros.Call, error) {
	calls, err := l.StartAll(ctx, routeros.Command{Words: words, Class: routeros.Standing, Limit: limit})
	if err != nil {
		return nil, err
	}
	return calls[0], nil
}

// StartAll sends several commands in one write; see [routeros.Session.StartAll].
// Where the session turns out to be dead before anything was sent, the commands
// go to the next one: that is safe even for those that change something.
func (l *Link) StartAll(ctx context.Context, commands ...routeros.Command) ([]*routeros.Call, error) {
	for {
		session, err := l.Session(ctx)
		if err != nil {
			return nil, err
		}
		calls, err := session.StartAll(ctx, commands...)
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
		l.mu.Lock()
		session, changed := l.session, l.changed
		l.mu.Unlock()
		if session != dead {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return gaveUp(ctx, dead.Err())
		}
	}
}
