package pool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// connect is the goroutine of a link without a session: it dials until there is
// one, or until the link is closed. It ends with the link up; the end of the
// session starts it again. lost is the session that ended, nil at first.
func (l *Link) connect(lost *routeros.Session) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	l.mu.Lock()
	l.cancel = cancel
	if l.closing != nil {
		cancel(l.closing)
	}
	l.mu.Unlock()

	err := l.endSession(ctx, lost)
	for ctx.Err() == nil {
		if err != nil && !l.pause(ctx, err) {
			break
		}
		var session *routeros.Session
		if session, err = l.attempt(ctx); err != nil {
			continue
		}
		l.setUp(session)
		if l.park() {
			session.OnEnd(l.sessionEnded) // behind park: it may have ended already
			return
		}
		_ = session.Close()
	}
	l.update(func() {
		l.heartbeat.stop()
		l.session, l.status.State, l.status.Err = nil, Closed, context.Cause(ctx)
	})
	l.pool.wg.Done()
}

// endSession closes a session that has ended, or whose link is being closed, and
// returns why it ended.
func (l *Link) endSession(ctx context.Context, lost *routeros.Session) error {
	if lost == nil {
		return nil
	}
	_ = lost.Close() // waits for its goroutines
	if ctx.Err() == nil {
		l.pool.losses.Add(1)
	}
	if time.Since(l.Status().Since) > max(l.backoff, l.pool.opts.MinBackoff) {
		l.backoff = 0 // it outlived the last wait: no router that lets in and throws out
	}
	return lost.Err()
}

// attempt makes one attempt. A link that was up before lets callers in only
// after one command went through, since a router that is starting may accept
// logins before it can answer.
func (l *Link) attempt(ctx context.Context) (*routeros.Session, error) {
	session, err := l.dial(ctx)
	if err != nil {
		return nil, err
	}
	if l.Status().Logins > 0 {
		if err := l.verify(ctx, session); err != nil {
			_ = session.Close()
			return nil, err
		}
	}
	return session, nil
}

// dial waits for its turn and dials. A link that is down stays Down while it
// waits: nothing is under way that a caller could wait for.
func (l *Link) dial(ctx context.Context) (*routeros.Session, error) {
	select {
	case l.pool.dials <- struct{}{}:
		defer func() { <-l.pool.dials }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	l.update(func() { l.status.State, l.status.NextAttempt = Connecting, time.Time{} })
	return l.pool.dial(ctx, l.key)
}

// verify waits for the answer to a probe. A refusal is an answer, too.
func (l *Link) verify(ctx context.Context, session *routeros.Session) error {
	ctx, cancel := context.WithTimeoutCause(ctx, l.pool.opts.ProbeTimeout, l.noSignOfLife())
	defer cancel()
	calls, err := session.StartAll(ctx, probe)
	if err != nil {
		return err
	}
	_, err = calls[0].Wait()
	if _, refused := errors.AsType[*routeros.TrapError](err); refused {
		return nil
	}
	return err
}

func (l *Link) noSignOfLife() error {
	return fmt.Errorf("%w: no sign of life for %v", routeros.ErrTimeout, l.pool.opts.ProbeTimeout)
}

// setUp makes a session that of the link.
func (l *Link) setUp(session *routeros.Session) {
	l.update(func() {
		if l.status.Logins > 0 {
			l.pool.reconnects.Add(1)
		}
		l.status = Status{State: Up, Since: time.Now(), Logins: l.status.Logins + 1}
		l.session = session
		l.startHeartbeat()
	})
}

// park ends connect while the link is up; false where the link is being closed,
// which is then for connect to do.
func (l *Link) park() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing != nil {
		return false
	}
	l.running, l.cancel = false, nil
	return true
}

// sessionEnded is called when the session has ended.
func (l *Link) sessionEnded() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.resume()
}

// close ends the link. It does not wait: the pool does.
func (l *Link) close(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing != nil {
		return
	}
	l.closing = cause
	if l.cancel != nil {
		l.cancel(cause)
	}
	l.resume()
}

// resume starts connect where it does not run; mu is held.
func (l *Link) resume() {
	if !l.running {
		l.running = true
		go l.connect(l.session) // Pool.Close waits for the link, which connect closes
	}
}

// retryNow has the next attempt made now where the link is down: somebody has
// just asked for the connection. It returns the status that it found, and the
// failures up to it.
func (l *Link) retryNow() (Status, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.retry <- struct{}{}:
	default: // asked already, or nothing failed yet
	}
	return l.status, l.failures
}

// pause waits for the next attempt; false when the link is closed instead.
func (l *Link) pause(ctx context.Context, cause error) bool {
	state, delay := Down, rand.N(l.nextBackoff()) // full jitter
	if refused, ok := errors.AsType[*routeros.LoginError](cause); ok && !refused.Temporary() {
		state, delay = LoginFailed, l.pool.opts.LoginBackoff
	}
	if _, ok := errors.AsType[*routeros.AddressError](cause); ok {
		delay = l.pool.opts.LoginBackoff // only a person, or whoever rules the name, can change it
	}
	retry := make(chan struct{}, 1) // a new one: what was asked before this failure is done
	l.update(func() {
		l.heartbeat.stop()
		l.session, l.retry = nil, retry
		l.failures++ // together with its cause, or somebody would be told of no cause
		if l.status.Failures == 0 {
			l.status.Since = time.Now()
		}
		l.status.State, l.status.Err, l.status.NextAttempt = state, cause, time.Now().Add(delay)
		l.status.Failures++
	})
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-retry:
	case <-ctx.Done():
		return false
	}
	return true
}

// nextBackoff is the bound of the next wait.
func (l *Link) nextBackoff() time.Duration {
	l.backoff = min(max(2*l.backoff, l.pool.opts.MinBackoff), l.pool.opts.MaxBackoff)
	return l.backoff
}
