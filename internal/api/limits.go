package api

import (
	"fmt"
	"net"
	"net/http"

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

// clientAddress finds out who asks: the peer of the connection or, where that is
// a trusted proxy, the last one in X-Forwarded-For who is not.
func clientAddress(trusted []string) func(http.Handler) http.Handler {
	if len(trusted) == 0 { // nobody's word is taken
		return middleware.ClientIPFromRemoteAddr
	}
	return middleware.ClientIPFromXFF(trusted...)
}

// addressOf is the address of the client. A proxy that says nothing of use is
// taken for the client itself.
func addressOf(r *http.Request) string {
	if addr := middleware.GetClientIP(r.Context()); addr != "" {
		return addr
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// anonymous counts a request without a valid key at its address. It returns the
// error that the request gets: err, or that there were too many. Requests with a
// valid key count for the key alone, so that those who share an address or a
// proxy with a flood go on.
func (h *handler) anonymous(w http.ResponseWriter, r *http.Request, err error) error {
	if h.limits.addresses.Exceeded(w, r, limit.ClientAddr(addressOf(r))) {
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
func (h *handler) limitKey(w http.ResponseWriter, r *http.Request, holder string) error {
	if h.limits.keys.Exceeded(w, r, holder) {
		return errcode.New(errcode.RateLimited, fmt.Sprintf(
			"more than %d requests a second with this key (KEY_REQUESTS)", h.opts.Limits.KeyRequests))
	}
	return nil
}

// limitLogins decides on a request whose key is the holder's, or wrong for the
// reason refusal. A request without any key is no attempt to guess one.
func (h *handler) limitLogins(w http.ResponseWriter, r *http.Request, holder string, refusal error) error {
	if refusal != nil {
		refusal = h.anonymous(w, r, refusal)
	}
	client := limit.ClientAddr(addressOf(r))
	if refusal != nil && (codeOf(refusal) != errcode.Unauthorized || !tried(r)) {
		return refusal
	}
	logins := h.limits.logins
	if logins.Blocked(client, holder) {
		w.Header().Set("Retry-After", fmt.Sprint(int(limit.LoginWindow.Seconds())))
		return errcode.New(errcode.RateLimited, fmt.Sprintf(
			"more than %d wrong keys a minute came from this address (LOGIN_FAILURES); until that is over, only keys are heard that were good there before", h.opts.Limits.LoginFailures))
	}
	if refusal == nil {
		logins.Succeeded(client, holder)
		return nil
	}
	logins.Failures.Exceeded(w, r, client)
	w.Header().Del("Retry-After") // this one is answered
	logins.Delay(client, r.Context().Done())
	return refusal
}

// takeStream has a place for one more stream of the visit's key; whoever opened
// the stream gives it back with giveStream.
func (h *handler) takeStream(v *visit) error {
	if h.limits.streams.TryAcquire(v.key) {
		return nil
	}
	return errcode.New(errcode.Quota, fmt.Sprintf(
		"%d streams are open with this key (KEY_STREAMS); close one first", h.opts.Limits.KeyStreams))
}

func (h *handler) giveStream(v *visit) { h.limits.streams.Release(v.key) }
