package server

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/config"
)

// pipes is a listener in memory, so that its connections live by the time of a
// synctest bubble.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// A client that asks for large files and reads nothing is cut off.
func TestAdminPortCutsOffClientsThatDoNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		s := &Server{
			cfg: config.Config{Metrics: config.Nowhere}, log: slog.New(slog.DiscardHandler),
			http: &http.Server{Handler: http.NotFoundHandler()},
		}
		a := s.serveAdmin(l)
		defer a.close()
		client, conn := net.Pipe()
		l.conns <- conn
		_, err := io.WriteString(client, "GET /swagger/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
		require.NoError(t, err)
		time.Sleep(adminWriteTimeout + time.Second)
		_, err = client.Read(make([]byte, 1))
		assert.ErrorIs(t, err, io.EOF)
	})
}
