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
	"github.com/aprakasa/mikronec/internal/rules"
)

// ErrStarting refuses what comes before the server takes requests.
var ErrStarting = errcode.New(errcode.Starting, "the server is still starting")

// statuses is the one table from code to HTTP status. docs/errors.md shows the
// same table; a test holds them against each other.
var statuses = map[errcode.Code]int{
	errcode.Invalid:       http.StatusBadRequest,
	errcode.Unauthorized:  http.StatusUnauthorized,
	errcode.TicketExpired: http.StatusUnauthorized,
	errcode.Forbidden:     http.StatusForbidden,
	errcode.Denied:        http.StatusForbidden,
	errcode.Address:       http.StatusForbidden,
	errcode.Unknown:       http.StatusNotFound,
	errcode.NotFound:      http.StatusNotFound,
	errcode.Method:        http.StatusMethodNotAllowed,
	errcode.BodyTooLarge:  http.StatusRequestEntityTooLarge,
	errcode.MediaType:     http.StatusUnsupportedMediaType,
	errcode.Refused:       http.StatusUnprocessableEntity,
	errcode.Login:         http.StatusUnprocessableEntity,
	errcode.Certificate:   http.StatusUnprocessableEntity,
	errcode.Busy:          http.StatusTooManyRequests,
	errcode.RateLimited:   http.StatusTooManyRequests,
	errcode.Quota:         http.StatusTooManyRequests,
	errcode.Internal:      http.StatusInternalServerError,
	errcode.Unreachable:   http.StatusBadGateway,
	errcode.TooLarge:      http.StatusBadGateway,
	errcode.Starting:      http.StatusServiceUnavailable,
	errcode.Closing:       http.StatusServiceUnavailable,
	errcode.Timeout:       http.StatusGatewayTimeout,
}

// failure is the body of every answer that is not a success.
type failure struct {
	Success   bool         `json:"success" example:"false"`
	Error     string       `json:"error" example:"no router with this router_id is connected; POST /connect first"`
	Code      errcode.Code `json:"code" example:"unknown_router"`
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
	if body.Code == errcode.Internal {
		h.log.LogAttrs(ctx, slog.LevelError, "request failed",
			slog.String("request_id", visitOf(ctx).id), slog.Any("error", err))
		body.Error = "internal error; the server's log has the details"
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
