// Package api serves the HTTP API: it authenticates requests, checks what they may do,
// runs commands and streams on the routers, and answers, with one table from error
// code to HTTP status. The lower packages know the routers and RouterOS.
//
// Each request has one value in its context, see [request]; each command goes through
// one function, see [handler.execute]; each answer is bounded in time, see [recorder].
package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/keys"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/search"
	"github.com/aprakasa/mikronec/internal/sse"
	"github.com/aprakasa/mikronec/internal/ticket"
	"github.com/aprakasa/mikronec/internal/web"
)

// Routers is what the handlers need from the manager.
type Routers interface {
	Register(ctx context.Context, r manager.Registration) (manager.Connected, error)
	Disconnect(id string) (closed bool, err error)
	List() []manager.Router
	Get(id string) (manager.Router, error)
	Subscribe(w manager.Watch) (*hub.Subscription, error)
}

// Options of the HTTP API. All must be set unless they say otherwise.
type Options struct {
	APIKey         string         // MY_API_KEY, the owner's key
	Keys           *access.KeySet // the other keys; nil for none
	Issued         *keys.Keys     // makes keys, which are in Keys then; nil to make none
	Tickets        *ticket.Signer // signs and verifies tickets for streams
	AllowedOrigins []string       // for CORS; "*" for all; empty for the server's own origin only
	InfoTimeout    time.Duration  // of /system-info
	RunTimeout     time.Duration  // of a command for which the request sets none
	MaxRunTimeout  time.Duration  // maximum that a request may set, and the timeout of a streamed /run
	WriteTimeout   time.Duration  // of each write of an answer that is no event stream
	Streams        *sse.Server    // serves the event streams
	// Ready returns nil while requests are accepted, else ErrStarting or manager.ErrClosed.
	Ready func() error
	// Degraded returns why the server does not serve all routers of its fleet, although it
	// is ready; nil if it does. Fleet returns the fleet; nil without one.
	Degraded func() error
	Fleet    func() Fleet
	// Find asks the other instances of a fleet for up to limit entries of their tables that
	// match, of these router_ids, or of all if ids is nil; nil without a fleet.
	Find func(ctx context.Context, p search.Pattern, limit int, ids []string) search.Elsewhere
	Log  *slog.Logger
	// Metrics returns the handler of /metrics. Where visible is not nil, it has only
	// the metrics of the routers that visible permits. Nil to serve no metrics.
	Metrics func(visible func(routerID string) bool) http.Handler
	// Observer counts requests and streams; nil for none.
	Observer Observer
	// Limits of one client or key; zero for none.
	Limits Limits
	// BodyTimeout is the time in which a body must arrive; zero for ten seconds.
	BodyTimeout time.Duration
	// Rules apply to all commands, also the owner's. Every set that is not nil must
	// permit a command.
	Rules []*rules.Set
	Audit *audit.Log // nil for none
	// AuditRefuse refuses commands while Audit takes no lines; otherwise they wait.
	AuditRefuse bool
	// Alerts are the rules and receivers; nil for none.
	Alerts Alerts
	// WrongKey is called for each wrong key in a header; nil for nobody.
	WrongKey func()
	// NoSwagger disables Swagger UI.
	NoSwagger bool
}

type handler struct {
	routers  Routers
	opts     Options
	limits   limits
	log      *slog.Logger
	observer Observer

	examining chan struct{} // has an element for each examination under way
	searching chan struct{} // the same, of searches
}

// New returns the handler of all routes.
func New(routers Routers, opts Options) http.Handler {
	h := &handler{routers: routers, opts: opts, log: opts.Log, observer: opts.Observer, limits: newLimits(opts.Limits), examining: make(chan struct{}, doctorRoom), searching: make(chan struct{}, searchRoom)}
	if h.observer == nil {
		h.observer = discard{}
	}
	r := chi.NewRouter()
	if proxies := opts.Limits.TrustedProxies; len(proxies) > 0 {
		r.Use(middleware.ClientIPFromXFF(proxies...))
	}
	r.Use(h.observe, h.recover, h.bodyTimeout, secure,
		crossOrigin(opts.AllowedOrigins), middleware.GetHead)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		h.fail(w, r, h.anonymous(w, r, errcode.New(errcode.NotFound, "no such path"+h.seeSwagger())))
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, req *http.Request) {
		for _, method := range methods {
			if r.Match(chi.NewRouteContext(), method, req.URL.EscapedPath()) {
				w.Header().Add("Allow", method) // required by RFC 9110, section 15.5.6
				if method == http.MethodGet {
					w.Header().Add("Allow", http.MethodHead)
				}
			}
		}
		h.fail(w, req, h.anonymous(w, req, errcode.New(errcode.Method, req.Method+" is not allowed for this path"+h.seeSwagger())))
	})

	r.Get("/healthz", h.healthz)
	r.Get("/readyz", h.readyz)
	r.Group(h.pages)

	key := byKey(opts.APIKey, opts.Keys)
	r.Group(func(r chi.Router) {
		r.Use(unstored, h.authenticate(key), h.inUTF8, h.crossSite(opts.AllowedOrigins))
		r.Post("/connect", h.audited(audit.Connect, h.atLeast(access.Admin, h.connect)))
		r.Post("/disconnect", h.audited(audit.Disconnect, h.atLeast(access.Admin, h.disconnect)))
		r.Get("/system-info", h.with(h.systemInfo))
		r.Post("/run", h.audited(audit.Run, h.atLeast(access.Operator, h.run)))
		r.Post("/run/batch", h.audited(audit.Batch, h.atLeast(access.Operator, h.batch)))
		r.Get("/routers", h.with(h.list))
		r.Get("/routers/{id}", h.with(h.get))
		r.Put("/routers/{id}", h.audited(audit.Connect, h.atLeast(access.Admin, h.put)))
		r.Patch("/routers/{id}", h.audited(audit.Change, h.atLeast(access.Admin, h.change)))
		r.Delete("/routers/{id}", h.audited(audit.Disconnect, h.atLeast(access.Admin, h.remove)))
		r.Get("/routers/{id}/history", h.with(h.history))
		r.Get("/routers/{id}/users", h.with(h.users))
		r.Post("/routers/{id}/users/disconnect", h.audited(audit.UserEnd, h.atLeast(access.Operator, h.disconnectUser)))
		r.Post("/routers/{id}/users/disable", h.audited(audit.UserDisable, h.atLeast(access.Operator, h.disableUser)))
		r.Post("/routers/{id}/reboot", h.audited(audit.Reboot, h.atLeast(access.Operator, h.reboot)))
		r.Get("/routers/{id}/doctor", h.audited(audit.Doctor, h.atLeast(access.Operator, h.doctor)))
		r.Post("/routers/{id}/retry", h.audited(audit.Retry, h.atLeast(access.Operator, h.retry)))
		r.Post("/tickets", h.audited(audit.Ticket, h.ticket))
		r.Get("/search", h.with(h.search))
		r.Get("/whoami", h.with(h.whoami))
		r.Group(h.alertRoutes)
		r.Group(h.keyRoutes)
		r.Get("/fleet", h.with(h.atLeast(access.Admin, h.fleet)))
	})
	r.Group(func(r chi.Router) {
		r.Use(unstored, h.limitAddress, h.inUTF8, h.crossSite(opts.AllowedOrigins))
		r.Post("/invitations/exchange", h.with(h.issuing(h.exchange)))
	})
	r.Group(func(r chi.Router) {
		r.Use(unstored, credentials, h.authenticate(key), h.crossSiteREST(opts.AllowedOrigins))
		for method, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
			http.MethodGet: h.restGet, http.MethodPut: h.restPut, http.MethodPatch: h.restPatch,
			http.MethodDelete: h.restDelete, http.MethodPost: h.restPost,
		} {
			r.Method(method, "/routers/{id}/rest/*", h.audited(audit.REST, h.atLeast(access.Operator, handle)))
		}
	})
	r.Group(func(r chi.Router) {
		r.Use(bearer, h.authenticate(key))
		r.Get("/metrics", h.with(h.metrics))
	})
	r.Group(func(r chi.Router) {
		r.Use(h.authenticate(byTicket(opts.Tickets, opts.APIKey, opts.Keys, key)), h.inUTF8)
		r.Get("/sse", h.with(h.streams))
		r.Get("/sse/{routerID}", h.with(h.stream))
	})
	return r
}

// methods are those of all routes; HEAD comes with GET.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// pages serves what needs no key: the dashboard and Swagger UI.
func (h *handler) pages(r chi.Router) {
	r.Use(h.limitAddress)
	if !h.opts.NoSwagger {
		documents := Documents()
		for _, path := range []string{"/openapi.json", "/swagger/*"} {
			r.Method(http.MethodGet, path, documents)
		}
		for path, reference := range map[string]string{"/docs": "swagger/index.html", "/docs/": "../swagger/index.html", "/swagger": "swagger/index.html"} {
			r.Handle(path, redirect(reference))
		}
	}

	dashboard := plainGzip(web.Handler())
	for _, path := range web.Paths {
		r.Method(http.MethodGet, path, dashboard)
	}
}

// seeSwagger points to Swagger UI, unless it is disabled.
func (h *handler) seeSwagger() string {
	if h.opts.NoSwagger {
		return ""
	}
	return "; see /swagger/index.html"
}

// with answers with the error of a handler.
func (h *handler) with(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil {
			h.fail(w, r, err)
		}
	}
}

// recover answers a panic with an internal error.
func (h *handler) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); {
			case v == nil:
			case v == http.ErrAbortHandler: //nolint:errorlint // a panic value, compared as net/http does
				panic(v)
			default:
				h.fail(w, r, panicError(v))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// panicError returns a panic that was recovered as an error with the stack.
func panicError(v any) error { return fmt.Errorf("panic: %v\n%s", v, debug.Stack()) }

// healthz answers while the process runs.
//
//	@Summary	Check that the process runs
//	@Tags		health
//	@Produce	json
//	@Success	200	{object}	success
//	@Router		/healthz [get]
func (h *handler) healthz(w http.ResponseWriter, r *http.Request) {
	respond(w, r, map[string]string{"status": "alive"})
}

// readyz answers whether requests are accepted.
//
//	@Summary	Check that the server accepts requests
//	@Tags		health
//	@Produce	json
//	@Success	200	{object}	success
//	@Failure	503	{object}	failure	"starting or shutting down"
//	@Router		/readyz [get]
func (h *handler) readyz(w http.ResponseWriter, r *http.Request) {
	if err := h.opts.Ready(); err != nil {
		h.fail(w, r, err)
		return
	}
	if h.opts.Degraded != nil {
		if err := h.opts.Degraded(); err != nil {
			respond(w, r, map[string]string{"status": "degraded", "reason": err.Error()})
			return
		}
	}
	respond(w, r, map[string]string{"status": "ready"})
}
