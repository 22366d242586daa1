// Package api is the HTTP side: routes, the API key, bodies, errors and the
// writing of event streams. What it needs of the routers is the interface
// Routers; everything that is known of RouterOS lies below it.
package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/cors"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/sse"
	"github.com/aprakasa/mikronec/internal/ticket"
	"github.com/aprakasa/mikronec/internal/web"
)

// Routers is what the handlers need of the manager.
type Routers interface {
	Connect(ctx context.Context, id string, key pool.Key, owner manager.Owner) (manager.Connected, error)
	Disconnect(id string) (closed bool, err error)
	List() []manager.Router
	Get(id string) (manager.Router, error)
	Subscribe(w manager.Watch) (*hub.Subscription, error)
}

// Options of the HTTP side. All must be set, but for AllowedOrigins.
type Options struct {
	APIKey         string         // the owner's
	Keys           *access.KeySet // the others; nil for none
	Tickets        *ticket.Signer // of tickets for streams
	AllowedOrigins []string       // of browsers, for CORS; "*" for all, none for no other than the server's own
	InfoTimeout    time.Duration  // of /system-info
	RunTimeout     time.Duration  // of /run where the request names none
	MaxRunTimeout  time.Duration  // that a request may name, and of /run whose rows are streamed
	WriteTimeout   time.Duration  // of one piece of an answer
	Streams        *sse.Server    // writes the event streams
	// Ready is nil while requests are welcome, else ErrStarting or manager.ErrClosed.
	Ready func() error
	Log   *slog.Logger
	// Metrics answers with all metrics or, where visible is not nil, with nothing
	// but those of the single routers that it admits; nil where they are not for
	// this port.
	Metrics func(visible func(routerID string) bool) http.Handler
	// Observer counts requests and streams; nil for nobody.
	Observer Observer
	// Limits of one client; zero for none.
	Limits Limits
	// BodyTimeout bounds how long a body may take to arrive; zero for ten seconds.
	BodyTimeout time.Duration
	// Rules are for everybody's commands, the owner's as well; each set that is
	// not nil must let a command pass.
	Rules []*rules.Set
	Audit *audit.Log // nil for none
	// NoSwagger leaves the pages of Swagger out.
	NoSwagger bool
}

type handler struct {
	routers  Routers
	opts     Options
	limits   limits
	log      *slog.Logger
	observer Observer
}

// New returns the handler of all routes.
func New(routers Routers, opts Options) http.Handler {
	h := &handler{routers: routers, opts: opts, log: opts.Log, observer: opts.Observer, limits: newLimits(opts.Limits)}
	if h.observer == nil {
		h.observer = nobody{}
	}
	r := chi.NewRouter()
	r.Use(clientAddress(opts.Limits.TrustedProxies), h.observe, h.recover, h.bounded, secure,
		crossOrigin(opts.AllowedOrigins))
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		h.fail(w, r, h.anonymous(w, r, errcode.New(errcode.NotFound, "no such path"+h.seeSwagger())))
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, req *http.Request) {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if r.Match(chi.NewRouteContext(), method, req.URL.EscapedPath()) {
				w.Header().Add("Allow", method) // RFC 9110 demands it
			}
		}
		h.fail(w, req, h.anonymous(w, req, errcode.New(errcode.Method, req.Method+" is not for this path"+h.seeSwagger())))
	})

	r.Get("/healthz", h.healthz)
	r.Get("/readyz", h.readyz)
	r.Group(h.pages)

	key := byKey(opts.APIKey, opts.Keys)
	r.Group(func(r chi.Router) {
		r.Use(h.authenticate(key), h.crossSite(opts.AllowedOrigins))
		r.Post("/connect", h.audited(audit.Connect, h.atLeast(access.Admin, h.connect)))
		r.Post("/disconnect", h.audited(audit.Disconnect, h.atLeast(access.Admin, h.disconnect)))
		r.Get("/system-info", h.with(h.systemInfo))
		r.Post("/run", h.audited(audit.Run, h.atLeast(access.Operator, h.run)))
		r.Post("/run/batch", h.audited(audit.Batch, h.atLeast(access.Operator, h.batch)))
		r.Get("/routers", h.with(h.list))
		r.Get("/routers/{id}", h.with(h.get))
		r.Post("/tickets", h.audited(audit.Ticket, h.ticket))
		r.Get("/whoami", h.with(h.whoami))
	})
	r.Group(func(r chi.Router) {
		r.Use(bearer, h.authenticate(key))
		r.Get("/metrics", h.with(h.metrics))
	})
	r.Group(func(r chi.Router) {
		r.Use(h.authenticate(byTicket(opts.Tickets, opts.Keys, key)))
		r.Get("/sse", h.with(h.streams))
		r.Get("/sse/{routerID}", h.with(h.stream))
	})
	return r
}

// pages are those that need no key.
func (h *handler) pages(r chi.Router) {
	r.Use(h.limitAddress)
	if !h.opts.NoSwagger {
		r.Method(http.MethodGet, "/swagger/*", Documents())
		for _, path := range []string{"/docs", "/docs/", "/swagger"} {
			r.Handle(path, http.RedirectHandler("/swagger/index.html", http.StatusFound))
		}
	}

	dashboard := web.Handler()
	for _, path := range []string{"/", "/assets/*"} {
		r.Method(http.MethodGet, path, dashboard)
	}
}

// seeSwagger is where to look, if it is there.
func (h *handler) seeSwagger() string {
	if h.opts.NoSwagger {
		return ""
	}
	return "; see /swagger/index.html"
}

// with turns the error of a handler into an answer.
func (h *handler) with(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil {
			h.fail(w, r, err)
		}
	}
}

// crossOrigin answers preflights and marks answers for the origins allowed. The
// header ALLOWED_ORIGINS has no meaning; clients were once told to send it.
func crossOrigin(origins []string) func(http.Handler) http.Handler {
	opts := cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodPost},
		AllowedHeaders: []string{"X-API-Key", "ALLOWED_ORIGINS", "Content-Type", "Last-Event-ID", "Cache-Control"},
		ExposedHeaders: []string{requestIDHeader, "Retry-After"},
		MaxAge:         600,
	}
	if len(origins) == 0 { // which the library would take for all
		opts.AllowOriginFunc = func(*http.Request, string) bool { return false }
	}
	return cors.Handler(opts)
}

// recover keeps a panic of one request from the others.
func (h *handler) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); {
			case v == nil:
			case v == http.ErrAbortHandler: //nolint:errorlint // a panic value, compared as net/http does
				panic(v)
			default:
				h.fail(w, r, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// healthz says that the process lives; it asks neither routers nor viewers.
//
//	@Summary	The process lives
//	@Tags		health
//	@Produce	json
//	@Success	200	{object}	success
//	@Router		/healthz [get]
func (h *handler) healthz(w http.ResponseWriter, _ *http.Request) {
	respond(w, map[string]string{"status": "alive"})
}

// readyz says that requests are welcome.
//
//	@Summary	The server takes requests
//	@Tags		health
//	@Produce	json
//	@Success	200	{object}	success
//	@Failure	503	{object}	failure	"starting or draining"
//	@Router		/readyz [get]
func (h *handler) readyz(w http.ResponseWriter, r *http.Request) {
	if err := h.opts.Ready(); err != nil {
		h.fail(w, r, err)
		return
	}
	respond(w, map[string]string{"status": "ready"})
}

// deadline bounds a request; the cause tells a time-out from a client that left.
func deadline(r *http.Request, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(r.Context(), d, fmt.Errorf("%w: the router did not finish within %v", routeros.ErrTimeout, d))
}
