package config

import (
	"errors"
	"net/netip"
	"strings"
)

// Switch is a setting that is on or off.
type Switch bool

// UnmarshalText accepts on, true, yes and 1, and off, false, no and 0, in either case.
func (s *Switch) UnmarshalText(text []byte) error {
	switch strings.ToLower(string(text)) {
	case "on", "true", "yes", "1":
		*s = true
	case "off", "false", "no", "0":
		*s = false
	default:
		return errors.New("is invalid; use on or off")
	}
	return nil
}

// String is on or off.
func (s Switch) String() string {
	if s {
		return "on"
	}
	return "off"
}

// checkProxies returns the items as networks, an address as a network of one, and adds
// a mistake for each that is neither. Empty items are skipped.
func checkProxies(items []string, found *Error) []string {
	var networks []string
	for _, item := range items {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		network, err := netip.ParsePrefix(item)
		if addr, e := netip.ParseAddr(item); e == nil && addr.Zone() == "" {
			addr = addr.Unmap()
			network, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		switch {
		case err != nil || network.Addr().Is4In6():
			found.addf("TRUSTED_PROXIES", "%q is not a network such as 10.0.0.0/8 or an address", item)
		case network.Bits() == 0:
			found.addf("TRUSTED_PROXIES", "%q would trust the header of every client", item)
		default:
			networks = append(networks, network.Masked().String())
		}
	}
	return networks
}
