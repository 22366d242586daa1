package api

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"github.com/aprakasa/mikronec/internal/manager"
)

// list answers with the status of all routers.
//
//	@Summary		List the routers with their status
//	@Description	With format=yaml, the routers in the form of ROUTERS_FILE, without passwords.
//	@Tags			routers
//	@Produce		json
//	@Produce		application/yaml
//	@Param			format	query		string	false	"json or yaml"	Enums(json, yaml)
//	@Success		200		{object}	success{data=[]routerAnswer}
//	@Failure		400		{object}	failure	"unknown format"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Security		ApiKeyAuth
//	@Router			/routers [get]
func (h *handler) list(w http.ResponseWriter, r *http.Request) error {
	req := requestOf(r.Context())
	if export, err := choice(r.URL.Query(), "format", "json", "yaml"); err != nil {
		return err
	} else if export {
		return exportYAML(w, h.scoped(req).List())
	}
	answer := []routerAnswer{}
	ids := make(map[manager.Device][]string) // once for each session
	for _, router := range h.scoped(req).List() {
		if _, known := ids[router.Device]; !known {
			ids[router.Device] = visibleIDs(router.Device, req.principal)
		}
		answer = append(answer, describe(router, req.principal, ids[router.Device]))
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
	respond(w, r, describe(router, req.principal, visibleIDs(router.Device, req.principal)))
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
