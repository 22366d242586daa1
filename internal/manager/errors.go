package manager

import (
	"context"
	"errors"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// ErrUnknownRouter means that no router of that id is connected.
var ErrUnknownRouter = errors.New("no router with this router_id is connected; POST /connect first")

// ErrClosed refuses everything once the manager is closing.
var ErrClosed = errors.New("the server is shutting down")

// InputError is a mistake of the caller, found before anything was sent.
type InputError struct {
	Field  string
	Detail string
}

func (e *InputError) Error() string { return e.Field + " " + e.Detail }

// Code is what kind of failure an error is, for programs. The HTTP side gives
// each code its status.
type Code string

// The codes of failures that routers and their connections cause.
const (
	CodeInvalid     Code = "invalid_request"
	CodeUnknown     Code = "unknown_router"
	CodeRefused     Code = "router_refused"
	CodeLogin       Code = "login_failed"
	CodeCertificate Code = "certificate_refused"
	CodeAddress     Code = "address_refused"
	CodeBusy        Code = "router_busy"
	CodeTooLarge    Code = "reply_too_large"
	CodeUnreachable Code = "router_unreachable"
	CodeTimeout     Code = "timeout"
	CodeClosing     Code = "shutting_down"
	CodeInternal    Code = "internal"
)

// CodeOf classifies an error. Refusals come first: they are the router's own
// answer; then what is about time, since a timeout often wraps the state of the
// connection; then everything that says there is no way to the router.
func CodeOf(err error) Code {
	if _, ok := errors.AsType[*InputError](err); ok {
		return CodeInvalid
	}
	if _, ok := errors.AsType[*routeros.TrapError](err); ok {
		return CodeRefused
	}
	if _, ok := errors.AsType[*routeros.LoginError](err); ok {
		return CodeLogin
	}
	if _, ok := errors.AsType[*routeros.CertificateError](err); ok {
		return CodeCertificate
	}
	if _, ok := errors.AsType[*routeros.AddressError](err); ok {
		return CodeAddress
	}
	if down, ok := errors.AsType[*pool.DownError](err); ok && !down.Timeout() {
		return CodeUnreachable // for whoever had time left, however the last attempt failed
	}
	if link, ok := errors.AsType[*routeros.LinkError](err); ok && link.Timeout() {
		return CodeTimeout
	}
	switch {
	case errors.Is(err, ErrUnknownRouter), errors.Is(err, pool.ErrReleased):
		return CodeUnknown
	case errors.Is(err, ErrClosed), errors.Is(err, pool.ErrPoolClosed):
		return CodeClosing
	case errors.Is(err, routeros.ErrBusy):
		return CodeBusy
	case errors.Is(err, routeros.ErrReplyTooLarge):
		return CodeTooLarge
	case errors.Is(err, routeros.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout
	case unreachable(err):
		return CodeUnreachable
	}
	return CodeInternal
}

func unreachable(err error) bool {
	_, link := errors.AsType[*routeros.LinkError](err)
	_, fatal := errors.AsType[*routeros.FatalError](err)
	return link || fatal || errors.Is(err, routeros.ErrClosed)
}
