package fleettest

import (
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// echoServer answers with what it gets.
func echoServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	return l.Addr().String()
}

// answers reports whether what is sent comes back.
func answers(t *testing.T, c net.Conn) bool {
	t.Helper()
	require.NoError(t, c.SetDeadline(time.Now().Add(300*time.Millisecond)))
	_, err := c.Write([]byte("x"))
	if err != nil {
		return false
	}
	_, err = c.Read(make([]byte, 1))
	return err == nil
}

func TestAProxyIsCutLikeACable(t *testing.T) {
	p, err := NewProxy(echoServer(t))
	require.NoError(t, err)
	defer p.Close()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", p.Addr())
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	first := dial()
	assert.True(t, answers(t, first))
	p.Cut()
	assert.False(t, answers(t, first), "what is sent is lost")
	second := dial()
	assert.False(t, answers(t, second), "also on a new connection")
	_, err = second.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "not closed")
	p.Restore()
	third := dial()
	assert.True(t, answers(t, third))
	require.NoError(t, first.SetDeadline(time.Now().Add(5*time.Second)))
	_, err = first.Read(make([]byte, 1))
	assert.ErrorIs(t, err, io.EOF, "those of before are ended")
}

func TestOverlapsAreSeen(t *testing.T) {
	r := &Router{}
	at := time.Now()
	for _, seen := range []struct {
		after    time.Duration
		sessions int
	}{{0, 1}, {10, 2}, {20, 2}, {50, 3}, {60, 1}, {70, 2}, {80, 2}, {90, 0}} {
		r.look(at.Add(seen.after*time.Millisecond), seen.sessions)
	}
	most, longest := r.Overlap()
	assert.Equal(t, 3, most)
	assert.Equal(t, 40*time.Millisecond, longest)
}
