package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/rules"
)

// ErrStarting refuses requests before the server accepts them.
var ErrStarting = errcode.New(errcode.Starting, "the server is still starting")

// statuses is the only table from code to HTTP status. docs/errors.md has the same
// table; a test compares them.
var statuses = map[errcode.Code]int{
	errcode.Invalid:          http.StatusBadRequest,
	errcode.Unauthorized:     http.StatusUnauthorized,
	errcode.TicketExpired:    http.StatusUnauthorized,
	errcode.Forbidden:        http.StatusForbidden,
	errcode.Denied:           http.StatusForbidden,
	errcode.Address:          http.StatusForbidden,
	errcode.Unknown:          http.StatusNotFound,
	errcode.NotFound:         http.StatusNotFound,
	errcode.Method:           http.StatusMethodNotAllowed,
	errcode.BodyTooLarge:     http.StatusRequestEntityTooLarge,
	errcode.MediaType:        http.StatusUnsupportedMediaType,
	errcode.Refused:          http.StatusUnprocessableEntity,
	errcode.Login:            http.StatusUnprocessableEntity,
	errcode.Certificate:      http.StatusUnprocessableEntity,
	errcode.Busy:             http.StatusTooManyRequests,
	errcode.RateLimited:      http.StatusTooManyRequests,
	errcode.InFlight:         http.StatusTooManyRequests,
	errcode.Quota:            http.StatusTooManyRequests,
	errcode.Internal:         http.StatusInternalServerError,
	errcode.ReceiverFailed:   http.StatusBadGateway,
	errcode.Unreachable:      http.StatusBadGateway,
	errcode.TooLarge:         http.StatusBadGateway,
	errcode.Declared:         http.StatusConflict,
	errcode.Changed:          http.StatusConflict,
	errcode.NameTaken:        http.StatusConflict,
	errcode.StoreUnavailable: http.StatusServiceUnavailable,
	errcode.AuditFull:        http.StatusServiceUnavailable,
	errcode.Starting:         http.StatusServiceUnavailable,
	errcode.Closing:          http.StatusServiceUnavailable,
	errcode.Timeout:          http.StatusGatewayTimeout,
}

// failure is the body of every error.
type failure struct {
	Success   bool         `json:"success" example:"false"`
	Error     string       `json:"error" example:"no router with this router_id is connected; POST /connect first"`
	Code      errcode.Code `json:"code" example:"unknown_router"`
	RequestID string       `json:"request_id,omitempty" example:"K3V7QZ2MTAAUBM7ZRD2LWXEN4Y"` // also in the header X-Request-Id and in the server's log
	Traps     []trapItem   `json:"traps,omitempty"`                                           // with router_refused: all refusals of the router; error is the first one
}

// errClientGone means that the client closed the connection, or did not take the answer
// in time. Its code is in the audit log only: there is nobody to answer.
var errClientGone = errcode.New("client_left", "the client closed the connection")

// reason returns why a request failed: where its context was canceled, the cause.
func reason(ctx context.Context, err error) error {
	if !errors.Is(err, context.Canceled) && !errors.Is(err, errClientGone) {
		return err
	}
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return err
	case errors.Is(cause, manager.ErrClosed), keyEnded(cause):
		return cause
	}
	return errClientGone
}

// fail answers with an error. Where a part of an answer was already sent, it aborts the
// connection instead, so that the client does not take the part for the whole.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	req := requestOf(r.Context())
	err = reason(r.Context(), err)
	if _, ok := restPath(r); ok {
		h.failREST(w, r, err)
		return
	}
	var body failure
	if !errors.Is(err, errClientGone) {
		body = h.describe(req, err)
	}
	if req.response.status != 0 {
		panic(http.ErrAbortHandler)
	}
	if body.Code == "" {
		return
	}
	body.RequestID = req.id
	status := statuses[body.Code]
	retryLater(w.Header(), status)
	writeJSON(w, r, status, body)
}

// retryLater sets Retry-After where a status needs it.
func retryLater(header http.Header, status int) {
	if status == http.StatusTooManyRequests && header.Get("Retry-After") == "" {
		header.Set("Retry-After", "1")
	}
}

// describe makes the body of an error answer. Internal errors (the code "internal") are
// logged, and the client gets a general text.
func (h *handler) describe(req *request, err error) failure {
	body := failure{Error: req.principal.text(err), Code: codeOf(err)}
	if refused, ok := errors.AsType[*routeros.TrapError](err); ok {
		body.Traps = trapsOf(refused)
	}
	if body.Code == errcode.Internal {
		h.log.LogAttrs(context.Background(), slog.LevelError, "request failed",
			slog.String("request_id", req.id), slog.Any("error", err))
		body.Error = "internal error; the log of the server has the details"
	}
	return body
}

func codeOf(err error) errcode.Code {
	if _, ok := errors.AsType[*rules.DeniedError](err); ok {
		return errcode.Denied
	}
	if keyEnded(err) {
		return errcode.Unauthorized
	}
	return errcode.Of(err)
}

// success is the body of every successful answer that is one JSON object.
type success struct {
	Success bool `json:"success" example:"true"`
	Data    any  `json:"data"`
}

func respond(w http.ResponseWriter, r *http.Request, data any) {
	writeJSON(w, r, http.StatusOK, success{Success: true, Data: data})
}

func writeJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	_ = send(w, r, status, encodeJSON(v)) // a client that is gone cannot be told so
}

// encodeJSON encodes one of our own types; they all have a form in JSON. A line feed
// follows.
func encodeJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return b.Bytes()
}

// send answers with a whole body of JSON, compressed where [unstored] has found that the
// client asks for it. With a Content-Length it is sent before the log entry is written,
// see [recorder.finish]. The error is errClientGone.
func send(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	header := w.Header()
	if requestOf(r.Context()).gzip && status < http.StatusBadRequest { // errors are short
		header["Content-Encoding"] = gzipCoding
		body = gzipped(body)
	}
	header["Content-Type"] = jsonType
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return errClientGone
	}
	return nil
}

// These are shared by all answers; they are never changed.
var (
	jsonType   = []string{"application/json"}
	gzipCoding = []string{"gzip"}
)
