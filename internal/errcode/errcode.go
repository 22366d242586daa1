// Package errcode has the error codes of the API. A [Code] is part of every error
// response, of the audit log, of metrics and of status events. Package api maps codes to
// HTTP statuses.
package errcode

import (
	"context"
	"errors"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// Code is the kind of an error, for programs. Clients rely on the values, which never
// change.
type Code string

// Errors in a request or of the server. Nothing was sent to a router.
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
	Declared      Code = "declared"   // the router is in ROUTERS_FILE, or the key in API_KEYS or API_KEYS_FILE
	Changed       Code = "changed"    // the router has something else than the request names
	NameTaken     Code = "name_taken" // of another key or invitation
	Starting      Code = "starting"
	Closing       Code = "shutting_down"
	AuditFull     Code = "audit_log_full"
	// StoreUnavailable means that the register of routers could not be written.
	StoreUnavailable Code = "store_unavailable"
	// ReceiverFailed means that a receiver of alerts did not take a message.
	ReceiverFailed Code = "receiver_failed"
	Internal       Code = "internal"
)

// Errors of routers and of the connections to them.
const (
	Refused     Code = "router_refused"
	Login       Code = "login_failed"
	Certificate Code = "certificate_refused"
	Address     Code = "address_refused"
	Busy        Code = "router_busy"
	TooLarge    Code = "reply_too_large"
	InFlight    Code = "too_much_in_flight"
	Unreachable Code = "router_unreachable"
	Timeout     Code = "timeout"
)

// Error is an error that this program found before anything was sent to a router.
type Error struct {
	Code    Code
	Message string // for people: what is wrong and what to do
}

func (e *Error) Error() string { return e.Message }

// New returns an error with a code.
func New(code Code, message string) error { return &Error{Code: code, Message: message} }

// Field returns an [Invalid] error for a field of a request: its name, and what is
// wrong with its value, such as "is missing".
func Field(name, wrong string) error { return New(Invalid, name+" "+wrong) }

// Of returns the code of an error, empty for nil and [Internal] for unknown errors.
// Refusals come first, since they are the answer of the router; then timeouts, which
// often wrap the state of the connection; then everything that means that the router
// cannot be reached.
func Of(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	if code := refusal(err); code != "" {
		return code
	}
	if down, ok := errors.AsType[*pool.DownError](err); ok && !down.Timeout() {
		return Unreachable // the caller had time left, whatever the reason of the last attempt
	}
	if link, ok := errors.AsType[*routeros.LinkError](err); ok && link.Step == "probe" {
		return Unreachable // a router that does not answer a probe is gone
	} else if ok && link.Timeout() {
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
	case errors.Is(err, routeros.ErrNoMemory):
		return InFlight
	case errors.Is(err, routeros.ErrReplyTooLarge):
		return TooLarge
	case errors.Is(err, routeros.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return Timeout
	case unreachable(err):
		return Unreachable
	}
	return Internal
}

// refusal returns the code of an error that the router, its certificate or its address
// is the reason for; empty for other errors.
func refusal(err error) Code {
	if _, ok := errors.AsType[*routeros.TrapError](err); ok {
		return Refused
	}
	if login, ok := errors.AsType[*routeros.LoginError](err); ok {
		if login.Temporary() {
			return Unreachable // nobody has to correct anything
		}
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
