package api

import (
	"net/http"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// Policies for pages of this origin. What the API answers is no page: nothing in
// it may run, load or be framed. Swagger's page has its start written into it.
const (
	policyNone    = "default-src 'none'; frame-ancestors 'none'"
	policySwagger = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// secure sets the headers that keep browsers from taking answers for something
// else. A handler with a page of its own sets its own policy.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Content-Security-Policy", policyNone)
		if r.TLS != nil { // only our own TLS: a proxy speaks for itself
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// withPolicy is next under another policy.
func withPolicy(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, r)
	})
}

// crossSite refuses requests that change something and come from pages of other
// origins than those allowed. The key in a header is no cookie that a browser
// would add by itself; this keeps it so for whatever is added one day.
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
				h.fail(w, r, errcode.New(errcode.Forbidden, "pages of this origin may not send this request; ALLOWED_ORIGINS lists those that may"))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
