package api

import (
	"errors"
	"fmt"
	"math"
	"net/http"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// beginLogin limits logins to routers that fail, so that /connect is no tool for guessing
// their passwords. ended must be called with the result of the login. A key that connects
// a router again as it did before, with the user and the password that worked, is not
// limited.
func (h *handler) beginLogin(w http.ResponseWriter, r *http.Request, id string, key pool.Key) (ended func(error), err error) {
	name := requestOf(r.Context()).principal.name
	known := false
	if router, err := h.routers.Get(id); err == nil && router.Owner == name {
		status := router.Device.Status()
		if status.Key == key && status.Link.Logins > 0 {
			return func(error) {}, nil
		}
		known = status.Key.Addr == key.Addr
	}
	end, retry, err := h.limits.guesses.Begin(r.Context(), name, key.Addr, known)
	if err != nil {
		return nil, err
	}
	if retry > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(math.Ceil(retry.Seconds()))))
		return nil, errcode.New(errcode.RateLimited, fmt.Sprintf(
			"more than %d logins per minute to routers failed with this key, or at this router (ROUTER_LOGIN_FAILURES)", h.opts.Limits.RouterLoginFailures))
	}
	return func(err error) {
		refused, ok := errors.AsType[*routeros.LoginError](err)
		end(ok && !refused.Temporary())
	}, nil
}
