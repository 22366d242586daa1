package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// onlyOwnHosts refuses requests whose Host is neither a name of this machine for itself
// nor the address that they arrived at, or the host of addr, which is what the listener was
// told. A page of anybody can have its own name lead to this address (DNS rebinding), and
// is then the same origin for the browser.
func onlyOwnHosts(addr string, next http.Handler) http.Handler {
	configured, _, _ := net.SplitHostPort(addr)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostName(r.Host); !isLoopbackName(host) && !arrivedAt(r, host) && (configured == "" || host != hostName(configured)) {
			http.Error(w, "the admin port answers to localhost, to the address that it listens on and to the host in ADMIN_ADDR; this request is for another host", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostName is the host of an authority, without port, brackets and final dot, in lower
// case.
func hostName(authority string) string {
	host := authority
	if name, _, err := net.SplitHostPort(authority); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func isLoopbackName(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && addr.Unmap().IsLoopback()
}

// arrivedAt reports whether a host is the address of this machine that a request was sent
// to.
func arrivedAt(r *http.Request, host string) bool {
	addr, err := netip.ParseAddr(host)
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if err != nil || local == nil {
		return false
	}
	at, err := netip.ParseAddrPort(local.String())
	return err == nil && at.Addr().Unmap().WithZone("") == addr.Unmap().WithZone("")
}
