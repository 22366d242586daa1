package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/rules"
)

// Codes of failures that HTTP itself brings; those of routers and their
// connections are the manager's.
const (
	codeUnauthorized  manager.Code = "unauthorized"
	codeTicketExpired manager.Code = "ticket_expired"
	codeForbidden     manager.Code = "forbidden"
	codeDenied        manager.Code = "command_denied"
	codeNotFound      manager.Code = "not_found"
	codeMethod        manager.Code = "method_not_allowed"
	codeBodyTooLarge  manager.Code = "body_too_large"
	codeMediaType     manager.Code = "unsupported_media_type"
	codeRateLimited   manager.Code = "rate_limited"
	codeQuota         manager.Code = "quota_exceeded"
	codeStarting      manager.Code = "starting"
)

// ErrStarting refuses what comes before the server takes requests.
var ErrStarting = errors.New("the server is still starting")

// statuses is the one table from code to HTTP status. docs/errors.md shows the
// same table; a test holds them against each other.
var statuses = map[manager.Code]int{
	manager.CodeInvalid:     http.StatusBadRequest,
	codeUnauthorized:        http.StatusUnauthorized,
	codeTicketExpired:       http.StatusUnauthorized,
	codeForbidden:           http.StatusForbidden,
	codeDenied:              http.StatusForbidden,
	manager.CodeAddress:     http.StatusForbidden,
	manager.CodeUnknown:     http.StatusNotFound,
	codeNotFound:            http.StatusNotFound,
	codeMethod:              http.StatusMethodNotAllowed,
	codeBodyTooLarge:        http.StatusRequestEntityTooLarge,
	codeMediaType:           http.StatusUnsupportedMediaType,
	manager.CodeRefused:     http.StatusUnprocessableEntity,
	manager.CodeLogin:       http.StatusUnprocessableEntity,
	manager.CodeCertificate: http.StatusUnprocessableEntity,
	manager.CodeBusy:        http.StatusTooManyRequests,
	codeRateLimited:         http.StatusTooManyRequests,
	codeQuota:               http.StatusTooManyRequests,
	manager.CodeInternal:    http.StatusInternalServerError,
	manager.CodeUnreachable: http.StatusBadGateway,
	manager.CodeTooLarge:    http.StatusBadGateway,
	codeStarting:            http.StatusServiceUnavailable,
	manager.CodeClosing:     http.StatusServiceUnavailable,
	manager.CodeTimeout:     http.StatusGatewayTimeout,
}

// problem is a failure of the request itself.
type problem struct {
	code    manager.Code
	message string
}

func (p *problem) Error() string { return p.message }

// failure is the body of every answer that is not a success.
type failure struct {
	Success   bool         `json:"success" example:"false"`
	Error     string       `json:"error" example:"no router with this router_id is connected; POST /connect first"`
	Code      manager.Code `json:"code" example:"unknown_router"`
	RequestID string       `json:"request_id,omitempty" example:"K3V7QZ2MTAAUBM7ZRD2LWXEN4Y"` // also in the header X-Request-Id and in the server's log
}

// fail answers with an error.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		if errors.Is(context.Cause(r.Context()), manager.ErrClosed) {
			err = manager.ErrClosed
		} else if cause := revoked(r.Context()); cause != nil {
			err = cause
		} else {
			return // the client has left; there is nobody to answer
		}
	}
	body := h.describe(r.Context(), err)
	body.RequestID = visitOf(r.Context()).id
	status := statuses[body.Code]
	if status == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, status, body)
}

// describe puts an error into the words of the API. What is nobody's business (a
// code of "internal") goes to the log, and the client gets a sentence without it.
func (h *handler) describe(ctx context.Context, err error) failure {
	body := failure{Error: err.Error(), Code: codeOf(err)}
	if body.Code == manager.CodeInternal {
		h.log.LogAttrs(ctx, slog.LevelError, "request failed",
			slog.String("request_id", visitOf(ctx).id), slog.Any("error", err))
		body.Error = "internal error; the server's log has the details"
	}
	return body
}

func codeOf(err error) manager.Code {
	if p, ok := errors.AsType[*problem](err); ok {
		return p.code
	}
	if _, ok := errors.AsType[*rules.DeniedError](err); ok {
		return codeDenied
	}
	if keyEnded(err) {
		return codeUnauthorized
	}
	if errors.Is(err, ErrStarting) {
		return codeStarting
	}
	return manager.CodeOf(err)
}

// success is the body of every answer that is one.
type success struct {
	Success bool `json:"success" example:"true"`
	Data    any  `json:"data"`
}

func respond(w http.ResponseWriter, data any) {
	writeJSON(w, http.StatusOK, success{Success: true, Data: data})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // all types are ours, and JSON has them
	send(w, status, body.Bytes())
}

// send answers with a whole body of JSON. It says the length, so that observe can
// have it leave as soon as the handler is through.
func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone cannot be told so
}
