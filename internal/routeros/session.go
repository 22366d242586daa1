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
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Options of a session. Zero fields mean the defaults.
type Options struct {
	DialTimeout  time.Duration // TCP connect; 5 s
	LoginTimeout time.Duration // from connected to logged in; 10 s, RADIUS logins take seconds
	WriteTimeout time.Duration // one write to the socket; 10 s
	ReplyLimit   int           // bytes of unread rows of one call; 64 MiB
	MaxInFlight  int           // commands in flight without streams, cancelled ones until their !done; 4
	MaxStreams   int           // streaming commands in flight; 8
	MaxQueue     int           // commands that are queued; 256
	Limits       proto.Limits  // of a single sentence
	Page         charset.Page  // for text that is not UTF-8
	// Admit is called with every address before it is dialed, after name resolution;
	// an error refuses the address. Nil admits all.
	Admit func(host string, addr netip.Addr) error
	// Observer counts commands and bytes; may be nil.
	Observer Observer
}

func (o Options) withDefaults() Options {
	o.DialTimeout = cmp.Or(o.DialTimeout, 5*time.Second)
	o.LoginTimeout = cmp.Or(o.LoginTimeout, 10*time.Second)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 10*time.Second)
	o.ReplyLimit = cmp.Or(o.ReplyLimit, 64<<20)
	o.MaxInFlight = cmp.Or(o.MaxInFlight, 4)
	o.MaxStreams = cmp.Or(o.MaxStreams, 8)
	o.MaxQueue = cmp.Or(o.MaxQueue, 256)
	if o.Observer == nil {
		o.Observer = nopObserver{}
	}
	return o
}

// keepAlive is the interval of TCP keep-alives: they keep NAT entries alive and
// notice a dead peer while the session is idle. The API has no ping.
const keepAlive = 30 * time.Second

// Session is one logged-in connection.
type Session struct {
	// Static after construction.
	conn         net.Conn
	raw          syscall.RawConn // of conn, to write without blocking; nil if conn is no plain TCP connection
	fingerprint  string          // of the router's certificate
	writeTimeout time.Duration
	replyLimit   int // bytes of unread rows of a call that has no limit of its own
	page         charset.Page
	observer     Observer

	wg sync.WaitGroup // reader and writer; Add only under mu and while err is nil

	mu        sync.Mutex
	scheduler scheduler        // which calls are sent, which wait; guarded by mu
	calls     map[uint64]*Call // by tag, until the router's !done; guarded by mu
	lastTag   uint64           // guarded by mu
	heard     time.Time        // when the router last sent a whole sentence; guarded by mu
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
	d := net.Dialer{Timeout: opts.DialTimeout, KeepAlive: keepAlive, ControlContext: admission(host, opts.Admit)}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if refused, ok := errors.AsType[*AddressError](err); ok {
		return nil, refused
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

// Fingerprint is the SHA-256 of the router's certificate in hexadecimal digits,
// empty on a connection without TLS.
func (s *Session) Fingerprint() string { return s.fingerprint }

// New logs in on conn. It takes ownership of conn, also if it fails. The context
// bounds the login only.
func New(ctx context.Context, conn net.Conn, cred Credentials, opts Options) (*Session, error) {
	opts = opts.withDefaults()
	r := proto.NewReader(observed{conn, opts.Observer}, opts.Limits)
	if err := login(ctx, conn, r, cred, opts); err != nil {
		_ = conn.Close()
		return nil, err
	}
	s := &Session{
		conn: conn, raw: rawConn(conn),
		writeTimeout: opts.WriteTimeout, replyLimit: opts.ReplyLimit, page: opts.Page, observer: opts.Observer,
		scheduler: scheduler{maxInFlight: opts.MaxInFlight, maxStreams: opts.MaxStreams, maxQueue: opts.MaxQueue},
		calls:     make(map[uint64]*Call),
		heard:     time.Now(),
	}
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

// read is the reader goroutine. It takes the lock once for all sentences that
// one read from the socket has completed.
func (s *Session) read(r *proto.Reader) error {
	for {
		idle, err := s.dispatchAll(r)
		if err != nil {
			return err
		}
		if idle {
			r.Release()
		}
		if err := r.Fill(); err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("the router closed the connection")
			} else if errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.New("the router closed the connection inside a reply")
			}
			return &LinkError{Step: "read", Err: err}
		}
	}
}

// dispatchAll dispatches all sentences that have arrived whole. It reports whether
// no answer is expected now, streams aside.
func (s *Session) dispatchAll(r *proto.Reader) (idle bool, err error) {
	s.mu.Lock()
	defer s.unlock()
	if s.err != nil {
		return false, s.err
	}
	for n := 0; ; n++ {
		sentence, err := r.Take()
		if err != nil {
			return false, &LinkError{Step: "read", Err: err}
		}
		if sentence == nil {
			if n > 0 {
				s.heard = time.Now()
			}
			return s.scheduler.inFlight == 0, nil
		}
		if err := s.dispatch(sentence); err != nil {
			return false, err
		}
	}
}

// dispatch gives one sentence to its call; mu is held. Sentences without a call
// are ignored: they answer a /cancel, or a call that was reaped. So are unknown
// reply words: !empty, new in RouterOS 7.18, says no more than the !done after it.
func (s *Session) dispatch(sentence proto.Sentence) error {
	name := sentence.Name()
	if string(name) == "!fatal" {
		return fatalOf(sentence, s.page)
	}
	tag, ok := parseTag(sentence.Tag())
	if !ok {
		return nil
	}
	c := s.calls[tag]
	if c == nil {
		return nil
	}
	switch string(name) {
	case "!re":
		c.addRow(sentence)
	case "!trap":
		c.addTrap(trapOf(sentence, s.page))
	case "!done":
		c.finishDone(sentence)
		s.release(c)
	}
	return nil
}

// release removes a call that was sent from the table and sends what may be sent
// in its place; mu is held and err is nil.
func (s *Session) release(c *Call) {
	delete(s.calls, c.tag)
	c.settle()
	s.scheduler.release(c.class)
	s.sendWaiting()
}

func parseTag(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// sendWaiting sends all calls that may be sent now; mu is held and err is nil.
func (s *Session) sendWaiting() {
	for c := s.scheduler.next(); c != nil; c = s.scheduler.next() {
		c.begins = s.queued
		out := s.buffer()
		for _, w := range c.words {
			out = proto.AppendWord(out, w)
		}
		s.send(append(appendTag(out, ".tag=", c.tag), 0))
		c.words = nil
		c.sent, c.sentAt = true, time.Now()
	}
}

func appendTag(dst []byte, prefix string, tag uint64) []byte {
	var word [32]byte
	w := append(word[:0], prefix...)
	return proto.AppendWord(dst, strconv.AppendUint(w, tag, 10))
}
