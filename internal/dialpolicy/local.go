package dialpolicy

import (
	"net"
	"net/netip"
	"slices"
)

// isLocal reports whether addr is an address of this machine, or one that a gateway on
// the way turns into one. Addresses change while the program runs, so they are read each
// time; where they cannot be read, every address counts as local.
func isLocal(addr netip.Addr) bool {
	candidates := append(embedded(addr), addr)
	if slices.ContainsFunc(candidates, netip.Addr.IsLoopback) {
		return true
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	return slices.ContainsFunc(own, func(a net.Addr) bool {
		network, ok := a.(*net.IPNet)
		if !ok {
			return false
		}
		ip, _ := netip.AddrFromSlice(network.IP)
		return slices.Contains(candidates, ip.Unmap())
	})
}
