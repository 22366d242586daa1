package natsserver

import (
	"net"
	"strings"
	"sync"
	"testing"
)

// Link is a network between a client and a node that can be cut: then nothing passes, in
// neither direction, and no connection is closed.
type Link struct {
	URL string

	target   string
	listener net.Listener
	wg       sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn    // guarded by mu
	cut   bool          // guarded by mu
	heal  chan struct{} // closed while the link is whole; guarded by mu
}

// StartLink returns a link to a node, which ends with the test.
func StartLink(t testing.TB, node *Node) *Link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &Link{
		URL: "nats://" + listener.Addr().String(), target: strings.TrimPrefix(node.URL, "nats://"),
		listener: listener, heal: make(chan struct{}),
	}
	close(l.heal)
	l.wg.Go(l.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		l.Heal()
		l.drop()
		l.wg.Wait()
	})
	return l
}

// Cut stops all traffic.
func (l *Link) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.cut {
		l.cut, l.heal = true, make(chan struct{})
	}
}

// Heal lets traffic pass. Connections that were cut are closed, since bytes were lost.
func (l *Link) Heal() {
	l.mu.Lock()
	wasCut := l.cut
	if wasCut {
		l.cut = false
		close(l.heal)
	}
	l.mu.Unlock()
	if wasCut {
		l.drop()
	}
}

func (l *Link) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}

// whole waits until the link is not cut.
func (l *Link) whole() {
	l.mu.Lock()
	heal := l.heal
	l.mu.Unlock()
	<-heal
}

func (l *Link) accept() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.keep(client)
		l.wg.Go(func() { l.serve(client) })
	}
}

func (l *Link) keep(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, c)
}

func (l *Link) serve(client net.Conn) {
	defer client.Close()
	l.whole()
	node, err := net.Dial("tcp", l.target)
	if err != nil {
		return
	}
	l.keep(node)
	l.wg.Go(func() { l.pass(client, node) })
	l.pass(node, client)
}

// pass copies what comes while the link is whole, and closes both ends when one ends.
func (l *Link) pass(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		l.whole()
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
