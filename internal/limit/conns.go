package limit

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/go-chi/httprate"
)

// ClientAddr is the address by which a client is counted. Of IPv6 it is the network
// of 64 bits, since whoever has one address there has all of them.
func ClientAddr(addr string) string { return httprate.CanonicalizeIP(addr) }

// Conns bounds the connections from each address that package net/http has in
// hand. Its memory is that of the connections.
type Conns struct {
	quota  *Quota
	exempt func(netip.Addr) bool
}

// NewConns allows a number of connections to each address, 0 for any number, and
// any to those that are exempt, as proxies are.
func NewConns(most int, exempt func(netip.Addr) bool) *Conns {
	return &Conns{quota: NewQuota(most), exempt: exempt}
}

// ConnState is for http.Server.ConnState. A connection beyond the bound is closed
// before anything is read from it.
func (c *Conns) ConnState(conn net.Conn, state http.ConnState) {
	addr, ok := peer(conn)
	if !ok || c.quota.max <= 0 || c.exempt(addr) {
		return
	}
	switch client := ClientAddr(addr.String()); state {
	case http.StateNew:
		if !c.quota.Acquire(client) {
			_ = conn.Close() // StateClosed follows
		}
	case http.StateClosed, http.StateHijacked:
		c.quota.Release(client)
	}
}

func peer(conn net.Conn) (netip.Addr, bool) {
	ap, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	return ap.Addr().Unmap().WithZone(""), err == nil
}
