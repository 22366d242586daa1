package limit

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/go-chi/httprate"
)

// ClientAddr returns the address that a client is counted by. For IPv6 it is the /64
// network: a client usually has all addresses of it.
func ClientAddr(addr string) string { return httprate.CanonicalizeIP(addr) }

// Conns limits the connections of package net/http from each address. A hijacked
// connection is no longer counted. Memory is proportional to the open connections.
type Conns struct {
	quota  *Quota
	exempt func(netip.Addr) bool
}

// NewConns allows limit connections from each address, 0 for any number. Addresses for
// which exempt returns true, such as proxies, are not limited.
func NewConns(limit int, exempt func(netip.Addr) bool) *Conns {
	return &Conns{quota: NewQuota(limit), exempt: exempt}
}

// ConnState is a hook for http.Server.ConnState. A connection above the limit is closed
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
