package api

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/viewer"
)

type connKey struct{}

// ConnContext remembers the connection of a request, for http.Server.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// tcpConn is the connection of a request if a stream may be written to it
// directly: plain HTTP/1.1 over TCP. TLS and HTTP/2 frame what they carry, so
// their bytes cannot be shared.
func tcpConn(r *http.Request) *net.TCPConn {
	conn, ok := r.Context().Value(connKey{}).(*net.TCPConn)
	if !ok || r.ProtoMajor != 1 || r.TLS != nil {
		return nil
	}
	return conn
}

// takeOver hands the connection to the viewers' server. From then on nothing of
// net/http is left of the request.
func (h *handler) takeOver(ctx context.Context, w http.ResponseWriter, conn *net.TCPConn, watch manager.Watch, gzip bool) error {
	v := visitOf(ctx)
	var view *hub.Subscription
	life := grantOf(ctx).key.Context // the request's context ends with its handler
	var forget func() bool
	join, err := h.opts.Viewers.Prepare(conn, func(end viewer.Ended) {
		forget()
		h.streamEnded(v, end)
	})
	if err != nil {
		return err
	}
	var serving atomic.Bool // what comes before is found when serving begins
	watch.Wake = func() {
		if serving.Load() {
			join.Wake()
		}
	}
	view, err = h.seen(ctx).Subscribe(watch)
	if err != nil {
		return err
	}
	if _, _, err := http.NewResponseController(w).Hijack(); err != nil {
		view.Close()
		return fmt.Errorf("take over the connection: %w", err)
	}
	h.opened(v)
	forget = context.AfterFunc(life, func() { // if it ended meanwhile, at once
		view.Withdraw()
		join.Revoke()
	})
	serving.Store(true)
	encodeAs(w.Header(), gzip)
	encoder := viewer.NewEncoder(gzip)
	// Clients that lost the stream together do not return together.
	head := append(answerHead(w.Header()), encoder.Begin(retry(2*time.Second, 2*time.Second))...)
	h.opts.Viewers.Serve(join, view, head, encoder)
	return nil
}

// answerHead is the head of the answer, which ends with its connection.
func answerHead(header http.Header) []byte {
	header.Set("Connection", "close")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&b) // memory does not fail
	b.WriteString("\r\n")
	return b.Bytes()
}

var _ viewer.Source = (*hub.Subscription)(nil)
