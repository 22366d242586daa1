package limit

import "github.com/go-chi/httprate"

// ClientAddr returns the address that a client is counted by. For IPv6 it is the /64
// network: a client usually has all addresses of it.
func ClientAddr(addr string) string { return httprate.CanonicalizeIP(addr) }
