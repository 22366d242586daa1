package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/rules"
)

// limitError is a time limit of package api.
type limitError struct{}

func (limitError) Error() string { return "no answer: the router did not finish within 30s" }
func (limitError) Unwrap() error { return routeros.ErrTimeout }

// dialError is what a dial really fails with.
func dialError(err error) error {
	return &routeros.LinkError{Step: "dial", Err: &net.OpError{
		Op: "dial", Net: "tcp", Source: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 7), Port: 40000}, Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8728}, Err: err,
	}}
}

// failures are errors of every type that a code, a text or a decision depends on.
var failures = map[string]error{
	"a code":                          errcode.New(errcode.Invalid, "args[0] is missing"),
	"store":                           errcode.New(errcode.StoreUnavailable, "no"),
	"rules":                           &rules.DeniedError{Command: "/system/reboot", Rule: "/system/reboot", Reason: "denied by default"},
	"trap":                            &routeros.TrapError{Traps: []routeros.Trap{{Category: routeros.CategoryNone, Message: "no such command or directory (x)"}, {Category: 0, Message: "no such command prefix"}, {Category: 7, Message: "ü\x01"}}},
	"fatal":                           &routeros.FatalError{Reason: "session terminated"},
	"login":                           &routeros.LoginError{User: "api", Reason: "invalid user name or password (6)"},
	"login, for the moment":           &routeros.LoginError{User: "api", Reason: "radius timeout"},
	"login, that worked before":       &routeros.LoginError{User: "api", Reason: "invalid user name or password (6)", Retried: true},
	"certificate":                     &routeros.CertificateError{Fingerprint: strings.Repeat("ab", 32), Reason: "it is not the pinned one"},
	"address":                         &routeros.AddressError{Host: "router.example", Addr: netip.MustParseAddr("127.0.0.1"), Err: errors.New("loopback")},
	"address, as it was given":        &routeros.AddressError{Host: "127.0.0.1", Addr: netip.MustParseAddr("127.0.0.1"), Err: errors.New("loopback")},
	"no address":                      &routeros.AddressError{Host: "x", Err: errors.New("bad")},
	"connection refused":              dialError(os.NewSyscallError("connect", syscall.ECONNREFUSED)),
	"no such host":                    dialError(&net.DNSError{Err: "no such host", Name: "router.example", Server: "10.0.0.53:53", IsNotFound: true}),
	"the resolver does not answer":    dialError(&net.DNSError{Err: "i/o timeout", Name: "router.example", Server: "10.0.0.53:53", IsTimeout: true, IsTemporary: true}),
	"no address of the kind":          dialError(&net.AddrError{Err: "no suitable address found", Addr: "192.0.2.1"}),
	"dialing took too long":           dialError(os.ErrDeadlineExceeded),
	"dialing took too long, by us":    &routeros.LinkError{Step: "dial", Err: fmt.Errorf("%w within 10s", routeros.ErrTimeout)},
	"probe":                           &routeros.LinkError{Step: "probe", Err: fmt.Errorf("%w: no sign of life for 5s", routeros.ErrTimeout)},
	"read":                            &routeros.LinkError{Step: "read", Err: errors.New("the router closed the connection")},
	"write":                           &routeros.LinkError{Step: "write", Err: fmt.Errorf("%w: the router stopped reading for 10s", routeros.ErrTimeout)},
	"TLS":                             &routeros.LinkError{Step: "tls", Err: fmt.Errorf("%w: upgrade (%w)", routeros.ErrOldTLS, io.EOF)},
	"not sent":                        &routeros.NotSentError{Err: &routeros.LinkError{Step: "read", Err: io.EOF}},
	"down":                            &pool.DownError{Cause: dialError(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), NextAttempt: time.Now().Add(time.Hour + 700*time.Millisecond)},
	"down, an attempt is under way":   &pool.DownError{Cause: &routeros.LinkError{Step: "read", Err: io.EOF}},
	"down, the caller's time is over": &pool.DownError{Cause: dialError(os.ErrDeadlineExceeded), GaveUp: limitError{}},
	"the first attempt takes long":    &pool.DownError{GaveUp: context.DeadlineExceeded},
	"down, the caller left":           &pool.DownError{GaveUp: context.Canceled},
	"limit":                           limitError{},
	"busy":                            routeros.ErrBusy,
	"memory":                          routeros.ErrNoMemory,
	"too large":                       fmt.Errorf("/ppp/active/print: %w", routeros.ErrReplyTooLarge),
	"closed":                          routeros.ErrClosed,
	"released":                        pool.ErrReleased,
	"pool closed":                     pool.ErrPoolClosed,
	"two":                             errors.Join(routeros.ErrNoMemory, errors.New("and another")),
	"panic":                           errors.New("panic: oops"),
}

func TestErrorsCross(t *testing.T) {
	for name, err := range failures {
		t.Run(name, func(t *testing.T) {
			far := decodeError(appendError(nil, err), nil)
			sameFailure(t, err, far)
			sameFailure(t, err, decodeError(appendError(nil, far), nil)) // once more
		})
	}
	assert.NoError(t, decodeError(appendError(nil, nil), nil))
}

// sameFailure asserts what programs and people get from an error.
func sameFailure(t *testing.T, want, got error) {
	t.Helper()
	require.Error(t, got)
	assert.Equal(t, want.Error(), got.Error())
	assert.Equal(t, errcode.Of(want), errcode.Of(got), got)
	assert.Equal(t, errcode.PublicText(want), errcode.PublicText(got))
	assert.Equal(t, routeros.SafeToRetry(want), routeros.SafeToRetry(got))
	for _, s := range sentinels {
		assert.Equal(t, errors.Is(want, s), errors.Is(got, s), s)
	}
	wantTraps, _ := errors.AsType[*routeros.TrapError](want)
	gotTraps, _ := errors.AsType[*routeros.TrapError](got)
	assert.Equal(t, wantTraps, gotTraps)
	wantLink, _ := errors.AsType[*routeros.LinkError](want)
	gotLink, _ := errors.AsType[*routeros.LinkError](got)
	require.Equal(t, wantLink == nil, gotLink == nil)
	if wantLink != nil {
		assert.Equal(t, wantLink.Step, gotLink.Step)
		assert.Equal(t, wantLink.Timeout(), gotLink.Timeout())
	}
}

func TestTheRequesterGetsItsOwnCauseBack(t *testing.T) {
	mine := errors.New("the client left")
	for name, err := range map[string]error{
		"alone":   causeError{errors.New("the client left")},
		"wrapped": &pool.DownError{Cause: io.EOF, GaveUp: causeError{errors.New("the client left")}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.ErrorIs(t, decodeError(appendError(nil, err), mine), mine)
			assert.EqualError(t, decodeError(appendError(nil, err), nil), err.Error())
		})
	}
}

func TestLargeErrorsAreCut(t *testing.T) {
	deep := error(routeros.ErrTimeout)
	for range 100 {
		deep = fmt.Errorf("x: %w", deep)
	}
	many := make([]error, 1000)
	for i := range many {
		many[i] = fmt.Errorf("%d: %s", i, strings.Repeat("y", 1000))
	}
	traps := &routeros.TrapError{}
	for range 64 {
		traps.Traps = append(traps.Traps, routeros.Trap{Message: strings.Repeat("z", 64<<10)})
	}
	for name, err := range map[string]error{"deep": deep, "many": errors.Join(many...), "long": errors.New(strings.Repeat("x", 1<<20)), "traps": traps} {
		t.Run(name, func(t *testing.T) {
			b := appendError(nil, err)
			assert.LessOrEqual(t, len(b), maxError)
			far := decodeError(b, nil)
			assert.NotErrorIs(t, far, errMalformed)
			assert.True(t, strings.HasPrefix(err.Error(), far.Error()))
		})
	}
	assert.Equal(t, errcode.Refused, errcode.Of(decodeError(appendError(nil, traps), nil)))
}

func FuzzDecodeError(f *testing.F) {
	for _, err := range failures {
		f.Add(appendError(nil, err))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		err := decodeError(b, nil)
		if err == nil {
			assert.Empty(t, b)
			return
		}
		_, _, _ = errcode.Of(err), errcode.PublicText(err), routeros.SafeToRetry(err)
		_ = appendError(nil, err)
	})
}
