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

// Observer counts what the HTTP side does. Its methods are called by whoever
// serves the request or the stream and must return at once.
type Observer interface {
	// Request is over, or became a stream. The route is a pattern such as
	// /routers/{id}, empty where there is none; the status is 499 for a client
	// that left without an answer.
	Request(method, route string, status int, took time.Duration, stream bool)
	// StreamOpened and StreamEnded go in pairs.
	StreamOpened()
	StreamEnded(reason sse.Reason, lasted time.Duration)
}

// nobody is the observer where none is asked for.
type nobody struct{}

func (nobody) Request(string, string, int, time.Duration, bool) {}
func (nobody) StreamOpened()                                    {}
func (nobody) StreamEnded(sse.Reason, time.Duration)            {}

// visit is what the access line of one request says. The goroutine that serves
// the request owns it; from opened on nothing changes.
type visit struct {
	id     string // of the request
	began  time.Time
	router *chi.Context // notes the pattern; net/http's until the handler returns, then another request's
	route  string       // the pattern, of a stream
	method string
	remote string
	key    string // the name of the key or what else let it in; empty for nobody known
	stream bool   // the end of the stream writes the line
}

type visitKey struct{}

// visitOf is the visit of a request; one of nobody where there is none.
func visitOf(ctx context.Context) *visit {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{began: time.Now()}
}

// pattern is the route without what a client chose; empty where there is none.
func (v *visit) pattern() string {
	if v.router == nil {
		return v.route
	}
	return v.router.RoutePattern()
}

const requestIDHeader = "X-Request-Id"

// requestID is the id that came with a request, if it is fit for a log, or a new
// one.
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

// answer counts what goes through it. It offers nothing but Unwrap beside, so
// that an http.ResponseController gets at the real writer: a wrapper with a Flush
// of its own would swallow the error by which a dead client shows.
type answer struct {
	http.ResponseWriter
	status int // 0 before
	bytes  int64
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap serves http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// statusLeft is that of a client that left without an answer, as nginx has it.
const statusLeft = 499

// leave has a whole answer, which is one with a length, go out now. One without
// would be cut into chunks by that.
func (a *answer) leave() {
	if a.Header().Get("Content-Length") != "" {
		_ = http.NewResponseController(a.ResponseWriter).Flush()
	}
}

// observe gives every request its id, and when it is over counts it and writes
// its access line. The answer does not wait for the write of that line; what is
// cheap, the counts and the line for the audit log, comes before the answer, so
// that these are in the order in which a client saw things happen.
func (h *handler) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{
			id: requestID(r), began: time.Now(), method: r.Method, remote: addressOf(r),
			router: chi.RouteContext(r.Context()),
		}
		w.Header().Set(requestIDHeader, v.id)
		a := &answer{ResponseWriter: w}
		ctx := context.WithValue(r.Context(), visitKey{}, v)
		returned := false
		defer func() {
			if a.status == 0 {
				a.status = http.StatusOK
				if ctx.Err() != nil && !v.stream {
					a.status = statusLeft
				}
			}
			took := time.Since(v.began)
			h.observer.Request(v.method, v.pattern(), a.status, took, v.stream)
			if returned { // of an answer that was broken off nothing more leaves
				a.leave()
			}
			if !v.stream {
				h.logVisit(v, a.status, a.bytes, took)
			}
		}()
		next.ServeHTTP(a, r.WithContext(ctx))
		returned = true
	})
}

// logVisit writes the access line. The path and the query stay out: tickets are
// in there, and whatever else clients put into URLs.
func (h *handler) logVisit(v *visit, status int, bytes int64, took time.Duration, more ...slog.Attr) {
	route, level := v.pattern(), slog.LevelInfo
	switch route {
	case "/healthz", "/readyz", "/metrics":
		if status < http.StatusBadRequest {
			level = slog.LevelDebug // asked for again and again
		}
	case "":
		route = "none"
	}
	h.log.LogAttrs(context.Background(), level, "request", append([]slog.Attr{
		slog.String("request_id", v.id),
		slog.String("method", v.method),
		slog.String("route", route),
		slog.Int("status", status),
		slog.Int64("bytes", bytes),
		slog.Float64("took_ms", float64(took.Microseconds())/1000),
		slog.String("key", v.key),
		slog.String("remote", v.remote),
	}, more...)...)
}

// opened counts a stream, whose end has to be told to streamEnded.
func (h *handler) opened(v *visit) {
	v.route, v.router, v.stream = v.pattern(), nil, true
	h.observer.StreamOpened()
}

// streamEnded counts the end of a stream and writes its access line.
func (h *handler) streamEnded(v *visit, end sse.Ended) {
	h.giveStream(v)
	took := time.Since(v.began)
	h.observer.StreamEnded(end.Reason, took)
	h.logVisit(v, http.StatusOK, end.Bytes, took,
		slog.Uint64("events", end.Events), slog.String("reason", string(end.Reason)))
}
