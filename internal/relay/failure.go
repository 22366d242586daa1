package relay

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/rules"
)

// Kinds of errors in a message. An error of another kind crosses as its text, with
// whether it is a timeout, whether nothing was sent, and the errors that it wraps.
const (
	kindText byte = iota
	kindSentinel
	kindCode
	kindDenied
	kindTrap
	kindFatal
	kindLogin
	kindCertificate
	kindAddress
	kindLink
	kindNotSent
	kindDown
	kindOp
	kindDNS
	kindAddr
	kindSyscall
	kindErrno
	kindCause
)

// sentinels are errors that are compared. The order is part of the messages.
var sentinels = []error{
	context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, os.ErrDeadlineExceeded, net.ErrClosed,
	routeros.ErrClosed, routeros.ErrReplyTooLarge, routeros.ErrNoMemory, routeros.ErrBusy, routeros.ErrTimeout, routeros.ErrNoCommonCipher, routeros.ErrOldTLS,
	pool.ErrReleased, pool.ErrPoolClosed,
}

const (
	// maxDepth and maxErrors limit the errors in one message: those that wrap each other,
	// and all of them.
	maxDepth  = 16
	maxErrors = 64
	// maxErrorText limits one text of an error. Routers are shortened before: their text
	// is 64 KiB at most.
	maxErrorText = 64 << 10
	// maxError limits an error as a message. A larger one crosses as its text.
	maxError = 192 << 10
)

// causeError is why a requester cancelled its request. It crosses as kindCause, so that
// the requester gets the very error back.
type causeError struct{ error }

func (e causeError) Unwrap() error { return e.error }

// appendError appends an error; nil takes no byte.
func appendError(b []byte, err error) []byte {
	if err == nil {
		return b
	}
	e := errorWriter{b: b, left: maxErrors}
	e.write(err, maxDepth)
	if len(e.b)-len(b) > maxError {
		e = errorWriter{b: b, left: 1}
		e.write(errcode.New(errcode.Of(err), cut(err.Error(), maxErrorText)), 1)
	}
	return e.b
}

func cut(text string, length int) string { return text[:min(len(text), length)] }

// errorWriter appends one error with all that it wraps.
type errorWriter struct {
	b    []byte
	left int // errors that may follow
}

func (e *errorWriter) kind(k byte) { e.b = append(e.b, k) }

func (e *errorWriter) text(texts ...string) {
	for _, t := range texts {
		e.b = appendText(e.b, cut(t, maxErrorText))
	}
}

func (e *errorWriter) flag(flag bool) { e.b = appendFlag(e.b, flag) }

// errors appends wrapped errors, those that are not nil.
func (e *errorWriter) errors(depth int, wrapped ...error) {
	wrapped = slices.DeleteFunc(wrapped, func(err error) bool { return err == nil })
	if depth <= 1 || len(wrapped) > e.left {
		wrapped = nil
	}
	e.left -= len(wrapped)
	e.b = appendNumber(e.b, uint64(len(wrapped)))
	for _, err := range wrapped {
		e.write(err, depth-1)
	}
}

func (e *errorWriter) write(err error, depth int) {
	if i := slices.IndexFunc(sentinels, func(s error) bool { return s == err }); i >= 0 { //nolint:errorlint // the tree is walked here
		e.kind(kindSentinel)
		e.b = appendNumber(e.b, uint64(i))
		return
	}
	if !e.own(err, depth) && !e.network(err, depth) {
		e.other(err, depth)
	}
}

// own appends an error of this program's packages.
func (e *errorWriter) own(err error, depth int) bool {
	switch err := err.(type) { //nolint:errorlint // the tree is walked here
	case causeError:
		e.kind(kindCause)
		e.text(err.Error())
	case *errcode.Error:
		e.kind(kindCode)
		e.text(string(err.Code), err.Message)
	case *rules.DeniedError:
		e.kind(kindDenied)
		e.text(err.Command, err.Rule, err.Reason)
	case *routeros.TrapError:
		e.kind(kindTrap)
		e.b = appendNumber(e.b, uint64(len(err.Traps)))
		for _, t := range err.Traps {
			e.b = appendNumber(e.b, uint64(t.Category-routeros.CategoryNone)) //nolint:gosec // CategoryNone is the smallest
			e.text(t.Message)
		}
	case *routeros.FatalError:
		e.kind(kindFatal)
		e.text(err.Reason)
	case *routeros.LoginError:
		e.kind(kindLogin)
		e.text(err.User, err.Reason)
		e.flag(err.Retried)
	case *routeros.CertificateError:
		e.kind(kindCertificate)
		e.text(err.Fingerprint, err.Reason)
	case *routeros.AddressError:
		e.kind(kindAddress)
		e.text(err.Host, string(err.Addr.AppendTo(nil)))
		e.errors(depth, err.Err)
	case *routeros.LinkError:
		e.kind(kindLink)
		e.text(err.Step)
		e.errors(depth, err.Err)
	case *routeros.NotSentError:
		e.kind(kindNotSent)
		e.errors(depth, err.Err)
	case *pool.DownError:
		e.kind(kindDown)
		e.flag(!err.NextAttempt.IsZero())
		e.b = appendDuration(e.b, time.Until(err.NextAttempt))
		e.errors(depth, err.Cause)
		e.errors(depth, err.GaveUp)
	default:
		return false
	}
	return true
}

// network appends an error of package net and of the system.
func (e *errorWriter) network(err error, depth int) bool {
	switch err := err.(type) { //nolint:errorlint // the tree is walked here
	case *net.OpError:
		e.kind(kindOp)
		e.text(err.Op, err.Net)
		for _, addr := range []net.Addr{err.Source, err.Addr} {
			e.flag(addr != nil)
			if addr != nil {
				e.text(addr.Network(), addr.String())
			}
		}
		e.errors(depth, err.Err)
	case *net.DNSError:
		e.kind(kindDNS)
		e.text(err.Err, err.Name, err.Server)
		e.flag(err.IsTimeout)
		e.flag(err.IsTemporary)
		e.flag(err.IsNotFound)
	case *net.AddrError:
		e.kind(kindAddr)
		e.text(err.Err, err.Addr)
	case *os.SyscallError:
		e.kind(kindSyscall)
		e.text(err.Syscall)
		e.errors(depth, err.Err)
	case syscall.Errno:
		e.kind(kindErrno)
		e.b = appendNumber(e.b, uint64(err))
		e.text(err.Error())
	default:
		return false
	}
	return true
}

// other appends an error of any other type.
func (e *errorWriter) other(err error, depth int) {
	e.kind(kindText)
	e.text(err.Error())
	timeout, ok := err.(interface{ Timeout() bool }) //nolint:errorlint // the tree is walked here
	e.flag(ok && timeout.Timeout())
	safe, ok := err.(interface{ SafeToRetry() bool }) //nolint:errorlint // the tree is walked here
	e.flag(ok && safe.SafeToRetry())
	switch w := err.(type) { //nolint:errorlint // the tree is walked here
	case interface{ Unwrap() error }:
		e.errors(depth, w.Unwrap())
	case interface{ Unwrap() []error }:
		e.errors(depth, slices.Clone(w.Unwrap())...)
	default:
		e.errors(depth)
	}
}

// addressOf is the address in a message; the zero one if there is none.
func addressOf(text string) netip.Addr {
	addr, _ := netip.ParseAddr(text)
	return addr
}
