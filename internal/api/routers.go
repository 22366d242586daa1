package api

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"github.com/aprakasa/mikronec/internal/manager"
)

type connectRequest struct {
	RouterID string  `json:"router_id" validate:"required" example:"cabang-jakarta-01"`
	Host     string  `json:"host" validate:"required" example:"192.168.88.1"` // name, IPv4 or IPv6, with :port or without (8728)
	User     string  `json:"user" validate:"required" example:"api"`
	Pass     *string `json:"pass" validate:"required" example:"secret"` // may be empty, as on a new router
	CodePage string  `json:"code_page" example:"windows-1252"`          // of names and comments that are not UTF-8

	TLS *tlsTarget `json:"tls"` // for the api-ssl port (8729); without it the plain API is spoken
}

// connect registers a router_id.
//
//	@Summary		Connect a router
//	@Description	Logs in at the router and makes router_id stand for it. Connecting again with the same values changes nothing; with others, the id moves over. Ids with the same host, user and password share one session.
//	@Tags			routers
//	@Accept			json
//	@Produce		json
//	@Param			body	body		connectRequest					true	"the router"
//	@Success		200		{object}	success{data=connectAnswer}	"connected"
//	@Failure		400		{object}	failure							"malformed, missing or unknown field"
//	@Failure		401		{object}	failure							"X-API-Key missing or wrong"
//	@Failure		429		{object}	failure							"too many requests with this key or from this address; see Retry-After"
//	@Failure		403		{object}	failure							"the key has not the role or is not for this router_id, or the server may not dial this address (ROUTER_NETWORKS)"
//	@Failure		422		{object}	failure							"the router refused the login, or its certificate was refused"
//	@Failure		502		{object}	failure							"unreachable, or not a RouterOS API"
//	@Failure		504		{object}	failure							"timed out"
//	@Security		ApiKeyAuth
//	@Router			/connect [post]
func (h *handler) connect(w http.ResponseWriter, r *http.Request) error {
	var req connectRequest
	if err := readBody(w, r, &req); err != nil {
		return err
	}
	a := actOf(r.Context())
	a.Router, a.Host, a.User = req.RouterID, req.Host, req.User
	if err := required(field{"router_id", req.RouterID == ""}, field{"host", req.Host == ""},
		field{"user", req.User == ""}, field{"pass", req.Pass == nil}); err != nil {
		return err
	}
	to := target{Host: req.Host, User: req.User, Password: *req.Pass, CodePage: req.CodePage, TLS: req.TLS}
	key, err := to.key()
	if err != nil {
		return err
	}
	if err := grantOf(r.Context()).admits(req.RouterID); err != nil {
		return err
	}
	owner := manager.Owner{Name: callerOf(r.Context()).name, MaxRouters: h.opts.Limits.KeyRouters}
	done, err := h.seen(r.Context()).Connect(r.Context(), req.RouterID, key, owner)
	if err != nil {
		return err
	}
	respond(w, connectAnswer{req.RouterID, true, done.Shared, done.Reused, done.TLSFingerprint})
	return nil
}

type disconnectRequest struct {
	RouterID string `json:"router_id" validate:"required" example:"cabang-jakarta-01"`
}

// disconnect takes a router_id off the register.
//
//	@Summary		Disconnect a router
//	@Description	Ends the streams of this router_id, stops its polling and releases its session; the last router_id of a session closes it at the router.
//	@Tags			routers
//	@Accept			json
//	@Produce		json
//	@Param			body	body		disconnectRequest					true	"the router"
//	@Success		200		{object}	success{data=disconnectAnswer}	"disconnected"
//	@Failure		400		{object}	failure								"malformed, missing or unknown field"
//	@Failure		401		{object}	failure								"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure								"the key has not the role"
//	@Failure		429		{object}	failure								"too many requests with this key or from this address; see Retry-After"
//	@Failure		404		{object}	failure								"unknown router"
//	@Security		ApiKeyAuth
//	@Router			/disconnect [post]
func (h *handler) disconnect(w http.ResponseWriter, r *http.Request) error {
	var req disconnectRequest
	if err := readBody(w, r, &req); err != nil {
		return err
	}
	actOf(r.Context()).Router = req.RouterID
	if err := required(field{"router_id", req.RouterID == ""}); err != nil {
		return err
	}
	closed, err := h.seen(r.Context()).Disconnect(req.RouterID)
	if err != nil {
		return err
	}
	respond(w, disconnectAnswer{req.RouterID, true, closed})
	return nil
}

// list shows all routers.
//
//	@Summary	All connected routers and how they fare
//	@Tags		routers
//	@Produce	json
//	@Success	200	{object}	success{data=[]routerAnswer}
//	@Failure	401	{object}	failure	"X-API-Key missing or wrong"
//	@Failure	429	{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Security	ApiKeyAuth
//	@Router		/routers [get]
func (h *handler) list(w http.ResponseWriter, r *http.Request) error {
	answer := []routerAnswer{}
	for _, router := range h.seen(r.Context()).List() {
		answer = append(answer, describe(router, grantOf(r.Context()).sees))
	}
	respond(w, answer)
	return nil
}

// get shows one router.
//
//	@Summary	One router and how it fares
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
	router, err := h.seen(r.Context()).Get(pathID(r, "id"))
	if err != nil {
		return err
	}
	respond(w, describe(router, grantOf(r.Context()).sees))
	return nil
}

// systemInfo asks the router who it is.
//
//	@Summary		What a router says of itself
//	@Description	The fields of /system/resource and /system/routerboard under RouterOS's names, numbers as numbers, and the router's name as "identity". A device without /system/routerboard answers without those fields; "errors" says why.
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
	if err := required(field{"the query parameter router", id == ""}); err != nil {
		return err
	}
	ctx, cancel := deadline(r, h.opts.InfoTimeout)
	defer cancel()
	router, err := h.seen(ctx).Get(id)
	if err != nil {
		return err
	}
	info, err := router.Device.Info(ctx)
	if err == nil {
		err = revoked(ctx) // what has come by then is not the key's any more
	}
	if err != nil {
		return err
	}
	respond(w, json.RawMessage(appendInfo(id, info)))
	return nil
}

// pathID is a path parameter as the client meant it: chi matches on the escaped
// path where there is one.
func pathID(r *http.Request, name string) string {
	raw := chi.URLParam(r, name)
	if id, err := url.PathUnescape(raw); err == nil && r.URL.RawPath != "" {
		return id
	}
	return raw
}
