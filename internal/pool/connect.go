package pool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// connect is the goroutine of a link without a session: it dials until there is
// one, or until the link is closed. It returns when the link is up; the end of the
// session starts it again. lost is the session that ended, nil at the beginning.
func (l *Link) connect(lost *routeros.Session) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	l.mu.Lock()
	l.cancel = cancel
	if l.closing != nil {
		cancel(l.closing)
	}
	l.mu.Unlock()

	if lost == nil && l.delay > 0 {
		l.sleep(ctx, l.delay, l.retry) // not replaced before the first failure
	}
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
			session.OnEnd(l.sessionEnded) // after park, since it may have ended already
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
// returns the cause of its end.
func (l *Link) endSession(ctx context.Context, lost *routeros.Session) error {
	if lost == nil {
		return nil
	}
	_ = lost.Close() // waits for its goroutines
	if ctx.Err() == nil {
		l.pool.losses.Add(1)
	}
	if time.Since(l.Status().Since) > max(l.backoff, l.pool.opts.MinBackoff) {
		l.backoff = 0 // unless the router accepts logins and then closes the session
	}
	return lost.Err()
}

// attempt dials and logs in. A link that was up before also waits for the answer to
// one command, since a router that is booting may accept logins before it answers
// commands.
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

// dial waits for one of the Options.MaxDials places, and dials.
// While it waits, a link that is down stays Down: there is no attempt that a caller
// could wait for.
func (l *Link) dial(ctx context.Context) (*routeros.Session, error) {
	release, err := l.pool.dials.take(ctx, l.owner(), l.Status().Logins > 0)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := l.pool.opts.Permit(); err != nil {
		return nil, err
	}
	l.update(func() { l.status.State, l.status.NextAttempt = Connecting, time.Time{} })
	key := l.key
	key.loginUTF8 = l.utf8
	session, err := l.pool.dial(ctx, key)
	if err == nil {
		l.utf8 = session.LoginPage() == charset.UTF8()
	}
	return session, err
}

// verify sends a probe and waits for the answer. A refusal is an answer as well.
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

// setUp makes session the current one.
func (l *Link) setUp(session *routeros.Session) {
	l.refusals = 0
	l.update(func() {
		if l.status.Logins > 0 {
			l.pool.reconnects.Add(1)
		}
		l.status = Status{State: Up, Since: time.Now(), Logins: l.status.Logins + 1}
		l.session = session
		l.startHeartbeat()
	})
}

// park marks connect as ended. It reports false if the link is being closed, which
// connect must do then.
func (l *Link) park() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing != nil {
		return false
	}
	l.running, l.cancel = false, nil
	return true
}

// sessionEnded is called when the current session has ended.
func (l *Link) sessionEnded() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.resume()
}

// close begins to close the link; connect does it. Pool.Close waits for that.
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

// resume starts connect if it does not run; mu is held.
func (l *Link) resume() {
	if !l.running {
		l.running = true
		go l.connect(l.session) // Pool.wg waits for the link to be Closed by it
	}
}

// present returns the status and the number of failures. With retry, the next attempt of
// a link that is down, or not yet begun, starts now, after that.
func (l *Link) present(retry bool) (Status, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if retry {
		select {
		case l.retry <- struct{}{}:
		default: // requested already, or nothing failed yet
		}
	}
	return l.status, l.failures
}

// pause waits for the next attempt. It reports false if the link is closed instead.
func (l *Link) pause(ctx context.Context, cause error) bool {
	state, delay, cause := l.plan(cause)
	retry := make(chan struct{}, 1) // a new one: requests before this failure have had their attempt
	l.update(func() {
		l.heartbeat.stop()
		l.session, l.retry = nil, retry
		l.failures++ // together with Err, which wait returns for it
		if l.status.Failures == 0 {
			l.status.Since = time.Now()
		}
		l.status.State, l.status.Err, l.status.NextAttempt = state, cause, time.Now().Add(delay)
		l.status.Failures++
	})
	return l.sleep(ctx, delay, retry)
}

// sleep waits for the time of an attempt, or until retry asks for it. It reports false if
// the link is closed instead.
func (l *Link) sleep(ctx context.Context, delay time.Duration, retry <-chan struct{}) bool {
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

// loginTries is how many refused logins in a row a link bears after a session, before
// it takes the password for wrong.
const loginTries = 3

// plan returns what follows a failure: the state of the link, the wait, and the
// cause to report.
func (l *Link) plan(cause error) (State, time.Duration, error) {
	bound := l.nextBackoff()
	delay := rand.N(bound) // full jitter
	if _, ok := errors.AsType[*routeros.AddressError](cause); ok {
		return Down, l.pool.opts.LoginBackoff, cause // until a person changes the configuration or the DNS
	}
	refused, ok := errors.AsType[*routeros.LoginError](cause)
	if !ok || refused.Temporary() {
		return Down, delay, cause
	}
	if l.refusals++; l.Status().Logins == 0 || l.refusals > loginTries {
		return LoginFailed, l.pool.opts.LoginBackoff, cause
	}
	// The router may have to finish booting: half of the wait is certain, so that the
	// tries do not fall together.
	return Down, bound/2 + rand.N(bound/2+1), &routeros.LoginError{User: refused.User, Reason: refused.Reason, Retried: true}
}

// nextBackoff returns the maximum of the next wait.
func (l *Link) nextBackoff() time.Duration {
	l.backoff = min(max(2*l.backoff, l.pool.opts.MinBackoff), l.pool.opts.MaxBackoff)
	return l.backoff
}
