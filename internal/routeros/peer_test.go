package routeros_test

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

const password = "s3cr3t-passw0rd"

var api = routeros.Credentials{User: "api", Password: password}

// peer plays the router at the other end of a pipe, step by step in the
// goroutine of the test: it hears what must come and says what it is told to.
// Nothing is buffered between the two ends, so a step that has returned has
// reached the other side, and a step that never comes is a deadlock which the
// bubble reports.
type peer struct {
	t    *testing.T
	conn net.Conn
	r    *proto.Reader
}

// pipe returns a peer and the client's end of its connection.
func pipe(t *testing.T) (*peer, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _ = ours.Close() })
	return &peer{t, ours, proto.NewReader(ours, proto.Limits{})}, theirs
}

// hears expects one sentence.
func (p *peer) hears(words ...string) {
	p.t.Helper()
	s, err := p.r.Next()
	require.NoError(p.t, err, "instead of %q", words)
	require.Equal(p.t, words, s.Strings())
}

// hearsNothing expects that the client has sent nothing more. It moves the
// clock by a nanosecond, which it only does once nobody has anything to do.
func (p *peer) hearsNothing() {
	p.t.Helper()
	require.Empty(p.t, p.r.Unread(), "sent together with what was expected")
	require.NoError(p.t, p.conn.SetReadDeadline(time.Now().Add(1)))
	n, err := p.conn.Read(make([]byte, 1))
	require.Zero(p.t, n, "the client sent something")
	require.ErrorIs(p.t, err, os.ErrDeadlineExceeded)
	require.NoError(p.t, p.conn.SetReadDeadline(time.Time{}))
}

// hearsEnd expects the client to have closed the connection.
func (p *peer) hearsEnd() {
	p.t.Helper()
	s, err := p.r.Next()
	require.Error(p.t, err, "%q instead of the end", s)
	require.NotErrorIs(p.t, err, os.ErrDeadlineExceeded)
}

// says sends one sentence.
func (p *peer) says(words ...string) {
	p.t.Helper()
	p.sends(proto.AppendSentence(nil, words...))
}

// recites sends sentences written in one line each, words split at blanks, all
// in one write.
func (p *peer) recites(lines ...string) {
	p.t.Helper()
	p.sends(wire(lines...))
}

// sends sends raw bytes.
func (p *peer) sends(b []byte) {
	p.t.Helper()
	_, err := p.conn.Write(b)
	require.NoError(p.t, err)
}

func (p *peer) hangsUp() { _ = p.conn.Close() }

// wire encodes sentences written in one line each, words split at blanks.
func wire(lines ...string) (b []byte) {
	for _, line := range lines {
		b = proto.AppendSentence(b, strings.Fields(line)...)
	}
	return b
}

// admits plays the plain login.
func (p *peer) admits() {
	p.t.Helper()
	p.hears("/login", "=name=api", "=password="+password)
	p.says("!done")
}

// attempt is a login under way.
type attempt struct {
	session *routeros.Session
	err     error
	after   time.Duration // how long it took
}

// dial begins a login on conn.
func dial(ctx context.Context, conn net.Conn, cred routeros.Credentials, opts routeros.Options) <-chan attempt {
	done := make(chan attempt, 1)
	go func() {
		began := time.Now()
		s, err := routeros.New(ctx, conn, cred, opts)
		done <- attempt{s, err, time.Since(began)}
	}()
	return done
}

// inSession runs f in a bubble with a session that is logged in at a peer. The
// bubble fails where a goroutine is left at the end.
func inSession(t *testing.T, opts routeros.Options, f func(t *testing.T, s *routeros.Session, p *peer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p, conn := pipe(t)
		login := dial(t.Context(), conn, api, opts)
		p.admits()
		a := <-login
		require.NoError(t, a.err)
		t.Cleanup(func() { require.NoError(t, a.session.Close()) })
		f(t, a.session, p)
	})
}

// within is a context whose end is a timeout.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), d, routeros.ErrTimeout)
	t.Cleanup(cancel)
	return ctx
}

// outcome is what a command led to.
type outcome struct {
	reply *routeros.Reply
	err   error
}

// run begins a Run.
func run(ctx context.Context, s *routeros.Session, words ...string) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		r, err := s.Run(ctx, words...)
		done <- outcome{r, err}
	}()
	return done
}

// start sends a command that is expected to be accepted.
func start(t *testing.T, s *routeros.Session, words ...string) *routeros.Call {
	t.Helper()
	return startIn(t.Context(), t, s, words...)
}

func startIn(ctx context.Context, t *testing.T, s *routeros.Session, words ...string) *routeros.Call {
	t.Helper()
	c, err := s.Start(ctx, words...)
	require.NoError(t, err)
	return c
}

// startAs sends a command of a class.
func startAs(t *testing.T, s *routeros.Session, class routeros.Class, words ...string) *routeros.Call {
	t.Helper()
	calls, err := s.StartAll(t.Context(), routeros.Command{Words: words, Class: class})
	require.NoError(t, err)
	return calls[0]
}

// lines renders rows one a line, words joined by blanks.
func lines(rows proto.Sentences) []string {
	var all []string
	for s := range rows.All() {
		all = append(all, strings.Join(s.Strings(), " "))
	}
	return all
}

// asType is require for an error type.
func asType[E error](t *testing.T, err error) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	require.True(t, ok, "%T: %v", err, err)
	return e
}

// works expects a session that still answers.
func works(t *testing.T, s *routeros.Session, p *peer) {
	t.Helper()
	c := startAs(t, s, routeros.Probe, "/system/identity/print")
	heard, err := p.r.Next()
	require.NoError(t, err)
	tag := ".tag=" + string(heard.Tag())
	require.Equal(t, "/system/identity/print", string(heard.Name()))
	p.recites("!re =name=core "+tag, "!done "+tag)
	r, err := c.Wait()
	require.NoError(t, err)
	require.Equal(t, []string{"!re =name=core " + tag}, lines(r.Rows))
}
