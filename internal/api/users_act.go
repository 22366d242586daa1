package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// userRequest names a user who is connected, as a list of users shows them. The .id alone
// does not name anybody: the router gives it to somebody else later.
type userRequest struct {
	Service string `json:"service" validate:"required" enums:"ppp,hotspot" example:"ppp"`
	ID      string `json:".id" validate:"required" example:"*800001"` // of the row of /ppp/active or /ip/hotspot/active
	Name    string `json:"name" validate:"required" example:"user-0000"`
}

// userAnswer is the answer of what acts on a user.
type userAnswer struct {
	RouterID     string `json:"router_id" example:"cabang-jakarta-01"`
	Service      string `json:"service" example:"ppp"`
	ID           string `json:".id" example:"*800001"`
	Name         string `json:"name" example:"user-0000"`
	Disconnected bool   `json:"disconnected"`
	Disabled     bool   `json:"disabled"` // the account cannot log in any more
} //	@name	userActed

// userMenus is where a router has the users of a service.
type userMenus struct {
	active   string // menu of those who are connected
	name     string // field of their names there
	accounts string // menu of all
	services bool   // an account is for one service of several
}

var userServices = map[string]userMenus{
	"ppp":     {active: "/ppp/active", name: "name", accounts: "/ppp/secret", services: true},
	"hotspot": {active: "/ip/hotspot/active", name: "user", accounts: "/ip/hotspot/user"},
}

// disconnectUser ends the session of a user.
//
//	@Summary		Disconnect a user
//	@Description	Ends the session of a PPP or hotspot user. The router is asked first who has the .id now: another name, or nobody, is a 409 and nothing changes. The user may log in again.
//	@Tags			users
//	@Accept			json
//	@Produce		json
//	@Param			id		path		string		true	"router_id"
//	@Param			body	body		userRequest	true	"the user"
//	@Success		200		{object}	success{data=userAnswer}
//	@Failure		400		{object}	failure	"malformed, missing or unknown field"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure	"the key does not have the role, or a command is denied by rules of the key or of the server"
//	@Failure		404		{object}	failure	"unknown router"
//	@Failure		409		{object}	failure	"the .id is that of another user, or of nobody"
//	@Failure		422		{object}	failure	"the router refused a command"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address, or too many commands in flight on this router; see Retry-After"
//	@Failure		502		{object}	failure	"unreachable"
//	@Failure		503		{object}	failure	"shutting down, or the audit log takes no lines"
//	@Failure		504		{object}	failure	"timed out"
//	@Security		ApiKeyAuth
//	@Router			/routers/{id}/users/disconnect [post]
func (h *handler) disconnectUser(w http.ResponseWriter, r *http.Request) error {
	return h.actOnUser(w, r, audit.UserEnd)
}

// disableUser disables the account of a user and ends the session.
//
//	@Summary		Disconnect a user and disable the account
//	@Description	As users/disconnect, and the account cannot log in any more: the PPP secret or hotspot user of that name is disabled first. A user without an account on the router, such as one that RADIUS knows, is a 409 and nothing changes.
//	@Tags			users
//	@Accept			json
//	@Produce		json
//	@Param			id		path		string		true	"router_id"
//	@Param			body	body		userRequest	true	"the user"
//	@Success		200		{object}	success{data=userAnswer}
//	@Failure		400		{object}	failure	"malformed, missing or unknown field"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure	"the key does not have the role, or a command is denied by rules of the key or of the server"
//	@Failure		404		{object}	failure	"unknown router"
//	@Failure		409		{object}	failure	"the .id is that of another user, or of nobody, or there is no account"
//	@Failure		422		{object}	failure	"the router refused a command"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address, or too many commands in flight on this router; see Retry-After"
//	@Failure		502		{object}	failure	"unreachable"
//	@Failure		503		{object}	failure	"shutting down, or the audit log takes no lines"
//	@Failure		504		{object}	failure	"timed out"
//	@Security		ApiKeyAuth
//	@Router			/routers/{id}/users/disable [post]
func (h *handler) disableUser(w http.ResponseWriter, r *http.Request) error {
	return h.actOnUser(w, r, audit.UserDisable)
}

func (h *handler) actOnUser(w http.ResponseWriter, r *http.Request, action audit.Action) error {
	ctx := r.Context()
	x := userAct{sentences: sentences{h: h, req: requestOf(ctx), id: pathID(r, "id"), action: action}}
	x.req.audit.Router = x.id
	if err := readBody(w, r, &x.userRequest); err != nil {
		return err
	}
	if err := required(field{"service", x.Service == ""}, field{".id", x.ID == ""}, field{"name", x.Name == ""}); err != nil {
		return err
	}
	known := false
	if x.userMenus, known = userServices[x.Service]; !known {
		return errcode.Field("service", "must be ppp or hotspot")
	}
	defer x.release()
	err := x.do(ctx)
	x.settleAudit(err)
	if err != nil {
		return err
	}
	respond(w, r, userAnswer{x.id, x.Service, x.ID, x.Name, true, action == audit.UserDisable})
	return nil
}

// userAct is one act on a user.
type userAct struct {
	sentences
	userRequest
	userMenus
}

// The sentences of an act. An account is disabled before its session ends, so that it does
// not come back.
func (x *userAct) find() []string {
	fields := ".id," + x.name
	if x.services {
		fields += ",service"
	}
	return []string{x.active + "/print", "=.proplist=" + fields, "?.id=" + x.ID}
}

func (x *userAct) findAccount() []string {
	fields := ".id,name"
	if x.services {
		fields += ",service"
	}
	return []string{x.accounts + "/print", "=.proplist=" + fields, "?name=" + x.Name}
}

func (x *userAct) disable(account string) []string {
	return []string{x.accounts + "/set", "=.id=" + account, "=disabled=yes"}
}

func (x *userAct) end() []string { return []string{x.active + "/remove", "=.id=" + x.ID} }

func (x *userAct) do(ctx context.Context) error {
	all := [][]string{x.find(), x.end()}
	if x.action == audit.UserDisable {
		all = append(all, x.findAccount(), x.disable("*0"))
	}
	if err := x.allow(all...); err != nil {
		return err
	}
	service, err := x.lookUp(ctx)
	if err != nil {
		return err
	}
	if x.action == audit.UserDisable {
		if err := x.disableAccounts(ctx, service); err != nil {
			return err
		}
	}
	_, err = x.Run(ctx, x.end())
	if refused, ok := errors.AsType[*routeros.TrapError](err); ok && strings.HasPrefix(refused.Error(), "no such item") {
		return nil // the session has ended by itself
	}
	return err
}

// lookUp refuses an .id that is not of the user any more. It returns the service of the
// session; empty for hotspot.
func (x *userAct) lookUp(ctx context.Context) (service string, err error) {
	reply, err := x.Run(ctx, x.find())
	if err != nil {
		return "", err
	}
	for row := range reply.Rows.All() {
		if text(reply, row, ".id") != x.ID {
			continue
		}
		if name := text(reply, row, x.name); name != x.Name {
			return "", errcode.New(errcode.Changed, fmt.Sprintf("the session %s is now that of %q, not of %q; nothing was changed", clip(x.ID), clip(name), clip(x.Name)))
		}
		return text(reply, row, "service"), nil
	}
	return "", errcode.New(errcode.Changed, fmt.Sprintf("the user %q is not connected any more with the .id %s; nothing was changed", clip(x.Name), clip(x.ID)))
}

// disableAccounts disables the accounts of the name with which the session may have been
// opened.
func (x *userAct) disableAccounts(ctx context.Context, service string) error {
	reply, err := x.Run(ctx, x.findAccount())
	if err != nil {
		return err
	}
	var accounts []string
	for row := range reply.Rows.All() {
		of := text(reply, row, "service")
		if text(reply, row, "name") == x.Name && (of == "" || of == "any" || of == service) {
			accounts = append(accounts, text(reply, row, ".id"))
		}
	}
	if len(accounts) == 0 {
		return errcode.New(errcode.Changed, fmt.Sprintf("the router has no account %q in %s, so there is nothing to disable: RADIUS may know it, or it logged in without one; nothing was changed", clip(x.Name), x.accounts))
	}
	for _, account := range accounts {
		if _, err := x.Run(ctx, x.disable(account)); err != nil {
			return err
		}
	}
	return nil
}

// text returns a field of a row of a reply as text; empty without it.
func text(reply *routeros.Reply, row proto.Sentence, name string) string {
	value, _ := row.Get(name)
	return reply.Page.String(value)
}
