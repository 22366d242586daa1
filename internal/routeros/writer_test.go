package routeros_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// deaf answers a login and then reads nothing until hear is closed.
func deaf(hear <-chan struct{}) func(net.Conn) {
	return func(conn net.Conn) {
		r := proto.NewReader(conn, proto.Limits{})
		if _, err := r.Next(); err != nil {
			return
		}
		if _, err := conn.Write(wire("!done")); err != nil {
			return
		}
		<-hear
		for {
			s, err := r.Next()
			if err != nil {
				return
			}
			if _, err := conn.Write(appendEcho(nil, s)); err != nil {
				return
			}
		}
	}
}

// What is written at once ends where the socket is full; the rest, and what
// gathers meanwhile, follows in order when the router reads on.
func TestASocketThatIsFull(t *testing.T) {
	hear := make(chan struct{})
	s := dialTCP(t, serve(t, deaf(hear)), routeros.Options{})
	large := "=text=" + strings.Repeat("0123456789abcdef", 12<<20/16) // more than the sockets hold
	var calls []*routeros.Call
	for _, word := range []string{large, "=n=1", "=n=2"} {
		call, err := s.Start(t.Context(), "/x/print", word)
		require.NoError(t, err)
		calls = append(calls, call)
	}
	close(hear)
	for i, want := range []string{large[len("=text="):], "1", "2"} {
		reply, err := calls[i].Wait()
		require.NoError(t, err)
		row, _ := reply.Rows.Cut()
		_, value, _ := proto.Attribute(firstAttribute(row))
		assert.True(t, want == string(value), "command %d came through as it was sent", i)
	}
}

func firstAttribute(row proto.Sentence) []byte {
	_, row = row.Cut()
	word, _ := row.Cut()
	return word
}

func TestARouterThatStopsReading(t *testing.T) {
	hear := make(chan struct{})
	addr := serve(t, deaf(hear))
	t.Cleanup(func() { close(hear) })
	s := dialTCP(t, addr, routeros.Options{WriteTimeout: 50 * time.Millisecond})
	_, err := s.Run(t.Context(), "/x/print", "=text="+strings.Repeat("x", 12<<20))
	link := asType[*routeros.LinkError](t, err)
	assert.Equal(t, "write", link.Step)
	require.ErrorIs(t, err, routeros.ErrTimeout)
	assert.ErrorContains(t, err, "stopped reading")
}
