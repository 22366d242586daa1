package fleettest

import (
	"io"
	"net"
	"sync"
	"time"
)

// Proxy passes connections on to one address, and can be cut as a cable is: what is sent
// then is lost, and nobody is told.
type Proxy struct {
	listener net.Listener
	wg       sync.WaitGroup

	mu     sync.Mutex
	to     string                // guarded by mu
	conns  map[net.Conn]struct{} // guarded by mu
	cut    chan struct{}         // closed while it is cut; guarded by mu
	closed bool                  // guarded by mu
}

// NewProxy listens on loopback. Close ends it.
func NewProxy(to string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: l, to: to, conns: make(map[net.Conn]struct{}), cut: make(chan struct{})}
	p.wg.Go(p.accept)
	return p, nil
}

// Addr is where it listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut loses what is sent from now on, in both directions, and answers no new connection.
// Connections of before the cut do not recover.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.cut:
	default:
		close(p.cut)
	}
}

// Restore passes new connections on again, and ends those of before.
func (p *Proxy) Restore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = make(chan struct{})
	for c := range p.conns {
		_ = c.Close()
	}
}

// Redirect passes new connections on to another address, and ends those of before.
func (p *Proxy) Redirect(to string) {
	p.mu.Lock()
	p.to = to
	p.mu.Unlock()
	p.Restore()
}

// Close ends all connections and waits for them.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	_ = p.listener.Close()
	p.wg.Wait()
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		if cut, ok := p.add(c); ok {
			p.wg.Go(func() { p.pass(c, cut) })
		}
	}
}

// add keeps a connection, unless the proxy is closed, and returns when it is cut.
func (p *Proxy) add(c net.Conn) (cut chan struct{}, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = c.Close()
		return nil, false
	}
	p.conns[c] = struct{}{}
	return p.cut, true
}

func (p *Proxy) remove(c net.Conn) {
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
	_ = c.Close()
}

// pass passes one connection on, until one side ends it.
func (p *Proxy) pass(from net.Conn, cut <-chan struct{}) {
	defer p.remove(from)
	select {
	case <-cut:
		_, _ = io.Copy(io.Discard, from) // until Restore
		return
	default:
	}
	p.mu.Lock()
	addr := p.to
	p.mu.Unlock()
	to, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return
	}
	if _, ok := p.add(to); !ok {
		return
	}
	defer p.remove(to)
	var wg sync.WaitGroup
	for _, way := range [][2]net.Conn{{from, to}, {to, from}} {
		wg.Go(func() { copyUntil(way[1], way[0], cut) })
	}
	wg.Wait()
}

// copyUntil copies, and loses what comes after the cut. At the end of one side both are
// closed, but not after a cut.
func copyUntil(to, from net.Conn, cut <-chan struct{}) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		select {
		case <-cut:
			if err != nil {
				return
			}
			continue
		default:
		}
		if n > 0 {
			if _, err := to.Write(b[:n]); err != nil {
				_ = from.Close()
				return
			}
		}
		if err != nil {
			_ = to.Close()
			return
		}
	}
}
