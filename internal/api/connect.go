package api

import (
	"net/http"
	"sync"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

type connectRequest struct {
	RouterID string  `json:"router_id" validate:"required" example:"cabang-jakarta-01"`
	Host     string  `json:"host" validate:"required" example:"192.168.88.1"` // name, IPv4 or IPv6 address; :port is optional (8728, with tls 8729)
	User     string  `json:"user" validate:"required" example:"api"`          // at most 256 bytes, no control characters
	Pass     *string `json:"pass" validate:"required" example:"secret"`       // may be empty; at most 256 bytes, no control characters
	CodePage string  `json:"code_page" example:"windows-1252"`                // for text on the router that is not UTF-8, and for user and pass, which are tried in UTF-8 as well

	Comment *string `json:"comment" example:"first floor"` // without it, the present one stays
	Wait    *bool   `json:"wait" example:"true"`           // false registers the router without waiting for the login, also one that is down

	TLS *tlsTarget `json:"tls"` // for the api-ssl service (port 8729); without it, the connection is not encrypted
}

// connect registers a router_id.
//
//	@Summary		Connect a router
//	@Description	Logs in to the router and registers it as router_id. With "wait": false it is registered at once, whether it can be reached or not. Connecting again with the same values changes nothing; with other values, router_id moves to the other router. router_ids with the same host, user and password share one session.
//	@Tags			routers
//	@Accept			json
//	@Produce		json
//	@Param			body	body		connectRequest				true	"the router"
//	@Success		200		{object}	success{data=connectAnswer}	"connected"
//	@Failure		400		{object}	failure						"malformed, missing or unknown field"
//	@Failure		401		{object}	failure						"X-API-Key missing or wrong"
//	@Failure		429		{object}	failure						"too many requests with this key or from this address, or too many failed logins to routers; see Retry-After"
//	@Failure		403		{object}	failure						"the key does not have the role or may not use this router_id, or the server may not connect to this address (ROUTER_NETWORKS)"
//	@Failure		422		{object}	failure						"the router refused the login, or its certificate was refused"
//	@Failure		502		{object}	failure						"the router is unreachable, or does not answer as a RouterOS API"
//	@Failure		409		{object}	failure						"the router is declared in ROUTERS_FILE"
//	@Failure		503		{object}	failure						"the audit log takes no lines, or the register cannot be written; the router was not connected"
//	@Failure		504		{object}	failure						"timed out"
//	@Security		ApiKeyAuth
//	@Router			/connect [post]
func (h *handler) connect(w http.ResponseWriter, r *http.Request) error {
	var in connectRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	return h.connectTo(w, r, in)
}

func (h *handler) connectTo(w http.ResponseWriter, r *http.Request, in connectRequest) error {
	req := requestOf(r.Context())
	req.audit.Router, req.audit.Host, req.audit.User = in.RouterID, in.Host, in.User
	if err := required(field{"router_id", in.RouterID == ""}, field{"host", in.Host == ""},
		field{"user", in.User == ""}, field{"pass", in.Pass == nil}); err != nil {
		return err
	}
	to := register.Settings{Host: in.Host, User: in.User, Password: secret.New(*in.Pass), CodePage: in.CodePage, TLS: in.TLS.settings()}
	key, err := to.Key()
	if err != nil {
		return err
	}
	if err := req.principal.admit(in.RouterID); err != nil {
		return err
	}
	return h.register(w, r, manager.Registration{ID: in.RouterID, Key: key, Comment: in.Comment, NoWait: noWait(in.Wait)})
}

// noWait reports whether the field wait of a body is false.
func noWait(wait *bool) bool { return wait != nil && !*wait }

// register registers a router or changes it for the principal of a request.
func (h *handler) register(w http.ResponseWriter, r *http.Request, to manager.Registration) error {
	req := requestOf(r.Context())
	to.Owner = manager.Owner{Name: req.principal.name, MaxRouters: h.opts.Limits.KeyRouters}
	end, err := h.beginLogin(w, r, to.ID, to.Key)
	if err != nil {
		return err
	}
	var once sync.Once
	ended := func(err error) { once.Do(func() { end(err) }) }
	err = errPanic // unless Register returns
	defer func() {
		if !to.NoWait || err != nil {
			ended(err)
		}
	}()
	to.Tried = ended
	done, err := h.scoped(req).Register(r.Context(), to)
	if err != nil {
		return err
	}
	respond(w, r, connectAnswer{to.ID, !done.Pending, done.Shared, done.Reused, done.TLSFingerprint})
	return nil
}

type disconnectRequest struct {
	RouterID string `json:"router_id" validate:"required" example:"cabang-jakarta-01"`
}

// disconnect removes a router_id.
//
//	@Summary		Disconnect a router
//	@Description	Ends the streams of this router_id. The session on the router is closed when no other router_id uses it.
//	@Tags			routers
//	@Accept			json
//	@Produce		json
//	@Param			body	body		disconnectRequest				true	"the router"
//	@Success		200		{object}	success{data=disconnectAnswer}	"disconnected"
//	@Failure		400		{object}	failure							"malformed, missing or unknown field"
//	@Failure		401		{object}	failure							"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure							"the key does not have the role"
//	@Failure		429		{object}	failure							"too many requests with this key or from this address; see Retry-After"
//	@Failure		404		{object}	failure							"unknown router"
//	@Failure		409		{object}	failure							"the router is declared in ROUTERS_FILE"
//	@Failure		503		{object}	failure							"the audit log takes no lines, or the register cannot be written"
//	@Security		ApiKeyAuth
//	@Router			/disconnect [post]
func (h *handler) disconnect(w http.ResponseWriter, r *http.Request) error {
	var in disconnectRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	req := requestOf(r.Context())
	req.audit.Router = in.RouterID
	if err := required(field{"router_id", in.RouterID == ""}); err != nil {
		return err
	}
	return h.disconnectFrom(w, r, in.RouterID)
}

func (h *handler) disconnectFrom(w http.ResponseWriter, r *http.Request, id string) error {
	closed, err := h.scoped(requestOf(r.Context())).Disconnect(id)
	if err != nil {
		return err
	}
	respond(w, r, disconnectAnswer{id, true, closed})
	return nil
}
