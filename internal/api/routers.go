package api

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/secret"
)

type connectRequest struct {
	RouterID string  `json:"router_id" validate:"required" example:"cabang-jakarta-01"`
	Host     string  `json:"host" validate:"required" example:"192.168.88.1"` // name, IPv4 or IPv6 address; :port is optional (8728, with tls 8729)
	User     string  `json:"user" validate:"required" example:"api"`          // at most 256 bytes, no control characters
	Pass     *string `json:"pass" validate:"required" example:"secret"`       // may be empty; at most 256 bytes, no control characters
	CodePage string  `json:"code_page" example:"windows-1252"`                // for text on the router that is not UTF-8, and for user and pass, which are tried in UTF-8 as well

	TLS *tlsTarget `json:"tls"` // for the api-ssl service (port 8729); without it, the connection is not encrypted
}

// connect registers a router_id.
//
//	@Summary		Connect a router
//	@Description	Logs in to the router and registers it as router_id. Connecting again with the same values changes nothing; with other values, router_id moves to the other router. router_ids with the same host, user and password share one session.
//	@Tags			routers
//	@Accept			json
//	@Produce		json
//	@Param			body	body		connectRequest					true	"the router"
//	@Success		200		{object}	success{data=connectAnswer}	"connected"
//	@Failure		400		{object}	failure							"malformed, missing or unknown field"
//	@Failure		401		{object}	failure							"X-API-Key missing or wrong"
//	@Failure		429		{object}	failure							"too many requests with this key or from this address, or too many failed logins to routers; see Retry-After"
//	@Failure		403		{object}	failure							"the key does not have the role or may not use this router_id, or the server may not connect to this address (ROUTER_NETWORKS)"
//	@Failure		422		{object}	failure							"the router refused the login, or its certificate was refused"
//	@Failure		502		{object}	failure							"the router is unreachable, or does not answer as a RouterOS API"
//	@Failure		503		{object}	failure							"the audit log takes no lines; the router was not connected"
//	@Failure		504		{object}	failure							"timed out"
//	@Security		ApiKeyAuth
//	@Router			/connect [post]
func (h *handler) connect(w http.ResponseWriter, r *http.Request) error {
	var in connectRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	req := requestOf(r.Context())
	req.audit.Router, req.audit.Host, req.audit.User = in.RouterID, in.Host, in.User
	if err := required(field{"router_id", in.RouterID == ""}, field{"host", in.Host == ""},
		field{"user", in.User == ""}, field{"pass", in.Pass == nil}); err != nil {
		return err
	}
	to := target{Host: in.Host, User: in.User, Password: secret.New(*in.Pass), CodePage: in.CodePage, TLS: in.TLS}
	key, err := to.key()
	if err != nil {
		return err
	}
	if err := req.principal.admit(in.RouterID); err != nil {
		return err
	}
	owner := manager.Owner{Name: req.principal.name, MaxRouters: h.opts.Limits.KeyRouters}
	ended, err := h.beginLogin(w, r, in.RouterID, key)
	if err != nil {
		return err
	}
	defer func() { ended(err) }() // also after a panic
	done, err := h.scoped(req).Connect(r.Context(), in.RouterID, key, owner)
	if err != nil {
		return err
	}
	respond(w, r, connectAnswer{in.RouterID, true, done.Shared, done.Reused, done.TLSFingerprint})
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
//	@Param			body	body		disconnectRequest					true	"the router"
//	@Success		200		{object}	success{data=disconnectAnswer}	"disconnected"
//	@Failure		400		{object}	failure								"malformed, missing or unknown field"
//	@Failure		401		{object}	failure								"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure								"the key does not have the role"
//	@Failure		429		{object}	failure								"too many requests with this key or from this address; see Retry-After"
//	@Failure		404		{object}	failure								"unknown router"
//	@Failure		503		{object}	failure								"the audit log takes no lines"
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
	closed, err := h.scoped(req).Disconnect(in.RouterID)
	if err != nil {
		return err
	}
	respond(w, r, disconnectAnswer{in.RouterID, true, closed})
	return nil
}

// list answers with the status of all routers.
//
//	@Summary	List the connected routers with their status
//	@Tags		routers
//	@Produce	json
//	@Success	200	{object}	success{data=[]routerAnswer}
//	@Failure	401	{object}	failure	"X-API-Key missing or wrong"
//	@Failure	429	{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Security	ApiKeyAuth
//	@Router		/routers [get]
func (h *handler) list(w http.ResponseWriter, r *http.Request) error {
	req := requestOf(r.Context())
	answer := []routerAnswer{}
	for _, router := range h.scoped(req).List() {
		answer = append(answer, describe(router, req.principal))
	}
	respond(w, r, answer)
	return nil
}

// get answers with the status of one router.
//
//	@Summary	Get the status of one router
//	@Tags		routers
//	@Produce	json
//	@Param		id	path		string	true	"router_id"
//	@Success	200	{object}	success{data=routerAnswer}
//	@Failure	401	{object}	failure	"X-API-Key missing or wrong"
//	@Failure	429	{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Failure	404	{object}	failure	"unknown router"
//	@Security	ApiKeyAuth
//	@Router		/routers/{id} [get]
func (h *handler) get(w http.ResponseWriter, r *http.Request) error {
	req := requestOf(r.Context())
	router, err := h.scoped(req).Get(pathID(r, "id"))
	if err != nil {
		return err
	}
	respond(w, r, describe(router, req.principal))
	return nil
}

// systemInfo asks a router for its model, version and resources.
//
//	@Summary		Get model, version and resources of a router
//	@Description	The fields of /system/resource and /system/routerboard under their RouterOS names, numbers as JSON numbers, and the name of the router as "identity". When a menu cannot be read, its fields are missing and "errors" has the reason.
//	@Tags			routers
//	@Produce		json
//	@Param			router	query		string	true	"router_id"
//	@Success		200		{object}	success	"the fields differ between devices"
//	@Failure		400		{object}	failure	"the parameter router is missing"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Failure		404		{object}	failure	"unknown router"
//	@Failure		502		{object}	failure	"unreachable"
//	@Failure		504		{object}	failure	"timed out"
//	@Security		ApiKeyAuth
//	@Router			/system-info [get]
func (h *handler) systemInfo(w http.ResponseWriter, r *http.Request) error {
	id := r.URL.Query().Get("router")
	if err := required(field{"query parameter router", id == ""}); err != nil {
		return err
	}
	ctx, cancel := within(r.Context(), h.opts.InfoTimeout)
	defer cancel()
	req := requestOf(ctx)
	router, err := h.scoped(req).Get(id)
	if err != nil {
		return err
	}
	info, err := router.Device.Info(ctx, req.principal.name)
	defer info.Release()
	if err == nil {
		err = revoked(ctx) // the key may no longer see it
	}
	if err != nil {
		return err
	}
	respond(w, r, json.RawMessage(appendInfo(id, info, req.principal)))
	return nil
}

// pathID returns a path parameter unescaped: chi matches the escaped path where there is
// one.
func pathID(r *http.Request, name string) string {
	raw := chi.URLParam(r, name)
	if id, err := url.PathUnescape(raw); err == nil && r.URL.RawPath != "" {
		return id
	}
	return raw
}
