package api

import (
	"fmt"
	"net/http"
	"net/netip"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/limit"
)

// Limits bounds what one client may take. Zero fields bound nothing.
type Limits struct {
	AddressRequests int // a second without a valid key from one address, on average of ten seconds
	KeyRequests     int // a second with one key, likewise
	LoginFailures   int // wrong keys a minute from one address
	KeyStreams      int // open at the same time with one key
	KeyRouters      int // connected with one key
	// TrustedProxies are networks whose X-Forwarded-For is believed.
	TrustedProxies []string
}

// limits is what New makes of Limits.
type limits struct {
	addresses *limit.Rate
	keys      *limit.Rate
	logins    *limit.Logins
	streams   *limit.Quota
}

func newLimits(l Limits) limits {
	return limits{
		addresses: limit.PerSecond(l.AddressRequests),
		keys:      limit.PerSecond(l.KeyRequests),
		logins:    limit.NewLogins(l.LoginFailures),
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

// anonymous counts a request without a valid key at its address. It returns the
// error that the request gets: err, or that there were too many. Requests with a
// valid key count for the key alone, so that those who share an address or a
// proxy with a flood go on.
func (h *handler) anonymous(w http.ResponseWriter, r *http.Request, err error) error {
	if h.limits.addresses.Exceeded(w, r, limit.ClientAddr(requestOf(r.Context()).remote)) {
		return errcode.New(errcode.RateLimited, fmt.Sprintf(
			"more than %d requests a second without a valid key came from this address (ADDRESS_REQUESTS)", h.opts.Limits.AddressRequests))
	}
	return err
}

// limitAddress is anonymous for pages, which want no key. Probes of health are
// not counted: a flood must not have the platform restart the server.
func (h *handler) limitAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h.anonymous(w, r, nil); err != nil {
			h.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limitKey refuses a request beyond those that its key may send.
func (h *handler) limitKey(w http.ResponseWriter, r *http.Request, name string) error {
	if h.limits.keys.Exceeded(w, r, name) {
		return errcode.New(errcode.RateLimited, fmt.Sprintf(
			"more than %d requests a second with this key (KEY_REQUESTS)", h.opts.Limits.KeyRequests))
	}
	return nil
}

// limitLogins decides on a request whose key is the name's, or wrong for the
// reason refusal. A request without any key is no attempt to guess one.
func (h *handler) limitLogins(w http.ResponseWriter, r *http.Request, name string, refusal error) error {
	if refusal != nil {
		refusal = h.anonymous(w, r, refusal)
	}
	client := limit.ClientAddr(requestOf(r.Context()).remote)
	if refusal != nil && (codeOf(refusal) != errcode.Unauthorized || !hasCredential(r)) {
		return refusal
	}
	logins := h.limits.logins
	if logins.Blocked(client, name) {
		w.Header().Set("Retry-After", fmt.Sprint(int(limit.LoginWindow.Seconds())))
		return errcode.New(errcode.RateLimited, fmt.Sprintf(
			"more than %d wrong keys a minute came from this address (LOGIN_FAILURES); until that is over, only keys used from this address before are accepted", h.opts.Limits.LoginFailures))
	}
	if refusal == nil {
		logins.Succeeded(client, name)
		return nil
	}
	logins.Failures.Exceeded(w, r, client)
	w.Header().Del("Retry-After") // this one is answered
	logins.Delay(client, r.Context().Done())
	return refusal
}

// takeStream has a place for one more stream of the key of a request; whoever opened
// the stream gives it back with giveStream.
func (h *handler) takeStream(req *request) error {
	if h.limits.streams.TryAcquire(req.principal.name) {
		return nil
	}
	return errcode.New(errcode.Quota, fmt.Sprintf(
		"%d streams are open with this key (KEY_STREAMS); close one first", h.opts.Limits.KeyStreams))
}

func (h *handler) giveStream(req *request) { h.limits.streams.Release(req.principal.name) }
