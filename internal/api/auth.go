package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/ticket"
)

// admission says what a request may watch, or why it may not pass.
type admission func(r *http.Request) (grant, error)

// authenticate lets those requests pass that are admitted, with their grant. A
// key in the URL never is: proxies log URLs, and browsers keep them.
func (h *handler) authenticate(admit admission) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if hasKey(r.URL.Query()) {
				err := h.anonymous(w, r, &problem{codeUnauthorized, "an API key is not taken from a URL, since URLs end up in logs: send the header X-API-Key, or open a stream with a ticket of POST /tickets"})
				h.recordRefusal(r, err)
				h.fail(w, r, err)
				return
			}
			g, err := admit(r)
			err = h.limitLogins(w, r, g.holder, err)
			if err == nil {
				visitOf(r.Context()).key = g.holder
				err = h.limitKey(w, r, g.holder)
			}
			if err != nil {
				h.recordRefusal(r, err)
				h.fail(w, r, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), grantKey{}, g)))
		})
	}
}

// hasKey reports whether a query names an API key, in whatever spelling.
func hasKey(query url.Values) bool {
	for name := range query {
		switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name)) {
		case "apikey", "xapikey", "myapikey":
			return true
		}
	}
	return false
}

// byKey admits requests with the key in X-API-Key to everything. Hashes are
// compared, so that neither the content nor the length of the key shows in the
// time.
func byKey(key string) admission {
	want := sha256.Sum256([]byte(key))
	return func(r *http.Request) (grant, error) {
		got := sha256.Sum256([]byte(r.Header.Get("X-API-Key")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			return grant{}, &problem{codeUnauthorized, "the header X-API-Key is missing or wrong"}
		}
		return everything, nil
	}
}

// bearer also takes a key as Authorization: Bearer, which is what Prometheus can
// be told to send.
func bearer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if ok && r.Header.Get("X-API-Key") == "" {
			r = r.Clone(r.Context())
			r.Header.Set("X-API-Key", key)
		}
		next.ServeHTTP(w, r)
	})
}

// byTicket admits requests with a ticket in the URL to what the ticket is for,
// and those without as otherwise does. Where there is a ticket, a key beside it
// does not count: a proxy may add one to all requests.
func byTicket(tickets *ticket.Signer, otherwise admission) admission {
	return func(r *http.Request) (grant, error) {
		query := r.URL.Query()
		if !query.Has("ticket") {
			return otherwise(r)
		}
		claims, err := tickets.Verify(query.Get("ticket"), time.Now())
		switch {
		case errors.Is(err, ticket.ErrExpired):
			return grant{}, &problem{codeTicketExpired, err.Error()}
		case err != nil:
			return grant{}, &problem{codeUnauthorized, err.Error()}
		}
		return grant{routers: claims.Routers, topics: claims.Topics, holder: "ticket"}, nil
	}
}
