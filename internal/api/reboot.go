package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
)

type rebootRequest struct {
	Confirm string `json:"confirm" validate:"required" example:"cabang-jakarta-01"` // the identity of the router, as /system/identity has it
}

// rebootAnswer is the answer of reboot.
type rebootAnswer struct {
	RouterID  string `json:"router_id" example:"cabang-jakarta-01"`
	Identity  string `json:"identity" example:"cabang-jakarta-01"`
	Rebooting bool   `json:"rebooting"`
} //	@name	rebooting

// reboot reboots a router.
//
//	@Summary		Reboot a router
//	@Description	The router is asked for its identity first: another name than the one that is given is a 409, and nothing happens. The answer comes when the router has taken the command; its streams tell when it is down and up again.
//	@Tags			routers
//	@Accept			json
//	@Produce		json
//	@Param			id		path		string			true	"router_id"
//	@Param			body	body		rebootRequest	true	"its name"
//	@Success		200		{object}	success{data=rebootAnswer}
//	@Failure		400		{object}	failure	"malformed, missing or unknown field"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure	"the key does not have the role, or a command is denied by rules of the key or of the server"
//	@Failure		404		{object}	failure	"unknown router"
//	@Failure		409		{object}	failure	"the router has another identity"
//	@Failure		422		{object}	failure	"the router refused a command"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address, or too many commands in flight on this router; see Retry-After"
//	@Failure		502		{object}	failure	"unreachable"
//	@Failure		503		{object}	failure	"shutting down, or the audit log takes no lines"
//	@Failure		504		{object}	failure	"timed out"
//	@Security		ApiKeyAuth
//	@Router			/routers/{id}/reboot [post]
func (h *handler) reboot(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	x := sentences{h: h, req: requestOf(ctx), id: pathID(r, "id"), action: audit.Reboot}
	x.req.audit.Router = x.id
	var in rebootRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"confirm", in.Confirm == ""}); err != nil {
		return err
	}
	defer x.release()
	err := x.reboot(ctx, in.Confirm)
	x.settleAudit(err)
	if err != nil {
		return err
	}
	respond(w, r, rebootAnswer{x.id, in.Confirm, true})
	return nil
}

// reboot reboots the router if that is its identity.
func (x *sentences) reboot(ctx context.Context, identity string) error {
	who, reboot := []string{"/system/identity/print"}, []string{"/system/reboot"}
	if err := x.allow(who, reboot); err != nil {
		return err
	}
	reply, err := x.Run(ctx, who)
	if err != nil {
		return err
	}
	row, _ := reply.Rows.Cut()
	if name := text(reply, row, "name"); name != identity {
		return errcode.New(errcode.Changed, fmt.Sprintf("the router is %q, not %q; it was not rebooted", clip(name), clip(identity)))
	}
	_, err = x.Run(ctx, reboot)
	return err
}

// retryAnswer is the answer of retry.
type retryAnswer struct {
	RouterID  string `json:"router_id" example:"cabang-jakarta-01"`
	Connected bool   `json:"connected"`
} //	@name	retried

// retry dials a router that is not connected at once.
//
//	@Summary		Connect to a router at once
//	@Description	A router that is down, or refused the login, is tried again now and not when the server would do so by itself. The answer comes after the attempt: an error says why it failed. A router that is connected stays so.
//	@Tags			routers
//	@Produce		json
//	@Param			id	path		string	true	"router_id"
//	@Success		200	{object}	success{data=retryAnswer}
//	@Failure		401	{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403	{object}	failure	"the key does not have the role, or the server may not connect to this address (ROUTER_NETWORKS)"
//	@Failure		404	{object}	failure	"unknown router"
//	@Failure		422	{object}	failure	"the router refused the login, or its certificate was refused"
//	@Failure		429	{object}	failure	"too many requests with this key or from this address, or too many failed logins to routers; see Retry-After"
//	@Failure		502	{object}	failure	"unreachable"
//	@Failure		503	{object}	failure	"shutting down, or the audit log takes no lines"
//	@Failure		504	{object}	failure	"timed out"
//	@Security		ApiKeyAuth
//	@Router			/routers/{id}/retry [post]
func (h *handler) retry(w http.ResponseWriter, r *http.Request) error {
	req := requestOf(r.Context())
	id := pathID(r, "id")
	req.audit.Router = id
	router, err := h.scoped(req).Get(id)
	if err != nil {
		return err
	}
	status := router.Device.Status()
	if status.Link.State != pool.Up {
		if err := h.try(w, r, router.Device.Retry, id, status.Key); err != nil {
			return err
		}
	}
	respond(w, r, retryAnswer{id, true})
	return nil
}

// try runs a login that counts as one of the key.
func (h *handler) try(w http.ResponseWriter, r *http.Request, login func(context.Context) error, id string, key pool.Key) error {
	ended, err := h.beginLogin(w, r, id, key)
	if err != nil {
		return err
	}
	err = errPanic // unless login returns
	defer func() { ended(err) }()
	ctx, cancel := within(r.Context(), h.opts.RunTimeout)
	defer cancel()
	err = login(ctx)
	return err
}
