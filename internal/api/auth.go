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

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/errcode"
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
				err := h.anonymous(w, r, errcode.New(errcode.Unauthorized, "an API key is not taken from a URL, since URLs end up in logs: send the header X-API-Key, or open a stream with a ticket of POST /tickets"))
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
			ctx, leave := g.bound(context.WithValue(r.Context(), grantKey{}, g))
			defer leave()
			next.ServeHTTP(w, r.WithContext(ctx))
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

// byKey admits requests with a key in X-API-Key to what the key is for. Of the
// owner's key, hashes are compared, so that neither its content nor its length
// shows in the time; for the others see package access.
func byKey(owner string, keys *access.KeySet) admission {
	want := sha256.Sum256([]byte(owner))
	return func(r *http.Request) (grant, error) {
		key := r.Header.Get("X-API-Key")
		got := sha256.Sum256([]byte(key))
		if subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
			return everything, nil
		}
		holder, err := keys.Find(key)
		if err != nil {
			return grant{}, unauthorized(err, "the header X-API-Key is missing or wrong")
		}
		return grant{routers: ticket.All(), topics: ticket.All(), holder: holder.Name, key: holder}, nil
	}
}

// unauthorized says why a key is of no use: only who has it learns that it was
// one.
func unauthorized(err error, unknown string) error {
	if errors.Is(err, access.ErrUnknown) {
		return errcode.New(errcode.Unauthorized, unknown)
	}
	return errcode.New(errcode.Unauthorized, err.Error())
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
// does not count: a proxy may add one to all requests. The ticket is good for as
// long as the key that it was issued with, and for no router that the key does not
// see now.
func byTicket(tickets *ticket.Signer, keys *access.KeySet, otherwise admission) admission {
	return func(r *http.Request) (grant, error) {
		query := r.URL.Query()
		if !query.Has("ticket") {
			return otherwise(r)
		}
		claims, err := tickets.Verify(query.Get("ticket"), time.Now())
		switch {
		case errors.Is(err, ticket.ErrExpired):
			return grant{}, errcode.New(errcode.TicketExpired, err.Error())
		case err != nil:
			return grant{}, errcode.New(errcode.Unauthorized, err.Error())
		}
		g := grant{routers: claims.Routers, topics: claims.Topics, holder: "ticket", key: access.ActiveOwner}
		if claims.Key != (access.ID{}) {
			if g.key, err = keys.ByID(claims.Key); err != nil {
				return grant{}, unauthorized(err, "the API key that the ticket was issued with does not count any more")
			}
			g.holder = g.key.Name
		}
		return g, nil
	}
}
