package limit

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Buffers of the kernel for each direction of a connection, in bytes; Linux doubles
// them. They are enough for 300 KB/s to the other side of the world, and bound what a
// client that does not read holds.
const (
	connBuffer   = 64 << 10
	streamBuffer = 512 << 10 // to send to an event stream
)

// Listener accepts TCP connections and bounds what each client holds: connections for
// each address, memory of the kernel for each connection, and the time for which data
// waits for a client that does not take it. A connection counts until its socket is
// gone, which can be after Close. An event stream over plain HTTP does not count.
type Listener struct {
	net.Listener

	quota   *Quota
	exempt  func(netip.Addr) bool
	timeout time.Duration

	mu        sync.Mutex
	lingering map[*conn]*time.Timer // connections after Close; guarded by mu
	closed    bool                  // guarded by mu
}

// NewListener accepts limit connections from each address, 0 for any number. Addresses
// for which exempt returns true, such as proxies, are not limited. A client that takes
// nothing for the timeout loses its connection (on other systems than Linux, only if
// the program has closed it, or a write of the program has failed).
func NewListener(inner net.Listener, limit int, exempt func(netip.Addr) bool, timeout time.Duration) *Listener {
	return &Listener{
		Listener: inner, quota: NewQuota(limit), exempt: exempt, timeout: timeout,
		lingering: make(map[*conn]*time.Timer),
	}
}

// Accept implements [net.Listener]. Connections above the limit are closed before
// anything is read from them.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		tcp, ok := accepted.(*net.TCPConn)
		if err != nil || !ok {
			return accepted, err
		}
		c := &conn{TCPConn: tcp, listener: l}
		if client, limited := l.client(tcp); limited {
			if !l.quota.TryAcquire(client) {
				_ = tcp.Close()
				continue
			}
			c.release = sync.OnceFunc(func() { l.quota.Release(client) })
		}
		// Where these fail, the connection is broken, which its reader will find.
		_ = tcp.SetReadBuffer(connBuffer)
		_ = tcp.SetWriteBuffer(connBuffer)
		setUserTimeout(tcp, l.timeout)
		return c, nil
	}
}

// client returns by what a connection is counted, if it is.
func (l *Listener) client(c net.Conn) (name string, limited bool) {
	addr, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil || l.quota.max <= 0 || l.exempt(addr.Addr().Unmap().WithZone("")) {
		return "", false
	}
	return ClientAddr(addr.Addr().Unmap().WithZone("").String()), true
}

// Close closes the listener, and the connections that linger.
func (l *Listener) Close() error {
	l.mu.Lock()
	l.closed = true
	for c, timer := range l.lingering {
		timer.Stop()
		_ = c.gone()
	}
	clear(l.lingering)
	l.mu.Unlock()
	return l.Listener.Close()
}

// ConnState is for http.Server.ConnState: it tells streams from other connections.
func ConnState(c net.Conn, state http.ConnState) {
	if state != http.StateHijacked {
		return
	}
	if over, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		c = over.NetConn()
	}
	if c, ok := c.(*conn); ok {
		_ = c.SetWriteBuffer(streamBuffer)
		c.giveBack()
	}
}
