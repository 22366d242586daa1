package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Codes of the client itself. Those of the server are listed in docs/errors.md; they
// never change, and a newer server may have further ones.
const (
	CodeNetwork       = "network"        // there was no connection, or it broke
	CodeNoAnswer      = "no_answer"      // the server did not answer in time
	CodeForeignAnswer = "foreign_answer" // the answer is not one of Mikronec, but of a proxy before it
	CodeTooLarge      = "too_large"      // a line or an answer is longer than the client takes
)

// Codes of the server that programs often tell apart.
const (
	CodeUnauthorized      = "unauthorized"
	CodeTicketExpired     = "ticket_expired"
	CodeForbidden         = "forbidden"
	CodeUnknownRouter     = "unknown_router"
	CodeRouterRefused     = "router_refused"
	CodeRouterUnreachable = "router_unreachable"
	CodeTimeout           = "timeout"
)

// Error is every error of the methods of this package but those of the caller's
// context, which are returned as they are.
type Error struct {
	Code    string
	Message string // for people; with router_refused in the words of the router
	// Status is the HTTP status; 0 without an answer, and inside of streams and batches.
	Status    int
	RequestID string // finds the request in the log of the server
	// RetryAfter is how long the server asks to wait; 0 if it does not.
	RetryAfter time.Duration
	Traps      []Trap    // with router_refused: all refusals; Message is the first one
	Rows       []TextRow // with router_refused: the rows that came before
	Err        error     // what the connection failed with, or nil

	unsent bool // no byte of the request left
}

// Trap is one refusal of a router.
type Trap struct {
	Message  string `json:"message"`
	Category *int   `json:"category,omitempty"` // 0 to 7, if the router sent one
}

func (e *Error) Error() string {
	text := e.Code
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.RequestID != "" {
		text += " (request " + e.RequestID + ")"
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Sent reports whether a command may have reached the router. If so, look whether it
// took effect before you repeat it.
func (e *Error) Sent() bool {
	switch e.Code {
	case CodeNetwork:
		return !e.unsent
	case CodeNoAnswer, CodeForeignAnswer, CodeTooLarge, CodeRouterRefused, CodeRouterUnreachable, CodeTimeout,
		"reply_too_large", "too_much_in_flight", "internal":
		return true
	}
	return false
}

// CodeOf returns the code of an error of this package, empty for others and for nil.
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// problem is the body of an error. That of REST has a number as error and the words in
// detail.
type problem struct {
	Error     any       `json:"error"`
	Message   string    `json:"message"`
	Detail    string    `json:"detail"`
	Code      string    `json:"code"`
	RequestID string    `json:"request_id"`
	Traps     []Trap    `json:"traps"`
	Data      []TextRow `json:"data"`
}

func (p problem) err() *Error {
	e := &Error{Code: p.Code, RequestID: p.RequestID, Traps: p.Traps, Rows: p.Data}
	if text, ok := p.Error.(string); ok {
		e.Message = text
	} else if e.Message = p.Detail; e.Message == "" {
		e.Message = p.Message
	}
	return e
}

// answered returns the error of an answer that is no success.
func answered(resp *http.Response, body []byte) *Error {
	var p problem
	e := &Error{Code: CodeForeignAnswer, Message: resp.Status}
	if json.Unmarshal(body, &p) == nil && p.Code != "" {
		e = p.err()
	}
	e.Status = resp.StatusCode
	if e.RequestID == "" {
		e.RequestID = resp.Header.Get("X-Request-Id")
	}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		e.RetryAfter = time.Duration(s) * time.Second
	}
	return e
}

// broken returns the error of a connection.
func broken(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	op, dial := errors.AsType[*net.OpError](err)
	return &Error{Code: CodeNetwork, Message: err.Error(), Err: err, unsent: dial && op.Op == "dial"}
}

func noAnswer(within time.Duration) *Error {
	return &Error{Code: CodeNoAnswer, Message: fmt.Sprintf("no answer within %v", within)}
}
