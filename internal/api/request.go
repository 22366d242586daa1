package api

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/aprakasa/mikronec/internal/sse"
)

// Observer counts requests and streams. Its methods are called by the goroutine
// that serves the request or the stream and must return at once.
type Observer interface {
	// Request is over, or became a stream. The route is a pattern such as
	// /routers/{id}, empty for an unknown path; the status is 499 for a client that
	// closed the connection before the answer.
	Request(method, route string, status int, took time.Duration, stream bool)
	// StreamOpened and StreamEnded are called once for each stream.
	StreamOpened()
	StreamEnded(reason sse.Reason, lasted time.Duration)
}

// discard is the observer where none is configured.
type discard struct{}

func (discard) Request(string, string, int, time.Duration, bool) {}
func (discard) StreamOpened()                                    {}
func (discard) StreamEnded(sse.Reason, time.Duration)            {}

// request is what is known of one request. It is filled in order: observe sets id,
// start, method and remote, chi the route, authenticate the principal, audited the
// audit entry. The goroutine that serves the request owns it; the workers of a batch
// read it. When a stream is open, it does not change any more.
type request struct {
	id        string
	start     time.Time
	method    string
	remote    string       // address of the client, without a port
	routes    *chi.Context // has the route; chi reuses it after the handler has returned
	gzip      bool         // the answer is compressed; see unstored
	stream    bool         // the log entry is written when the stream ends
	byTicket  bool         // a ticket in the URL counts, not the header X-API-Key
	principal principal    // zero without a valid key or ticket
	audit     auditEntry
	response  recorder
	release   func() // stops following the life of the key; nil for a key without an end
}

type requestKey struct{}

// requestOf returns the request of a context; an empty one outside of observe.
func requestOf(ctx context.Context) *request {
	if req, ok := ctx.Value(requestKey{}).(*request); ok {
		return req
	}
	return &request{start: time.Now()}
}

// pattern is the route without what the client chose, such as /routers/{id}; empty
// for an unknown path.
func (req *request) pattern() string {
	if req.routes == nil {
		return ""
	}
	return req.routes.RoutePattern()
}

const requestIDHeader = "X-Request-Id"

// requestID returns the id that the client sent, if it is safe to log, else a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get(requestIDHeader)
	foreign := func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !strings.ContainsRune("-_.:/+=", c)
	}
	if id == "" || len(id) > 128 || strings.ContainsFunc(id, foreign) {
		return rand.Text()
	}
	return id
}

// statusClientClosed is nginx's status for a client that closed the connection
// before the answer.
const statusClientClosed = 499

// observe begins every request and, when it is over, counts it and writes its log
// entry. The answer does not wait for the log; the counts and the audit entry come
// before the answer, so that they are in the order in which a client sees its requests
// end.
func (h *handler) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req := &request{
			id: requestID(r), start: time.Now(), method: r.Method, remote: addressOf(r),
			routes: chi.RouteContext(r.Context()),
		}
		w.Header()[requestIDHeader] = []string{req.id}
		req.response.begin(w, r, h.opts.WriteTimeout)
		ctx := context.WithValue(r.Context(), requestKey{}, req)
		returned := false
		defer func() { h.finish(ctx, req, returned) }()
		next.ServeHTTP(&req.response, r.WithContext(ctx))
		returned = true
	})
}

// finish ends a request; returned is false after a panic, when nothing more may be
// sent.
func (h *handler) finish(ctx context.Context, req *request, returned bool) {
	out := &req.response
	if out.status == 0 {
		out.status = http.StatusOK
		if ctx.Err() != nil && !req.stream {
			out.status = statusClientClosed
		}
	}
	took := time.Since(req.start)
	h.observer.Request(req.method, req.pattern(), out.status, took, req.stream)
	if returned && !req.stream {
		out.finish()
	}
	out.close()
	if req.release != nil {
		req.release()
	}
	if req.stream {
		return
	}
	h.logRequest(req.entry(), out.status, out.bytes, took)
}

// logEntry is what the log says of a request. A stream keeps it for hours, and
// nothing else of its request.
type logEntry struct {
	id     string
	start  time.Time
	method string
	remote string
	route  string
	key    string
}

func (req *request) entry() logEntry {
	return logEntry{
		id: req.id, start: req.start, method: req.method, remote: req.remote,
		route: req.pattern(), key: req.principal.name,
	}
}

// logRequest writes the log entry of a request. Path and query are not logged: they
// can hold tickets and other data of the client.
func (h *handler) logRequest(e logEntry, status int, bytes int64, took time.Duration, more ...slog.Attr) {
	route, level := e.route, slog.LevelInfo
	switch route {
	case "/healthz", "/readyz", "/metrics":
		if status < http.StatusBadRequest {
			level = slog.LevelDebug // requested again and again
		}
	case "":
		route = "none"
	}
	if !h.log.Enabled(context.Background(), level) {
		return
	}
	entry := slog.NewRecord(time.Now(), level, "request", 0) // a place in the source would be looked up each time
	entry.AddAttrs(
		slog.String("request_id", e.id),
		slog.String("method", e.method),
		slog.String("route", route),
		slog.Int("status", status),
		slog.Int64("bytes", bytes),
		slog.Float64("took_ms", float64(took.Microseconds())/1000),
		slog.String("key", e.key),
		slog.String("remote", e.remote),
	)
	entry.AddAttrs(more...)
	_ = h.log.Handler().Handle(context.Background(), entry) // as slog.Logger does
}

// opened counts a stream; streamEnded must follow.
func (h *handler) opened(req *request) logEntry {
	req.stream = true
	req.response.close()
	h.observer.StreamOpened()
	return req.entry()
}

// streamEnded counts the end of a stream and writes its log entry.
func (h *handler) streamEnded(e logEntry, end sse.Ended) {
	h.giveStream(e.key)
	took := time.Since(e.start)
	h.observer.StreamEnded(end.Reason, took)
	h.logRequest(e, http.StatusOK, end.Bytes, took,
		slog.Uint64("events", end.Events), slog.String("reason", string(end.Reason)))
}
