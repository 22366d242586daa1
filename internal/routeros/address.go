package routeros

import (
	"context"
	"fmt"
	"net/netip"
	"syscall"
)

// AddressError means that an address was not dialed because Options.Admit refused
// it. Another attempt fails as well while the name resolves to that address.
type AddressError struct {
	Host string     // as given: a name or an address
	Addr netip.Addr // that Host resolved to
	Err  error      // from Admit
}

func (e *AddressError) Error() string {
	if e.Host == e.Addr.String() {
		return fmt.Sprintf("the address %s is refused: %v", e.Addr, e.Err)
	}
	return fmt.Sprintf("the address %s of %q is refused: %v", e.Addr, e.Host, e.Err)
}

func (e *AddressError) Unwrap() error { return e.Err }

// admission returns a control function for net.Dialer, which calls it with each
// resolved address just before dialing it: a name that resolves differently a
// moment later cannot get around it.
func admission(host string, admit func(string, netip.AddrPort) error) func(context.Context, string, string, syscall.RawConn) error {
	if admit == nil {
		return nil
	}
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return &AddressError{Host: host, Err: err}
		}
		if err := admit(host, to); err != nil {
			return &AddressError{Host: host, Addr: to.Addr(), Err: err}
		}
		return nil
	}
}
