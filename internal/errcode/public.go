package errcode

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// PublicText returns the text of an error without what it says of the server's network:
// the resolver, the address that a name leads to, and the server's own address. A client
// knows the host that it named, and learns nothing else.
func PublicText(err error) string {
	text := err.Error()
	for _, inner := range withAddresses(err) {
		text = strings.ReplaceAll(text, inner.Error(), publicText(inner))
	}
	return text
}

// withAddresses returns the outermost errors in the tree of err that have addresses.
func withAddresses(err error) []error {
	switch err.(type) { //nolint:errorlint // the tree is walked here
	case *net.OpError, *net.DNSError, *net.AddrError, *routeros.AddressError:
		return []error{err}
	}
	switch w := err.(type) { //nolint:errorlint // the tree is walked here
	case interface{ Unwrap() error }:
		if inner := w.Unwrap(); inner != nil {
			return withAddresses(inner)
		}
	case interface{ Unwrap() []error }:
		var all []error
		for _, inner := range w.Unwrap() {
			all = append(all, withAddresses(inner)...)
		}
		return all
	}
	return nil
}

func publicText(err error) string {
	switch e := err.(type) { //nolint:errorlint // withAddresses found it
	case *net.OpError:
		op := e.Op
		if e.Net != "" {
			op += " " + e.Net
		}
		return op + ": " + publicCause(e.Err)
	case *net.DNSError:
		return fmt.Sprintf("lookup %s: %s", e.Name, publicCause(e))
	case *net.AddrError:
		return e.Err
	case *routeros.AddressError:
		if e.Host == e.Addr.String() {
			return e.Error() // as the client wrote it
		}
		return fmt.Sprintf("the address of %q is refused: the server does not dial it (ROUTER_NETWORKS)", e.Host)
	}
	return err.Error()
}

// publicCause is why a step of the network failed.
func publicCause(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		switch {
		case dns.IsNotFound:
			return "no such host"
		case dns.IsTimeout:
			return "no answer in time"
		}
		return "the name cannot be resolved at the moment"
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return os.ErrDeadlineExceeded.Error()
	}
	return PublicText(err)
}
