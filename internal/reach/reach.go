// Package reach says which addresses the server may dial. Whoever may connect
// routers names a host, and the server dials from where it stands: inside the
// network, beside the metadata service of its cloud. So some addresses are
// refused always, and with rules everything is that they do not list.
//
// What is judged is the address that a name has led to and that is dialed next,
// never the name alone: between two questions a name may change its answer.
package reach

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Variable is the environment variable that the rules come from; errors name it.
const Variable = "ROUTER_NETWORKS"

// Rules is what may be dialed. The zero Rules, and a nil *Rules, allow
// everything but what is refused always.
type Rules struct {
	networks []netip.Prefix
	names    []string // lower case; "*.example.net" for whatever ends in .example.net
}

// Parse reads a list of networks (10.0.0.0/8), addresses and names. An empty
// list makes no rules. A name allows its host wherever it resolves to, so whoever
// rules the name rules what is dialed, within what is not refused always.
func Parse(items []string) (*Rules, error) {
	r := &Rules{}
	for _, item := range items {
		item = strings.ToLower(strings.TrimSpace(item))
		switch network, err := parseNetwork(item); {
		case item == "":
		case err == nil:
			if why := refusedWhole(network); why != "" {
				return nil, fmt.Errorf("%q is %s, which is never dialed", item, why)
			}
			r.networks = append(r.networks, network)
		case validName(item):
			r.names = append(r.names, strings.TrimSuffix(item, "."))
		default:
			return nil, fmt.Errorf("%q is not a network such as 10.0.0.0/8, an address or a name; *. may stand before a name", item)
		}
	}
	return r, nil
}

// parseNetwork takes an address as the network of just that.
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
		return p, errors.New("has bits behind the mask")
	}
	return p, nil
}

// validName tells a host name. One that ends in digits could be the spelling of
// an address.
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

// Check refuses to dial addr, to which host has led. The reason is for people.
func (r *Rules) Check(host string, addr netip.Addr) error {
	addr = addr.WithZone("").Unmap()
	if why := refused(addr); why != "" {
		return fmt.Errorf("it is %s, which is never dialed", why)
	}
	if r == nil || len(r.networks) == 0 && len(r.names) == 0 || r.lists(host, addr) {
		return nil
	}
	return errors.New("it is not within " + Variable)
}

func (r *Rules) lists(host string, addr netip.Addr) bool {
	if slices.ContainsFunc(r.networks, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return true
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return slices.ContainsFunc(r.names, func(name string) bool {
		suffix, below := strings.CutPrefix(name, "*")
		return host == name || below && len(host) > len(suffix) && strings.HasSuffix(host, suffix)
	})
}
