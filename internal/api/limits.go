package api

import (
	"fmt"
	"net/http"
	"net/netip"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/limit"
)

// Limits are the limits of one client or key. Zero means no limit.
type Limits struct {
	AddressRequests int // per second without a valid key from one address, averaged over ten seconds
	KeyRequests     int // per second with one key, averaged over ten seconds
	LoginFailures   int // wrong keys per minute from one address
	// RouterLoginFailures are the logins per minute that routers refuse, of one key and at
	// one router.
	RouterLoginFailures int
	KeyStreams          int // open at the same time with one key
	KeyRouters          int // connected with one key
	// TrustedProxies are the networks of proxies whose X-Forwarded-For is used.
	TrustedProxies []string
}

// limits are the counters of Limits.
type limits struct {
	addresses *limit.Rate
	keys      *limit.Rate
	logins    *limit.Logins
	urls      *limit.Logins // with a key or a ticket in the URL
	guesses   *limit.Guesses
	streams   *limit.Quota
}

func newLimits(l Limits) limits {
	return limits{
		addresses: limit.PerSecond(l.AddressRequests),
		keys:      limit.PerSecond(l.KeyRequests),
		logins:    limit.NewLogins(l.LoginFailures),
		urls:      limit.NewLogins(l.LoginFailures),
		guesses:   limit.NewGuesses(l.RouterLoginFailures),
		streams:   limit.NewQuota(l.KeyStreams),
	}
}

// addressOf returns the address of the client: that of the connection or, where a
// trusted proxy set it, the one that ClientIPFromXFF found. A trusted proxy that sent no
// usable address is taken for the client.
func addressOf(r *http.Request) string {
	if addr := middleware.GetClientIP(r.Context()); addr != "" {
		return addr
	}
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return addr.Addr().Unmap().String() // an IPv4 address as IPv6 is the same client
}

// anonymous counts a request without a valid key for its address. It returns err, or the
// error that there were too many. Requests with a valid key count for the key only, so
// that they are not refused because of others behind the same address.
func (h *handler) anonymous(w http.ResponseWriter, r *http.Request, err error) error {
	if h.limits.addresses.Exceeded(w, r, limit.ClientAddr(requestOf(r.Context()).remote)) {
		return errcode.New(errcode.RateLimited, fmt.Sprintf(
			"more than %d requests per second without a valid key from this address (ADDRESS_REQUESTS)", h.opts.Limits.AddressRequests))
	}
	return err
}

// limitAddress counts requests for pages, which need no key. Health checks are not
// counted: a flood of requests must not make the platform restart the server.
func (h *handler) limitAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h.anonymous(w, r, nil); err != nil {
			h.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limitKey counts a request for its key and refuses it when there were too many.
func (h *handler) limitKey(w http.ResponseWriter, r *http.Request, name string) error {
	if h.limits.keys.Exceeded(w, r, name) {
		return errcode.New(errcode.RateLimited, fmt.Sprintf(
			"more than %d requests per second with this key (KEY_REQUESTS)", h.opts.Limits.KeyRequests))
	}
	return nil
}

// limitLogins limits wrong keys by address. name is the principal of a valid key or
// ticket, refusal the error of a wrong one; the error that is returned decides. Requests
// without a key or ticket are not counted. A right ticket is never refused for the wrong
// ones of others: it cannot be guessed.
func (h *handler) limitLogins(w http.ResponseWriter, r *http.Request, name string, refusal error) error {
	req := requestOf(r.Context())
	switch inHeader := r.Header.Get(keyHeader) != "" && !req.byTicket; {
	case refusal == nil && req.byTicket:
		return nil
	case refusal != nil && !inHeader && hasCredential(r):
		return h.limitURLs(w, r, refusal)
	case refusal != nil:
		refusal = h.anonymous(w, r, refusal)
		if !inHeader || codeOf(refusal) != errcode.Unauthorized {
			return refusal
		}
	}
	client, logins := limit.ClientAddr(req.remote), h.limits.logins
	if logins.Blocked(client, name) {
		return h.tooManyLogins(w)
	}
	if refusal == nil {
		logins.Succeeded(client, name)
		return nil
	}
	if h.opts.WrongKey != nil {
		h.opts.WrongKey()
	}
	return failedLogin(w, r, logins, refusal)
}

// limitURLs limits keys and tickets in URLs that are refused, by address. They have a count
// of their own: a page of anybody can make a browser ask for such a URL, and must not lock
// out those who share its address.
func (h *handler) limitURLs(w http.ResponseWriter, r *http.Request, refusal error) error {
	refusal = h.anonymous(w, r, refusal)
	if codeOf(refusal) != errcode.Unauthorized {
		return refusal
	}
	client := limit.ClientAddr(requestOf(r.Context()).remote)
	if h.limits.urls.Blocked(client, "") || h.limits.logins.Blocked(client, "") {
		return h.tooManyLogins(w)
	}
	return failedLogin(w, r, h.limits.urls, refusal)
}

func (h *handler) tooManyLogins(w http.ResponseWriter) error {
	w.Header().Set("Retry-After", fmt.Sprint(int(limit.LoginWindow.Seconds())))
	return errcode.New(errcode.RateLimited, fmt.Sprintf(
		"more than %d wrong keys per minute from this address (LOGIN_FAILURES); for now, only keys used from this address before are accepted", h.opts.Limits.LoginFailures))
}

// failedLogin counts a failure, delays its answer, and returns it.
func failedLogin(w http.ResponseWriter, r *http.Request, logins *limit.Logins, refusal error) error {
	client := limit.ClientAddr(requestOf(r.Context()).remote)
	logins.Failures.Exceeded(w, r, client)
	w.Header().Del("Retry-After") // this request is answered as usual
	logins.Delay(client, r.Context().Done())
	return refusal
}

// takeStream counts one more stream for the key of a request; giveStream must follow
// when it ends.
func (h *handler) takeStream(req *request) error {
	if h.limits.streams.TryAcquire(req.principal.name) {
		return nil
	}
	return errcode.New(errcode.Quota, fmt.Sprintf(
		"%d streams are open with this key (KEY_STREAMS); close one first", h.opts.Limits.KeyStreams))
}

func (h *handler) giveStream(key string) { h.limits.streams.Release(key) }
