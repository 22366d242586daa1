package browser_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy stands between browser and server. It can cut connections, refuse new ones, and
// hold what they send, as a cable that was cut does.
type proxy struct {
	base     string
	listener net.Listener
	wg       sync.WaitGroup

	mu     sync.Mutex            // guards the fields below
	target string                // address of the server; empty refuses connections
	conns  map[net.Conn]struct{} // both sides of open connections
	asked  []*http.Request       // the first request of each connection that asked for a stream
	closed bool
	held   bool       // nothing is passed on
	change *sync.Cond // of held and closed
}

func newProxy(t testing.TB, base string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{base: "http://" + listener.Addr().String(), listener: listener, conns: make(map[net.Conn]struct{})}
	p.change = sync.NewCond(&p.mu)
	p.lead(base)
	p.wg.Go(p.serve)
	t.Cleanup(func() {
		p.mu.Lock()
		p.closed = true
		p.change.Broadcast()
		p.mu.Unlock()
		_ = listener.Close()
		p.cut()
		p.wg.Wait()
	})
	return p
}

// lead sends new connections to the server at base, or refuses them if base is empty.
func (p *proxy) lead(base string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = strings.TrimPrefix(base, "http://")
}

// hold stops or goes on passing on what both sides send.
func (p *proxy) hold(held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
	p.change.Broadcast()
}

// gate is a writer that waits while the proxy holds.
type gate struct {
	io.Writer
	p *proxy
}

func (g gate) Write(b []byte) (int, error) {
	g.p.mu.Lock()
	for g.p.held && !g.p.closed {
		g.p.change.Wait()
	}
	g.p.mu.Unlock()
	return g.Writer.Write(b)
}

// cut resets all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

// requests returns the requests for streams so far.
func (p *proxy) requests() []*http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

func (p *proxy) serve() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.pass(conn) })
	}
}

// pass copies bytes in both directions until one side is closed.
func (p *proxy) pass(client net.Conn) {
	defer func() { _ = client.Close() }()
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	if target == "" {
		return
	}
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	if !p.keep(client, server) {
		return
	}
	defer p.drop(client, server)
	p.wg.Go(func() {
		_, _ = io.Copy(gate{client, p}, server)
		_ = client.Close()
	})
	p.forward(gate{server, p}, client)
}

func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		p.conns[conn] = struct{}{}
	}
	return !p.closed
}

func (p *proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		delete(p.conns, conn)
	}
}

// forward records requests for streams and sends them on. They have no body, and a
// request for a stream is the last one of its connection.
func (p *proxy) forward(server io.Writer, client io.Reader) {
	in := bufio.NewReader(client)
	for {
		var seen bytes.Buffer
		req, err := http.ReadRequest(bufio.NewReader(io.TeeReader(oneByOne{in}, &seen)))
		if err != nil {
			return
		}
		if strings.HasPrefix(req.URL.Path, "/sse") {
			p.mu.Lock()
			p.asked = append(p.asked, req)
			p.mu.Unlock()
		}
		if _, err := server.Write(seen.Bytes()); err != nil {
			return
		}
		if _, err := io.CopyN(server, in, max(req.ContentLength, 0)); err != nil {
			return
		}
	}
}

// oneByOne reads single bytes, so that a bufio.Reader above it does not read ahead.
type oneByOne struct{ r io.Reader }

func (o oneByOne) Read(b []byte) (int, error) { return o.r.Read(b[:min(len(b), 1)]) }
