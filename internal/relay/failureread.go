package relay

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/rules"
)

// farError is an error of a type that has no meaning of its own here, as another instance
// had it.
type farError struct {
	text    string
	timeout bool
	wrapped []error
}

func (e *farError) Error() string { return e.text }

func (e *farError) Unwrap() []error { return e.wrapped }

// Timeout reports whether something took too long.
func (e *farError) Timeout() bool { return e.timeout }

// safeError is a farError that says of itself that nothing was sent, see
// [routeros.SafeToRetry].
type safeError struct{ *farError }

// SafeToRetry is always true.
func (safeError) SafeToRetry() bool { return true }

// farAddr is an address in an error.
type farAddr struct{ network, text string }

func (a farAddr) Network() string { return a.network }

func (a farAddr) String() string { return a.text }

// decodeError returns the error of a message, nil where there is none. cause is why this
// side cancelled the request, if it did.
func decodeError(b []byte, cause error) error {
	if len(b) == 0 {
		return nil
	}
	e := errorReader{fields: fields{rest: b}, cause: cause, left: maxErrors}
	err := e.read(maxDepth)
	if e.malformed || len(e.rest) > 0 {
		return errMalformed
	}
	return err
}

// errorReader reads what an errorWriter has written.
type errorReader struct {
	fields

	cause error
	left  int
}

// errors reads wrapped errors.
func (e *errorReader) errors(depth int) (wrapped []error) {
	n := e.list()
	if e.left -= n; e.left < 0 || n > 0 && depth <= 1 {
		e.fail()
		return nil
	}
	for range n {
		wrapped = append(wrapped, e.read(depth-1))
	}
	return wrapped
}

// error reads at most one wrapped error.
func (e *errorReader) error(depth int) error {
	wrapped := e.errors(depth)
	if len(wrapped) > 1 {
		e.fail()
	}
	if len(wrapped) == 0 {
		return nil
	}
	return wrapped[0]
}

// inner reads the wrapped error of a type that cannot do without one.
func (e *errorReader) inner(depth int) error {
	if err := e.error(depth); err != nil {
		return err
	}
	return errCut
}

// errCut stands for errors that were too many for a message.
var errCut = errors.New("…")

func (e *errorReader) read(depth int) error {
	switch kind := e.byte(); kind {
	case kindText:
		far := &farError{text: e.text(), timeout: e.flag()}
		safe := e.flag()
		far.wrapped = e.errors(depth)
		if safe {
			return safeError{far}
		}
		return far
	case kindSentinel:
		n := e.number()
		if n >= uint64(len(sentinels)) {
			e.fail()
			return errMalformed
		}
		return sentinels[n]
	case kindCause:
		if text := e.text(); e.cause == nil {
			return &farError{text: text}
		}
		return e.cause
	case kindCode:
		return errcode.New(errcode.Code(e.text()), e.text())
	case kindDenied:
		return &rules.DeniedError{Command: e.text(), Rule: e.text(), Reason: e.text()}
	case kindOp, kindDNS, kindAddr, kindSyscall, kindErrno:
		return e.network(kind, depth)
	default:
		return e.router(kind, depth)
	}
}

// router reads an error of a router or of the session.
func (e *errorReader) router(kind byte, depth int) error {
	switch kind {
	case kindTrap:
		return e.traps()
	case kindFatal:
		return &routeros.FatalError{Reason: e.text()}
	case kindLogin:
		return &routeros.LoginError{User: e.text(), Reason: e.text(), Retried: e.flag()}
	case kindCertificate:
		return &routeros.CertificateError{Fingerprint: e.text(), Reason: e.text()}
	case kindAddress:
		return &routeros.AddressError{Host: e.text(), Addr: addressOf(e.text()), Err: e.inner(depth)}
	case kindLink:
		return &routeros.LinkError{Step: e.text(), Err: e.inner(depth)}
	case kindNotSent:
		return &routeros.NotSentError{Err: e.inner(depth)}
	case kindDown:
		down := &pool.DownError{}
		planned := e.flag()
		if next := e.duration(); planned {
			down.NextAttempt = time.Now().Add(next)
		}
		down.Cause, down.GaveUp = e.error(depth), e.error(depth)
		if down.Cause == nil && down.GaveUp == nil {
			down.Cause = errCut
		}
		return down
	}
	e.fail()
	return errMalformed
}

func (e *errorReader) traps() error {
	refused := &routeros.TrapError{}
	for range e.list() {
		category := int(e.byte()) + routeros.CategoryNone
		refused.Traps = append(refused.Traps, routeros.Trap{Category: category, Message: e.text()})
	}
	if len(refused.Traps) == 0 { // has one at least
		e.fail()
		return errMalformed
	}
	return refused
}

// network reads an error of package net or of the system.
func (e *errorReader) network(kind byte, depth int) error {
	switch kind {
	case kindOp:
		op := &net.OpError{Op: e.text(), Net: e.text()}
		for _, addr := range []*net.Addr{&op.Source, &op.Addr} {
			if e.flag() {
				*addr = farAddr{e.text(), e.text()}
			}
		}
		op.Err = e.inner(depth)
		return op
	case kindDNS:
		return &net.DNSError{Err: e.text(), Name: e.text(), Server: e.text(), IsTimeout: e.flag(), IsTemporary: e.flag(), IsNotFound: e.flag()}
	case kindAddr:
		return &net.AddrError{Err: e.text(), Addr: e.text()}
	case kindSyscall:
		return &os.SyscallError{Syscall: e.text(), Err: e.inner(depth)}
	}
	number, text := syscall.Errno(e.number()), e.text()
	if number.Error() != text { // of another operating system
		return &farError{text: text}
	}
	return number
}
