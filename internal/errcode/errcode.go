// Package errcode names the kinds of failure that clients can tell apart: a
// [Code] stands in every error answer, in the audit log, in metrics and in
// status events. The HTTP status of each code is the api package's business.
package errcode

import (
	"context"
	"errors"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// Code is what kind of failure an error is, for programs. Clients rely on the
// values: they do not change.
type Code string

// Failures of a request itself. Nothing was sent to a router.
const (
	Invalid       Code = "invalid_request"
	Unauthorized  Code = "unauthorized"
	TicketExpired Code = "ticket_expired"
	Forbidden     Code = "forbidden"
	Denied        Code = "command_denied"
	Unknown       Code = "unknown_router"
	NotFound      Code = "not_found"
	Method        Code = "method_not_allowed"
	BodyTooLarge  Code = "body_too_large"
	MediaType     Code = "unsupported_media_type"
	RateLimited   Code = "rate_limited"
	Quota         Code = "quota_exceeded"
	Starting      Code = "starting"
	Closing       Code = "shutting_down"
	Internal      Code = "internal"
)

// Failures of routers and of the connections to them.
const (
	Refused     Code = "router_refused"
	Login       Code = "login_failed"
	Certificate Code = "certificate_refused"
	Address     Code = "address_refused"
	Busy        Code = "router_busy"
	TooLarge    Code = "reply_too_large"
	Unreachable Code = "router_unreachable"
	Timeout     Code = "timeout"
)

// Error is a failure that this program found itself, before anything was sent.
type Error struct {
	Code    Code
	Message string // for a person: what is wrong and what to do about it
}

func (e *Error) Error() string { return e.Message }

// New returns an error with a code.
func New(code Code, message string) error { return &Error{Code: code, Message: message} }

// Field returns an error about one field of a request: its name, and what is
// wrong with its value.
func Field(name, wrong string) error { return New(Invalid, name+" "+wrong) }

// Of classifies an error; nil has no code. Refusals come first, since they are
// the router's own answer; then what is about time, since a timeout often wraps
// the state of the connection; then everything that says that there is no way to
// the router. What is in no class is [Internal].
func Of(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	if code := refusal(err); code != "" {
		return code
	}
	if down, ok := errors.AsType[*pool.DownError](err); ok && !down.Timeout() {
		return Unreachable // for whoever had time left, however the last attempt failed
	}
	if link, ok := errors.AsType[*routeros.LinkError](err); ok && link.Timeout() {
		return Timeout
	}
	switch {
	case err == nil:
		return ""
	case errors.Is(err, pool.ErrReleased):
		return Unknown
	case errors.Is(err, pool.ErrPoolClosed):
		return Closing
	case errors.Is(err, routeros.ErrBusy):
		return Busy
	case errors.Is(err, routeros.ErrReplyTooLarge):
		return TooLarge
	case errors.Is(err, routeros.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return Timeout
	case unreachable(err):
		return Unreachable
	}
	return Internal
}

// refusal is the code of what a router, its certificate or its address is the
// reason for; empty for other errors.
func refusal(err error) Code {
	if _, ok := errors.AsType[*routeros.TrapError](err); ok {
		return Refused
	}
	if _, ok := errors.AsType[*routeros.LoginError](err); ok {
		return Login
	}
	if _, ok := errors.AsType[*routeros.CertificateError](err); ok {
		return Certificate
	}
	if _, ok := errors.AsType[*routeros.AddressError](err); ok {
		return Address
	}
	return ""
}

func unreachable(err error) bool {
	_, link := errors.AsType[*routeros.LinkError](err)
	_, fatal := errors.AsType[*routeros.FatalError](err)
	return link || fatal || errors.Is(err, routeros.ErrClosed)
}
