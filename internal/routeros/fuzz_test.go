package routeros_test

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// FuzzAnswers lets a router say anything at all, at login or afterwards, and
// hang up then: no panic, nobody left waiting, a typed error wherever there is
// one, and never more kept than the limits allow.
func FuzzAnswers(f *testing.F) {
	f.Add(false, wire("!re =a=1 .tag=1", "!re =a=2 .tag=2", "!done .tag=1", "!empty .tag=3", "!done =ret=x .tag=3", "!done .tag=2"))
	f.Add(false, wire("!trap =category=0 =message=no .tag=1", "!trap =message=prefix .tag=1", "!done .tag=1", "!fatal bye"))
	f.Add(false, wire("!done .tag=c2", "!trap =category=2 .tag=2", "!done .tag=2", "!done .tag=2", "!re .tag=2"))
	f.Add(false, append(wire("!re =a=1 .tag=2"), 0xF0, 0xFF, 0xFF, 0xFF, 0xFF))
	f.Add(false, []byte{0, 0, 0xF8})
	f.Add(true, wire("!done", "!re .tag=1", "!done .tag=1"))
	f.Add(true, wire("!done =ret=abc123", "!done"))
	f.Add(true, wire("!trap =message=no", "!done"))
	f.Add(true, wire("!fatal not"))
	f.Add(true, []byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	f.Fuzz(func(t *testing.T, atLogin bool, answer []byte) {
		client, router := net.Pipe()
		over := make(chan struct{})
		go func() { defer close(over); play(router, atLogin, answer) }()
		defer func() { <-over }()
		limits := proto.Limits{Word: 1 << 10, Words: 64, Sentence: 4 << 10}
		s, err := routeros.New(t.Context(), client, api, routeros.Options{Limits: limits, ReplyLimit: replyLimit})
		if err != nil {
			checkTyped(t, err)
			return
		}
		defer func() { _ = s.Close() }()
		checkCalls(t, s)
		<-s.Done()
		checkTyped(t, s.Err())
	})
}

const replyLimit = 4 << 10

// play is the router: it takes the login, admits the client unless the answer is
// to do that, says the answer and hangs up. What else it hears it ignores.
func play(conn net.Conn, atLogin bool, answer []byte) {
	r := proto.NewReader(conn, proto.Limits{})
	_, err := r.Next()
	if err == nil && !atLogin {
		_, err = conn.Write(wire("!done"))
	}
	heard := make(chan struct{})
	go func() { defer close(heard); _, _ = io.Copy(io.Discard, conn) }()
	if err == nil {
		_, _ = conn.Write(answer)
	}
	_ = conn.Close()
	<-heard
}

// checkCalls has a whole reply and two streams under way, and ends one of those.
func checkCalls(t *testing.T, s *routeros.Session) {
	calls, err := s.StartAll(t.Context(), routeros.Command{Words: []string{"/a/print"}},
		routeros.Command{Words: []string{"/b/listen"}, Class: routeros.Streaming}, routeros.Command{Words: []string{"/c/listen"}, Class: routeros.Streaming})
	if err != nil {
		checkTyped(t, err)
		return
	}
	calls[2].Cancel(errGaveUp)
	reply, err := calls[0].Wait()
	checkTyped(t, err)
	checkRows(t, reply.Rows, reply.Len)
	for _, c := range calls[1:] {
		var rows proto.Sentences
		for err = nil; err == nil; {
			var n int
			rows, n, err = c.Next(rows)
			checkRows(t, rows, n)
		}
		checkTyped(t, err)
	}
}

func checkRows(t *testing.T, rows proto.Sentences, n int) {
	if len(rows) > replyLimit {
		t.Fatalf("%d bytes of rows are kept", len(rows))
	}
	for row := range rows.All() {
		if n--; string(row.Name()) != "!re" {
			t.Fatalf("%q among the rows", row)
		}
	}
	if n != 0 {
		t.Fatalf("%d rows more than there are", n)
	}
}

// checkTyped accepts the errors that the package promises.
func checkTyped(t *testing.T, err error) {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, errGaveUp) || errors.Is(err, routeros.ErrReplyTooLarge) {
		return
	}
	if trap, ok := errors.AsType[*routeros.TrapError](err); ok && len(trap.Traps) > 0 && len(trap.Traps) <= 64 {
		return
	}
	if _, ok := errors.AsType[*routeros.FatalError](err); ok {
		return
	}
	if _, ok := errors.AsType[*routeros.LoginError](err); ok {
		return
	}
	if _, ok := errors.AsType[*routeros.LinkError](err); ok {
		return
	}
	t.Fatalf("%T: %v", err, err)
}
