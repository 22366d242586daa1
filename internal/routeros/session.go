// Package routeros is the client side of the RouterOS API: one logged-in
// connection on which many commands run at the same time.
//
// # Concurrency properties
//
// A [Session] is one TCP connection and never comes back to life; who wants a
// new one dials again (internal/pool does). All methods may be called from any
// goroutine. Commands carry a tag each and do not wait for one another. A
// context that ends takes down its own call only: /cancel goes to the router,
// rows still under way are dropped, and the tag is not used again before the
// router's last word on it.
//
// The one reader goroutine never waits for a consumer. Rows gather in the call
// up to a limit; a call that exceeds it ends with [ErrReplyTooLarge] while the
// others go on. Writing is done by a goroutine that lives only while there is
// something to write, so an idle session costs one goroutine and one small
// buffer. When the session ends, every waiting call gets the first cause.
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
	MaxInFlight  int           // commands at the router at the same time, cancelled ones until its last word; 4
	MaxStreams   int           // standing streams beside them; 8
	MaxQueue     int           // commands that wait for their turn; 256
	Limits       proto.Limits  // of a single sentence
	Page         charset.Page  // for text that is not UTF-8
	// Admit is asked with every address before it is dialed, that of a name as it
	// was resolved for this attempt; an error refuses it. Nil admits all.
	Admit func(host string, addr netip.Addr) error
	// Observer counts commands and bytes; nil for nobody.
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

// keepAlive keeps NAT entries on the way alive and notices a peer that is gone
// while nothing is asked; the API itself has no ping.
const keepAlive = 30 * time.Second

// Session is one logged-in connection.
type Session struct {
	// Static after construction.
	conn         net.Conn
	raw          syscall.RawConn // of conn, to write without waiting; nil where that is not to be had
	fingerprint  string          // of the router's certificate
	writeTimeout time.Duration
	replyLimit   int // bytes of unread rows of a call that has no limit of its own
	page         charset.Page
	observer     Observer

	wg sync.WaitGroup // reader and writer; Add only under mu and while err is nil

	mu        sync.Mutex
	scheduler scheduler        // which calls are sent, which wait; guarded by mu
	calls     map[uint64]*Call // by tag, until the router's last word; guarded by mu
	lastTag   uint64           // guarded by mu
	heard     time.Time        // when the router last sent a whole sentence; guarded by mu
	out       []byte           // accepted, not yet given to the connection; guarded by mu
	queued    int64            // bytes that out was ever given; guarded by mu
	handed    int64            // those of them that the connection may have taken; guarded by mu
	writing   bool             // somebody writes, or will once mu is free; guarded by mu
	pending   bool             // and that is who calls unlock; guarded by mu
	err       error            // first cause of the end; guarded by mu
	done      chan struct{}    // closed with the end; made when somebody asks for it; guarded by mu
	onEnd     func()           // called at the end; guarded by mu
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

// New logs in on conn, which the session owns from here on, also where New
// fails. The context bounds the login only.
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

// OnEnd has f called once the session has ended, at once where it has. It is
// called by whoever ends the session and must not block. There is one such
// function; a second call of OnEnd replaces it.
func (s *Session) OnEnd(f func()) {
	s.mu.Lock()
	over := s.err != nil
	s.onEnd = f
	s.mu.Unlock()
	if over {
		f()
	}
}

// Err is the first cause of the end, nil while the session lives.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close ends the session and waits for its goroutines. Calls in flight get
// [ErrClosed]. The router notices the closed connection; it needs no /quit.
func (s *Session) Close() error {
	s.fail(ErrClosed)
	s.wg.Wait()
	return nil
}

// Fail ends the session with a cause, as for a router that has gone silent.
// Unlike Close it does not wait.
func (s *Session) Fail(cause error) { s.fail(cause) }

// LastHeard is when the router last sent a whole sentence. Bytes that never
// become one are no sign of life.
func (s *Session) LastHeard() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard
}

// Load is how much is under way on the session.
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

// dispatchAll hands on all sentences that have arrived whole. It reports whether
// the router has answered everything but streams.
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

// dispatch hands one sentence to its call; mu is held. Sentences without a
// call are answers to /cancel or late words on something already given up, and
// reply words that are not known (such as !empty, new in 7.18) say nothing
// that the closing !done does not: both are passed over.
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

// release takes a call that was sent out of the table and gives its place to the
// next; mu is held and err is nil.
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

// sendWaiting sends what has its turn now; mu is held and err is nil.
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
