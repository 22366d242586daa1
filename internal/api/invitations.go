package api

import (
	"context"
	"net/http"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/keys"
	"github.com/aprakasa/mikronec/internal/limit"
)

// invitationRequest has what the key of an invitation is to permit.
type invitationRequest struct {
	keyRequest

	TTL int `json:"ttl" example:"86400"` // seconds in which the invitation can be exchanged; default a day, at most 30 days
} //	@name	invitationRequest

// invitationInfo is what an admin may know of an invitation.
type invitationInfo struct {
	Name       string   `json:"name" example:"guest"` // of the key that it becomes
	Role       string   `json:"role" example:"viewer" enums:"viewer,operator,admin"`
	Routers    []string `json:"routers" example:"branch-*,hq"`
	Rules      []string `json:"rules,omitempty" example:"/ip/hotspot/**:print,add"`
	Expires    int64    `json:"expires,omitempty" example:"4957113600"` // of the key, in Unix seconds; missing if it does not expire
	ValidUntil int64    `json:"valid_until" example:"1800086400"`       // of the invitation, in Unix seconds
	Created    int64    `json:"created" example:"1800000000"`           // Unix seconds
	CreatedBy  string   `json:"created_by" example:"owner"`             // name of the key that made it
} //	@name	invitationInfo

// madeInvitation is an invitation with its token.
type madeInvitation struct {
	Token string `json:"token" example:"mi_K3V7QZ2MTAAUBM7ZRD2LWXEN4Y"` // for POST /invitations/exchange; it is not shown again
	// Link is the path of the dashboard that exchanges the token. What follows # is never sent to a server.
	Link string `json:"link" example:"/#invite=mi_K3V7QZ2MTAAUBM7ZRD2LWXEN4Y"`

	invitationInfo
} //	@name	madeInvitation

func invitationOf(k keys.Info) invitationInfo {
	return invitationInfo{
		Name: k.Name, Role: k.Role.String(), Routers: k.Routers, Rules: k.Rules, Expires: unix(k.Expires),
		ValidUntil: unix(k.Until), Created: unix(k.Created), CreatedBy: k.By,
	}
}

// listInvitations answers with the invitations that are open.
//
//	@Summary		List the invitations that can be exchanged
//	@Description	Those to routers that are all among the routers of the key that asks; without tokens.
//	@Tags			access
//	@Produce		json
//	@Success		200	{object}	success{data=[]invitationInfo}
//	@Failure		401	{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403	{object}	failure	"the key does not have the role"
//	@Failure		429	{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Security		ApiKeyAuth
//	@Router			/invitations [get]
func (h *handler) listInvitations(w http.ResponseWriter, r *http.Request) error {
	list := []invitationInfo{}
	for _, k := range h.opts.Issued.Invitations(requestOf(r.Context()).principal.key.Key) {
		list = append(list, invitationOf(k))
	}
	respond(w, r, list)
	return nil
}

// invite makes an invitation.
//
//	@Summary		Invite somebody to a key
//	@Description	The token is in the answer and nowhere else. Whoever has it can exchange it once for a key of its own, which is taken back with DELETE /keys/{name}. The link opens the dashboard with that key. The invitation ends with the key that made it.
//	@Tags			access
//	@Accept			json
//	@Produce		json
//	@Param			body	body		invitationRequest				true	"what the key permits"
//	@Success		200		{object}	success{data=madeInvitation}	"invited"
//	@Failure		400		{object}	failure							"malformed, missing or unknown field"
//	@Failure		401		{object}	failure							"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure							"the key does not have the role, or would permit more than it may itself"
//	@Failure		409		{object}	failure							"there is a key or an invitation of this name"
//	@Failure		429		{object}	failure							"too many requests with this key or from this address, or too many keys; see Retry-After"
//	@Failure		503		{object}	failure							"the audit log takes no lines, or the keys cannot be written"
//	@Security		ApiKeyAuth
//	@Router			/invitations [post]
func (h *handler) invite(w http.ResponseWriter, r *http.Request) error {
	var in invitationRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	req := requestOf(r.Context())
	req.target(in.Name)
	fields, err := in.fields()
	if err != nil {
		return err
	}
	ttl := keys.InvitationTTL
	if in.TTL != 0 {
		ttl = time.Duration(max(min(in.TTL, 1<<30), -1)) * time.Second
	}
	made, token, err := h.opts.Issued.Invite(r.Context(), req.principal.key.Key, fields, ttl)
	if err != nil {
		return err
	}
	req.audit.Grant = made.Grant()
	respond(w, r, madeInvitation{Token: token, Link: "/#invite=" + token, invitationInfo: invitationOf(made)})
	return nil
}

// withdraw takes an invitation back.
//
//	@Summary	Take an invitation back that was not exchanged
//	@Tags		access
//	@Produce	json
//	@Param		name	path		string						true	"name of the invitation"
//	@Success	200		{object}	success{data=revokedKey}	"taken back"
//	@Failure	401		{object}	failure						"X-API-Key missing or wrong"
//	@Failure	403		{object}	failure						"the key does not have the role"
//	@Failure	404		{object}	failure						"no such invitation, or it was exchanged: then there is a key of this name"
//	@Failure	429		{object}	failure						"too many requests with this key or from this address; see Retry-After"
//	@Failure	503		{object}	failure						"the audit log takes no lines, or the keys cannot be written"
//	@Security	ApiKeyAuth
//	@Router		/invitations/{name} [delete]
func (h *handler) withdraw(w http.ResponseWriter, r *http.Request) error {
	return h.end(w, r, h.opts.Issued.Withdraw)
}

// end takes the key or the invitation back that the path names.
func (h *handler) end(w http.ResponseWriter, r *http.Request, end func(context.Context, *access.Key, string) (keys.Info, error)) error {
	name := pathID(r, "name")
	req := requestOf(r.Context())
	req.target(name)
	// The key that asks may end itself, and is to be answered nevertheless.
	ended, err := end(context.WithoutCancel(r.Context()), req.principal.key.Key, name)
	if err != nil {
		return err
	}
	req.audit.Grant = ended.Grant()
	respond(w, r, revokedKey{Name: name})
	return nil
}

type exchangeRequest struct {
	Token string `json:"token" validate:"required" example:"mi_K3V7QZ2MTAAUBM7ZRD2LWXEN4Y"`
}

// exchange makes the key of an invitation.
//
//	@Summary		Exchange an invitation for a key
//	@Description	Needs no key. A token is exchanged once; the key is in the answer and nowhere else. Wrong tokens are limited as wrong keys are.
//	@Tags			access
//	@Accept			json
//	@Produce		json
//	@Param			body	body		exchangeRequest			true	"the token of the invitation"
//	@Success		200		{object}	success{data=madeKey}	"the key"
//	@Failure		400		{object}	failure					"malformed, missing or unknown field"
//	@Failure		401		{object}	failure					"the token is not one of an invitation that is open"
//	@Failure		403		{object}	failure					"a page of another origin (ALLOWED_ORIGINS)"
//	@Failure		429		{object}	failure					"too many requests or wrong tokens from this address; see Retry-After"
//	@Failure		503		{object}	failure					"the audit log takes no lines, or the keys cannot be written"
//	@Router			/invitations/exchange [post]
func (h *handler) exchange(w http.ResponseWriter, r *http.Request) error {
	var in exchangeRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	if err := required(field{"token", in.Token == ""}); err != nil {
		return err
	}
	if err := h.opts.Issued.Invited(in.Token); err != nil {
		return h.refuseToken(w, r, err)
	}
	return h.auditing(audit.InviteUse, func(w http.ResponseWriter, r *http.Request) error {
		made, text, err := h.opts.Issued.Exchange(r.Context(), in.Token)
		if err != nil {
			return err
		}
		req := requestOf(r.Context())
		req.audit.Target, req.audit.Grant = made.Name, made.Grant()
		respond(w, r, madeKey{Key: text, keyInfo: infoOf(made)})
		return nil
	})(w, r)
}

// refuseToken limits wrong tokens by address, together with wrong keys. A right one is never
// refused for the wrong ones of others: it cannot be guessed.
func (h *handler) refuseToken(w http.ResponseWriter, r *http.Request, refusal error) error {
	if h.limits.logins.Blocked(limit.ClientAddr(requestOf(r.Context()).remote), "") {
		return h.tooManyLogins(w)
	}
	if h.opts.WrongKey != nil {
		h.opts.WrongKey()
	}
	if codeOf(refusal) == errcode.Unauthorized {
		h.record(r.Context(), requestOf(r.Context()).newEntry(audit.LoginRefused), refusal, false)
	}
	return failedLogin(w, r, h.limits.logins, refusal)
}
