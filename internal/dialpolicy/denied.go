package dialpolicy

import (
	"encoding/binary"
	"net/netip"
)

// alwaysDenied lists the networks that are never dialed. No router has such an address,
// and some services there trust whoever can connect. Loopback is not in the list:
// tunnels to routers end there, and ROUTER_NETWORKS can exclude it.
var alwaysDenied = []struct {
	network netip.Prefix
	what    string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "unspecified"},
	{netip.MustParsePrefix("::/128"), "unspecified"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local (metadata services of clouds)"},
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved or broadcast"},
	// Metadata and host services of clouds that are not link-local.
	{netip.MustParsePrefix("fd00:ec2::/32"), "a metadata service (AWS)"},
	{netip.MustParsePrefix("fd20:ce::/32"), "a metadata service (Google Cloud)"},
	{netip.MustParsePrefix("168.63.129.16/32"), "a metadata service (Azure)"},
	{netip.MustParsePrefix("100.100.100.200/32"), "a metadata service (Alibaba Cloud)"},
	{netip.MustParsePrefix("192.0.0.192/32"), "a metadata service (Oracle Cloud)"},
	{netip.MustParsePrefix("fd00:c1::a9fe:a9fe/128"), "a metadata service (Oracle Cloud)"},
	{netip.MustParsePrefix("fd00:42::42/128"), "a metadata service (Scaleway)"},
}

// denialReason says why an address is always denied; "" where it is not.
func denialReason(addr netip.Addr) string {
	addr = addr.WithZone("").Unmap()
	for _, n := range alwaysDenied {
		if n.network.Contains(addr) {
			return n.what
		}
	}
	for _, inner := range embedded(addr) {
		for _, n := range alwaysDenied {
			if n.network.Contains(inner) {
				return "a translation of " + inner.String() + ", " + n.what
			}
		}
	}
	return ""
}

// networkDenialReason says why a network is always denied as a whole; "" where it is
// not.
func networkDenialReason(p netip.Prefix) string {
	for _, n := range alwaysDenied {
		if n.network.Bits() <= p.Bits() && n.network.Contains(p.Addr()) {
			return n.what
		}
	}
	return ""
}

var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")    // RFC 6052
	nat64Local = netip.MustParsePrefix("64:ff9b:1::/48")  // RFC 8215
	translated = netip.MustParsePrefix("::ffff:0:0:0/96") // RFC 2765
	compatible = netip.MustParsePrefix("::/96")           // RFC 4291, deprecated
	sixToFour  = netip.MustParsePrefix("2002::/16")       // RFC 3056
	teredo     = netip.MustParsePrefix("2001::/32")       // RFC 4380
)

// embedded are the IPv4 addresses to which a gateway on the way may turn an IPv6
// address. The prefix 64:ff9b:1::/48 leaves open how long the translator's own
// prefix is, which decides where the address stands (RFC 6052, section 2.2).
func embedded(addr netip.Addr) []netip.Addr {
	if !addr.Is6() {
		return nil
	}
	b := addr.As16()
	at := func(i ...int) netip.Addr { return netip.AddrFrom4([4]byte{b[i[0]], b[i[1]], b[i[2]], b[i[3]]}) }
	last := at(12, 13, 14, 15)
	switch {
	case addr == netip.IPv6Loopback():
		return nil
	case nat64.Contains(addr), translated.Contains(addr), compatible.Contains(addr):
		return []netip.Addr{last}
	case nat64Local.Contains(addr):
		return localNAT64(at)
	case sixToFour.Contains(addr):
		return []netip.Addr{at(2, 3, 4, 5)}
	case teredo.Contains(addr):
		client := ^binary.BigEndian.Uint32(b[12:])
		return []netip.Addr{at(4, 5, 6, 7), netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, client)))}
	}
	return nil
}

// localNAT64 reads the address at the places that it has with prefixes of 48,
// 56, 64 and 96 bits; byte 8 is skipped. What begins with zero there is a wrong
// guess of the place, and leads nowhere if it is not.
func localNAT64(at func(...int) netip.Addr) []netip.Addr {
	var found []netip.Addr
	for _, inner := range []netip.Addr{at(6, 7, 9, 10), at(7, 9, 10, 11), at(9, 10, 11, 12), at(12, 13, 14, 15)} {
		if inner.As4()[0] != 0 {
			found = append(found, inner)
		}
	}
	return found
}
