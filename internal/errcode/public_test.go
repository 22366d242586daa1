package errcode_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

func TestPublicText(t *testing.T) {
	server, router := &net.TCPAddr{IP: net.IPv4(10, 9, 9, 9), Port: 40000}, &net.TCPAddr{IP: net.IPv4(10, 8, 8, 8), Port: 8728}
	link := func(step string, err error) error { return &routeros.LinkError{Step: step, Err: err} }
	refused := &os.SyscallError{Syscall: "connect", Err: syscall.ECONNREFUSED}
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"refused": {link("dial", &net.OpError{Op: "dial", Net: "tcp", Addr: router, Err: refused}), "dial: dial tcp: connection refused"},
		"reset": {
			link("read", &net.OpError{Op: "read", Net: "tcp", Source: server, Addr: router, Err: &os.SyscallError{Syscall: "read", Err: syscall.ECONNRESET}}),
			"read: read tcp: connection reset by peer",
		},
		"no such host": {
			link("dial", &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "r.example", Server: "10.7.7.7:53", IsNotFound: true}}),
			"dial: dial tcp: no such host",
		},
		"a resolver that is down": {
			link("dial", &net.DNSError{Err: "read udp 10.9.9.9:1->10.7.7.7:53: connection refused", Name: "r.example", Server: "10.7.7.7:53"}),
			"dial: lookup r.example: the name cannot be resolved at the moment",
		},
		"timeout": {link("read", &net.OpError{Op: "read", Net: "tcp", Source: server, Addr: router, Err: os.ErrDeadlineExceeded}), "read: read tcp: i/o timeout"},
		"in a sentence": {
			&pool.DownError{Cause: link("login", fmt.Errorf("the router closed the connection; check /ip service: %w", &net.OpError{Op: "read", Net: "tcp", Addr: router, Err: syscall.EPIPE})), GaveUp: context.DeadlineExceeded},
			"context deadline exceeded while waiting for the router (login: the router closed the connection; check /ip service: read tcp: broken pipe)",
		},
		"a name that is not dialed": {
			&routeros.AddressError{Host: "r.example", Addr: netip.MustParseAddr("64:ff9b::a9fe:a9fe"), Err: errors.New("it is a translation of 169.254.169.254, link-local, which is never dialed")},
			`the address of "r.example" is refused: the server does not dial it (ROUTER_NETWORKS)`,
		},
		"an address that is not dialed": {
			&routeros.AddressError{Host: "10.8.8.8", Addr: netip.MustParseAddr("10.8.8.8"), Err: errors.New("it is not in ROUTER_NETWORKS")},
			"the address 10.8.8.8 is refused: it is not in ROUTER_NETWORKS",
		},
		"nothing to hide": {&routeros.TrapError{Traps: []routeros.Trap{{Message: "no such item (4)"}}}, "no such item (4)"},
		"joined":          {errors.Join(errors.New("a"), &net.OpError{Op: "dial", Addr: router, Err: refused}), "a\ndial: connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, errcode.PublicText(tc.err))
		})
	}
}
