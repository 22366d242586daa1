package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/ticket"
)

// keyHeader is the header X-API-Key as package net/http spells it: another spelling would
// be converted at each look-up.
const keyHeader = "X-Api-Key"

// authenticator returns who sent a request, or why it is refused.
type authenticator func(r *http.Request) (principal, error)

// authenticate lets requests pass that have a principal. A key in the URL is refused:
// proxies log URLs, and browsers keep them.
func (h *handler) authenticate(find authenticator) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, err := h.admit(w, r, find)
			if err != nil {
				h.recordRefusal(r, err)
				h.fail(w, r, err)
				return
			}
			if ctx != r.Context() {
				r = r.WithContext(ctx)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// admit finds the principal of a request and counts the request. The context ends with
// the key.
func (h *handler) admit(w http.ResponseWriter, r *http.Request, find authenticator) (context.Context, error) {
	if r.URL.RawQuery != "" && hasKey(r.URL.Query()) {
		return nil, h.limitURLs(w, r, errcode.New(errcode.Unauthorized, "an API key must not be put in a URL, because URLs are logged: send the header X-API-Key, or open a stream with a ticket from POST /tickets"))
	}
	p, err := find(r)
	if err = h.limitLogins(w, r, p.name, err); err != nil {
		return nil, err
	}
	ctx := requestOf(r.Context()).bind(r.Context(), p)
	return ctx, h.limitKey(w, r, p.name)
}

// withoutSeparators is made once: each one made is 5 KiB.
var withoutSeparators = strings.NewReplacer("-", "", "_", "")

// hasKey reports whether a query names an API key, in whatever spelling.
func hasKey(query url.Values) bool {
	for name := range query {
		switch strings.ToLower(withoutSeparators.Replace(name)) {
		case "apikey", "xapikey", "myapikey":
			return true
		}
	}
	return false
}

// byKey authenticates by the key in X-API-Key. The owner's key is compared by its hash,
// so that the time of the comparison tells neither its content nor its length; for the
// others see package access.
func byKey(ownerKey string, keys *access.KeySet) authenticator {
	want := sha256.Sum256([]byte(ownerKey))
	return func(r *http.Request) (principal, error) {
		key := r.Header.Get(keyHeader)
		got := sha256.Sum256([]byte(key))
		if subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
			return owner, nil
		}
		found, err := keys.Find(key)
		if err != nil {
			return principal{}, unauthorized(err, "the header X-API-Key is missing or wrong")
		}
		return principal{name: found.Name, key: found, routers: ticket.All(), topics: ticket.All()}, nil
	}
}

// unauthorized says why a key is not accepted. Only its holder learns that it was valid
// once.
func unauthorized(err error, unknown string) error {
	if errors.Is(err, access.ErrUnknown) {
		return errcode.New(errcode.Unauthorized, unknown)
	}
	return errcode.New(errcode.Unauthorized, err.Error())
}

// bearer also accepts a key as Authorization: Bearer, which Prometheus can send.
func bearer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if ok && r.Header.Get(keyHeader) == "" {
			r = r.Clone(r.Context())
			r.Header.Set(keyHeader, key)
		}
		next.ServeHTTP(w, r)
	})
}

// credentials also accepts a key as the clients of RouterOS's REST send one: as the
// password of Authorization: Basic, whatever the user, or as Bearer. X-API-Key counts
// first.
func credentials(next http.Handler) http.Handler {
	asBearer := bearer(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, key, ok := r.BasicAuth()
		if ok && r.Header.Get(keyHeader) == "" {
			r = r.Clone(r.Context())
			r.Header.Set(keyHeader, key)
		}
		asBearer.ServeHTTP(w, r)
	})
}

// byTicket authenticates by the ticket in the URL, and requests without one as
// otherwise does. With a ticket, the header X-API-Key is ignored: a proxy may add one to
// all requests. A ticket ends with the key that it was issued with, and when that
// key is changed.
func byTicket(tickets *ticket.Signer, ownerKey string, keys *access.KeySet, otherwise authenticator) authenticator {
	ownerTags := tickets.Tags(ownerKey)
	return func(r *http.Request) (principal, error) {
		query := r.URL.Query()
		if !query.Has("ticket") {
			return otherwise(r)
		}
		requestOf(r.Context()).byTicket = true
		claims, err := tickets.Verify(query.Get("ticket"), time.Now())
		switch {
		case errors.Is(err, ticket.ErrExpired):
			return principal{}, errcode.New(errcode.TicketExpired, err.Error())
		case err != nil:
			return principal{}, errcode.New(errcode.Unauthorized, err.Error())
		}
		p := principal{name: "ticket", key: access.ActiveOwner, routers: claims.Routers, topics: claims.Topics}
		if !slices.Contains(ownerTags, claims.Key) {
			if p.key, err = keys.ByID(claims.Key); err != nil {
				return principal{}, unauthorized(err, "the API key that the ticket was issued with is no longer valid, or was changed; get a new ticket")
			}
			p.name = p.key.Name
		}
		return p, nil
	}
}
