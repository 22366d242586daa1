package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/go-chi/cors"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// Content security policies. Answers of the API are not pages: nothing in them may run,
// be loaded or be framed. Swagger UI needs inline styles.
const (
	policyNone    = "default-src 'none'; frame-ancestors 'none'"
	policySwagger = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// Values of headers that are shared by all answers; they are replaced, never changed.
var (
	nosniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	deny       = []string{"DENY"}
	noPolicy   = []string{policyNone}
)

// secure sets the headers that protect answers in browsers. A handler with a page sets
// its own policy.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header["X-Content-Type-Options"], header["Referrer-Policy"] = nosniff, noReferrer
		header["X-Frame-Options"], header["Content-Security-Policy"] = deny, noPolicy
		if r.TLS != nil { // behind a proxy with TLS this is the proxy's decision
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// withPolicy sets another policy.
func withPolicy(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, r)
	})
}

// crossOrigin implements CORS for the allowed origins. The header ALLOWED_ORIGINS is
// ignored; clients were once told to send it.
func crossOrigin(origins []string) func(http.Handler) http.Handler {
	opts := cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: methods,
		AllowedHeaders: []string{"X-API-Key", "ALLOWED_ORIGINS", "Content-Type", "Last-Event-ID", "Cache-Control", requestIDHeader, "traceparent"},
		ExposedHeaders: []string{requestIDHeader, "Retry-After"},
		MaxAge:         600,
	}
	if len(origins) == 0 { // the library would allow all
		opts.AllowOriginFunc = func(*http.Request, string) bool { return false }
	}
	usual := cors.Handler(opts)
	opts.AllowedHeaders = append(slices.Clone(opts.AllowedHeaders), "Authorization")
	opts.ExposedHeaders = append(slices.Clone(opts.ExposedHeaders), "Location")
	ofREST := cors.Handler(opts)
	return func(next http.Handler) http.Handler {
		usual, ofREST := usual(next), ofREST(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, ok := restPath(r); ok {
				ofREST.ServeHTTP(w, r)
				return
			}
			usual.ServeHTTP(w, r)
		})
	}
}

// crossSiteREST is crossSite for REST. A browser adds credentials of the scheme Basic by
// itself once it has them, to requests of any page; so no "*" makes an exception for them.
func (h *handler) crossSiteREST(origins []string) func(http.Handler) http.Handler {
	usual := h.crossSite(origins)
	strict := h.crossSite(slices.DeleteFunc(slices.Clone(origins), func(o string) bool { return o == "*" }))
	return func(next http.Handler) http.Handler {
		usual, strict := usual(next), strict(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, _, basic := r.BasicAuth(); basic {
				strict.ServeHTTP(w, r)
				return
			}
			usual.ServeHTTP(w, r)
		})
	}
}

// crossSite refuses POST requests from pages of origins that are not allowed. Today a
// browser adds no credential by itself, because the key is in a header; this also
// protects what may be added later, such as a cookie.
func (h *handler) crossSite(origins []string) func(http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if origin == "*" {
			return func(next http.Handler) http.Handler { return next }
		}
		_ = protection.AddTrustedOrigin(origin) // config has checked its form
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := protection.Check(r); err != nil {
				h.fail(w, r, errcode.New(errcode.Forbidden, originRefused(r)))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// originRefused says why a page was refused, and what to do. The server's own pages are
// refused, too, behind a proxy that changes the header Host.
func originRefused(r *http.Request) string {
	origin := r.Header.Get("Origin")
	if u, err := url.Parse(origin); err != nil || u.Host == "" || len(origin) > 300 {
		return "pages of this origin may not send this request; ALLOWED_ORIGINS lists those that may"
	}
	return fmt.Sprintf("pages of the origin %s may not send this request, since the header Host is %q; if this is the page of this server, "+
		"the proxy before it must pass Host with the port, as the browser sent it (nginx: proxy_set_header Host $http_host); otherwise add the page: ALLOWED_ORIGINS=%s",
		origin, clip(r.Host), origin)
}
