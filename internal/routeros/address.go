package routeros

import (
	"context"
	"fmt"
	"net/netip"
	"syscall"
)

// AddressError means that an address was not dialed because Options.Admit is
// against it. Trying again is of no use while the name leads there.
type AddressError struct {
	Host string     // as it was given
	Addr netip.Addr // that it led to
	Err  error      // why
}

func (e *AddressError) Error() string {
	if e.Host == e.Addr.String() {
		return fmt.Sprintf("the address %s is refused: %v", e.Addr, e.Err)
	}
	return fmt.Sprintf("the address %s of %q is refused: %v", e.Addr, e.Host, e.Err)
}

func (e *AddressError) Unwrap() error { return e.Err }

// admission is asked by net.Dialer with each address, when it is resolved and
// just before it is dialed.
func admission(host string, admit func(string, netip.Addr) error) func(context.Context, string, string, syscall.RawConn) error {
	if admit == nil {
		return nil
	}
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return &AddressError{Host: host, Err: err}
		}
		if err := admit(host, to.Addr()); err != nil {
			return &AddressError{Host: host, Addr: to.Addr(), Err: err}
		}
		return nil
	}
}
