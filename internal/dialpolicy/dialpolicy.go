// Package dialpolicy decides which addresses the server may dial. Whoever may connect
// routers chooses a host name, and the server dials it from inside its network, next
// to the metadata service of its cloud. So some addresses are always denied, and with
// a list of networks and names everything else is denied as well.
//
// Check judges the resolved address that is dialed next, never the name alone: a name
// may resolve differently the next time (DNS rebinding).
package dialpolicy

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Variable is the environment variable that holds the list of routers; errors name it,
// unless the policy is [Policy.Named] otherwise.
const Variable = "ROUTER_NETWORKS"

// Policy says what may be dialed. The zero Policy and a nil *Policy allow everything
// that is not always denied. A Policy does not change and may be used concurrently.
type Policy struct {
	own      []uint16 // ports of this program
	networks []netip.Prefix
	names    []string // lower case; "*.example.net" means every name that ends in .example.net
	variable string   // that holds the list; empty for Variable
}

// Parse reads a list of networks (10.0.0.0/8), addresses and host names. An empty list
// gives the zero Policy. A name allows every address that it resolves to and that is
// not always denied, so whoever controls its DNS controls what is dialed.
func Parse(items []string) (*Policy, error) {
	p := &Policy{}
	for _, item := range items {
		item = strings.ToLower(strings.TrimSpace(item))
		switch network, err := parseNetwork(item); {
		case item == "":
		case err == nil:
			if why := networkDenialReason(network); why != "" {
				return nil, fmt.Errorf("%q is %s, which is never dialed", item, why)
			}
			p.networks = append(p.networks, network)
		case validName(item):
			p.names = append(p.names, strings.TrimSuffix(item, "."))
		default:
			return nil, fmt.Errorf("%q is not a network such as 10.0.0.0/8, an address or a host name such as *.example.net", item)
		}
	}
	return p, nil
}

// parseNetwork reads a network, or an address as a network of one.
func parseNetwork(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return p, err
	case p.Addr().Is4In6():
		if p.Bits() < 96 {
			return p, errors.New("wider than IPv4")
		}
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96).Masked(), nil
	case p != p.Masked():
		return p, errors.New("has bits set after the prefix")
	}
	return p, nil
}

// validName accepts a host name, also with a leading "*.". A name whose last label has
// no letter could be a spelling of an address.
func validName(s string) bool {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "*."), ".")
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || strings.ContainsFunc(label, func(c rune) bool {
			return c != '-' && c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9')
		}) {
			return false
		}
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	return last != "" && strings.ContainsFunc(last, func(c rune) bool { return c >= 'a' && c <= 'z' }) && !strings.HasPrefix(last, "0x")
}

// Except returns the policy with ports of this program: they are not dialed at any
// address of this machine.
func (p *Policy) Except(ports ...uint16) *Policy {
	with := *p
	with.own = ports
	return &with
}

// Named returns the policy with another variable in its errors.
func (p *Policy) Named(variable string) *Policy {
	with := *p
	with.variable = variable
	return &with
}

// Check returns an error if the address to, to which host resolved, must not be dialed.
func (p *Policy) Check(host string, to netip.AddrPort) error {
	addr := to.Addr().WithZone("").Unmap()
	if why := denialReason(addr); why != "" {
		return fmt.Errorf("it is %s, which is never dialed", why)
	}
	if p != nil && slices.Contains(p.own, to.Port()) && isLocal(addr) {
		return fmt.Errorf("port %d of this machine is a port of this program, which is never dialed", to.Port())
	}
	if p == nil || len(p.networks) == 0 && len(p.names) == 0 || p.allows(host, addr) {
		return nil
	}
	return errors.New("it is not in " + cmp.Or(p.variable, Variable))
}

func (p *Policy) allows(host string, addr netip.Addr) bool {
	if slices.ContainsFunc(p.networks, func(n netip.Prefix) bool { return n.Contains(addr) }) {
		return true
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return slices.ContainsFunc(p.names, func(name string) bool {
		suffix, below := strings.CutPrefix(name, "*")
		return host == name || below && len(host) > len(suffix) && strings.HasSuffix(host, suffix)
	})
}
