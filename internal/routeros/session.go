// Package routeros is the client side of the RouterOS API: one logged-in
// connection on which many commands run at the same time.
//
// # Concurrency properties
//
// A [Session] is one TCP connection and is not redialed; internal/pool dials a new
// one. All methods may be called from any goroutine. Every command has a tag of
// its own, so commands do not wait for one another. A context that ends ends its
// own call only: /cancel goes to the router, rows that still arrive are dropped,
// and the tag is never used again.
//
// The one reader goroutine never waits for a consumer. Rows are collected in the
// call up to a limit; a call that exceeds it ends with [ErrReplyTooLarge], others
// go on. The caller writes to the socket itself as far as that does not block; a
// writer goroutine exists only while it would. An idle session costs one goroutine
// and one small buffer. When the session ends, every call gets the first cause,
// wrapped in a [NotSentError] if nothing of the call was sent.
package routeros

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Session is one logged-in connection.
type Session struct {
	// Static after construction.
	conn         net.Conn
	raw          syscall.RawConn // of conn, to write without blocking; nil if conn is no plain TCP connection
	fingerprint  string          // of the router's certificate
	writeTimeout time.Duration
	replyLimit   int // bytes of unread rows of a call that has no limit of its own
	page         charset.Page
	loginPage    charset.Page // see LoginPage
	observer     Observer
	budget       Budget

	wg sync.WaitGroup // reader and writer; Add only under mu and while err is nil

	mu        sync.Mutex
	scheduler scheduler        // which calls are sent, which wait; guarded by mu
	calls     map[uint64]*Call // by tag, until the router's !done; guarded by mu
	lastTag   uint64           // guarded by mu
	heard     time.Time        // when the router last sent a whole sentence; guarded by mu
	received  time.Time        // when it last sent a byte; guarded by mu
	out       []byte           // to be written; guarded by mu
	queued    int64            // bytes ever added to out; guarded by mu
	handed    int64            // bytes of those that may have been written; guarded by mu
	writing   bool             // a writer is active, or will be once mu is free; guarded by mu
	pending   bool             // the writer is whoever calls unlock; guarded by mu
	err       error            // first cause of the end; guarded by mu
	done      chan struct{}    // closed at the end; nil until Done is called; guarded by mu
	onEnd     func()           // called at the end; may be nil; guarded by mu
}

// Dial connects to addr (host:port), logs in and returns the session. Errors
// are [*LinkError] with the step "dial", "tls" or "login", [*AddressError],
// [*CertificateError] or [*LoginError].
func Dial(ctx context.Context, addr string, secure TLS, cred Credentials, opts Options) (*Session, error) {
	opts = opts.withDefaults()
	host, _, _ := net.SplitHostPort(addr)
	conn, err := Connect(ctx, addr, opts)
	if _, refused := errors.AsType[*AddressError](err); refused {
		return nil, err
	}
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, &LinkError{Step: "dial", Err: err}
	}
	if secure.Mode == Plain {
		return New(ctx, conn, cred, opts)
	}
	over, fingerprint, err := secure.client(ctx, conn, host, opts.LoginTimeout)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	s, err := New(ctx, over, cred, opts)
	if err != nil {
		return nil, err
	}
	s.fingerprint = fingerprint
	return s, nil
}

// Connect opens a connection to addr (host:port) and sends nothing. The error is an
// [*AddressError], or that of the network.
func Connect(ctx context.Context, addr string, opts Options) (net.Conn, error) {
	opts = opts.withDefaults()
	host, _, _ := net.SplitHostPort(addr)
	d := net.Dialer{Timeout: opts.DialTimeout, KeepAlive: keepAlive, ControlContext: admission(host, opts.Admit)}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if refused, ok := errors.AsType[*AddressError](err); ok {
		return nil, refused
	}
	return conn, err
}

// Fingerprint is the SHA-256 of the router's certificate in hexadecimal digits,
// empty on a connection without TLS.
func (s *Session) Fingerprint() string { return s.fingerprint }

// LoginPage is the code page in which the router took user and password: one of
// Credentials.Pages, or UTF-8.
func (s *Session) LoginPage() charset.Page { return s.loginPage }

// New logs in on conn. It takes ownership of conn, also if it fails. The context
// bounds the login only.
func New(ctx context.Context, conn net.Conn, cred Credentials, opts Options) (*Session, error) {
	opts = opts.withDefaults()
	r := proto.NewReader(observed{conn, opts.Observer}, opts.Limits)
	loginPage, err := login(ctx, conn, r, cred, opts)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	s := &Session{
		conn: conn, raw: rawConn(conn), loginPage: loginPage,
		writeTimeout: opts.WriteTimeout, replyLimit: opts.ReplyLimit, page: opts.Page, observer: opts.Observer, budget: opts.Budget,
		scheduler: scheduler{maxInFlight: opts.MaxInFlight, maxStreams: opts.MaxStreams, maxQueue: opts.MaxQueue},
		calls:     make(map[uint64]*Call),
		heard:     time.Now(),
	}
	s.received = s.heard
	s.wg.Go(func() { s.fail(s.read(r)) })
	return s, nil
}

// Done is closed when the session has ended.
func (s *Session) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		s.done = make(chan struct{})
		if s.err != nil {
			close(s.done)
		}
	}
	return s.done
}

// OnEnd registers f to be called when the session ends; if it has ended, f is
// called at once. f runs in the goroutine that ends the session and must not
// block. A later call of OnEnd replaces f.
func (s *Session) OnEnd(f func()) {
	s.mu.Lock()
	over := s.err != nil
	s.onEnd = f
	s.mu.Unlock()
	if over {
		f()
	}
}

// Err returns the first cause of the end, nil while the session is open.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close ends the session and waits for its goroutines. Calls in flight get
// [ErrClosed]. The router notices the closed connection; a /quit is not needed.
func (s *Session) Close() error {
	s.fail(ErrClosed)
	s.wg.Wait()
	return nil
}

// Fail ends the session with a cause, for example when the router no longer
// answers. Unlike Close it does not wait.
func (s *Session) Fail(cause error) { s.fail(cause) }

// LastHeard returns when the router last sent a whole sentence, with the monotonic
// clock reading. Bytes that never complete a sentence do not count.
func (s *Session) LastHeard() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard
}

// Quiet returns since when the router has sent no byte while a command waited for
// it, and false where none waits. Probes do not count, nor commands that are Patient
// or were cancelled.
func (s *Session) Quiet() (since time.Time, waiting bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if c.class != Probe && !c.patient && !c.finished && (!waiting || c.begun.Before(since)) {
			since, waiting = c.begun, true
		}
	}
	if waiting && s.received.After(since) {
		since = s.received
	}
	return since, waiting
}

// LastByte returns when the router last sent anything.
func (s *Session) LastByte() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received
}

// Load returns how many commands the session has, and may have.
func (s *Session) Load() Load {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scheduler.load()
}

// fail ends the session: the first cause stays, every call gets it, within a
// [*NotSentError] where the router has seen nothing of the call.
func (s *Session) fail(cause error) {
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return
	}
	s.err = cause
	for _, c := range s.calls {
		if c.unsent() {
			c.finish(&NotSentError{cause})
		} else {
			c.finish(cause)
		}
		c.settle()
	}
	clear(s.calls)
	s.scheduler.clear()
	s.out = nil
	if s.done != nil {
		close(s.done)
	}
	onEnd := s.onEnd
	s.mu.Unlock()
	_ = s.conn.Close()
	if onEnd != nil {
		onEnd()
	}
}
