package api

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/keys"
)

func (h *handler) keyRoutes(r chi.Router) {
	admin := func(handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
		return h.atLeast(access.Admin, h.issuing(handle))
	}
	r.Get("/keys", h.with(admin(h.listKeys)))
	r.Post("/keys", h.audited(audit.KeyCreate, admin(h.createKey)))
	r.Delete("/keys/{name}", h.audited(audit.KeyRevoke, admin(h.revokeKey)))
	r.Get("/invitations", h.with(admin(h.listInvitations)))
	r.Post("/invitations", h.audited(audit.Invite, admin(h.invite)))
	r.Delete("/invitations/{name}", h.audited(audit.InviteEnd, admin(h.withdraw)))
}

// issuing refuses requests of a server that makes no keys.
func (h *handler) issuing(handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if h.opts.Issued == nil {
			return errcode.New(errcode.NotFound, "this server makes no keys")
		}
		return handle(w, r)
	}
}

// keyRequest has what a new key is to permit.
type keyRequest struct {
	Name    string   `json:"name" validate:"required" example:"noc"`                                  // unique; letters, digits and . _ -
	Role    string   `json:"role" validate:"required" example:"viewer" enums:"viewer,operator,admin"` // not above that of the key that makes it
	Routers []string `json:"routers" validate:"required" example:"branch-*,hq"`                       // router_ids or patterns, in which * stands for any text, within those of the key that makes it
	Rules   []string `json:"rules" example:"/ip/hotspot/**:print,add"`                                // command rules, for operators and admins; a key other than the owner's gives its own, and further denials
	Expires string   `json:"expires" example:"2127-01-31"`                                            // last day in UTC, or a time of RFC 3339; without it as late as that of the key that makes it
}

func (in *keyRequest) fields() (access.Fields, error) {
	f := access.Fields{Name: in.Name, Role: in.Role, Routers: in.Routers, Rules: in.Rules, Expires: in.Expires}
	return f, required(field{"name", in.Name == ""}, field{"role", in.Role == ""}, field{"routers", len(in.Routers) == 0})
}

// keyInfo is what an admin may know of a key.
type keyInfo struct {
	Name      string      `json:"name" example:"noc"`
	Role      string      `json:"role" example:"viewer" enums:"viewer,operator,admin"`
	Routers   []string    `json:"routers" example:"branch-*,hq"`
	Rules     []string    `json:"rules,omitempty" example:"/ip/hotspot/**:print,add"`
	Expires   int64       `json:"expires,omitempty" example:"4957113600"` // Unix seconds; missing if the key does not expire
	Source    keys.Source `json:"source" example:"api" enums:"env,file,api" swaggertype:"string"`
	Created   int64       `json:"created,omitempty" example:"1800000000"`   // Unix seconds; missing for a declared key
	CreatedBy string      `json:"created_by,omitempty" example:"owner"`     // name of the key that made it; missing for a declared key
	LastUsed  int64       `json:"last_used,omitempty" example:"1800000000"` // Unix seconds, at this instance since its start; missing if it was not used
} //	@name	keyInfo

// madeKey is a key with its secret.
type madeKey struct {
	Key string `json:"key" example:"mk_K3V7QZ2MTAAUBM7ZRD2LWXEN4YXJ4F5S6HQ2TBV3K7WZP2NDQRCL6E"` // for the header X-API-Key; it is not shown again

	keyInfo
} //	@name	madeKey

func infoOf(k keys.Info) keyInfo {
	return keyInfo{
		Name: k.Name, Role: k.Role.String(), Routers: k.Routers, Rules: k.Rules, Expires: unix(k.Expires),
		Source: k.Source, Created: unix(k.Created), CreatedBy: k.By, LastUsed: unix(k.LastUsed),
	}
}

// unix are Unix seconds; 0 for the zero time.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// target notes for the audit log which key a request is about. What is no name is left out:
// it may be a key by mistake.
func (req *request) target(name string) {
	if access.CheckName(name) == nil {
		req.audit.Target = name
	}
}

// listKeys answers with the keys.
//
//	@Summary		List the keys
//	@Description	Those whose routers are all among the routers of the key that asks; without secrets, and without the owner's key.
//	@Tags			access
//	@Produce		json
//	@Success		200	{object}	success{data=[]keyInfo}
//	@Failure		401	{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403	{object}	failure	"the key does not have the role"
//	@Failure		429	{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Security		ApiKeyAuth
//	@Router			/keys [get]
func (h *handler) listKeys(w http.ResponseWriter, r *http.Request) error {
	list := []keyInfo{}
	for _, k := range h.opts.Issued.List(requestOf(r.Context()).principal.key.Key) {
		list = append(list, infoOf(k))
	}
	respond(w, r, list)
	return nil
}

// createKey makes a key.
//
//	@Summary		Create a key
//	@Description	The key is in the answer and nowhere else: the server keeps its hash. A key never permits more than the one that made it.
//	@Tags			access
//	@Accept			json
//	@Produce		json
//	@Param			body	body		keyRequest				true	"what the key permits"
//	@Success		200		{object}	success{data=madeKey}	"created"
//	@Failure		400		{object}	failure					"malformed, missing or unknown field"
//	@Failure		401		{object}	failure					"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure					"the key does not have the role, or would permit more than it may itself"
//	@Failure		409		{object}	failure					"there is a key of this name"
//	@Failure		429		{object}	failure					"too many requests with this key or from this address, or too many keys; see Retry-After"
//	@Failure		503		{object}	failure					"the audit log takes no lines, or the keys cannot be written"
//	@Security		ApiKeyAuth
//	@Router			/keys [post]
func (h *handler) createKey(w http.ResponseWriter, r *http.Request) error {
	var in keyRequest
	if err := readBody(w, r, &in); err != nil {
		return err
	}
	req := requestOf(r.Context())
	req.target(in.Name)
	fields, err := in.fields()
	if err != nil {
		return err
	}
	made, text, err := h.opts.Issued.Create(r.Context(), req.principal.key.Key, fields)
	if err != nil {
		return err
	}
	req.audit.Grant = made.Grant()
	respond(w, r, madeKey{Key: text, keyInfo: infoOf(made)})
	return nil
}

// revokedKey is the answer of DELETE /keys/{name} and /invitations/{name}.
type revokedKey struct {
	Name string `json:"name" example:"noc"`
} //	@name	revokedKey

// revokeKey takes a key back.
//
//	@Summary		Take a key back
//	@Description	It ends at once, with its streams, commands and tickets, at the other instances of a fleet within a second. Keys that it has made stay.
//	@Tags			access
//	@Produce		json
//	@Param			name	path		string						true	"name of the key"
//	@Success		200		{object}	success{data=revokedKey}	"taken back"
//	@Failure		401		{object}	failure						"X-API-Key missing or wrong"
//	@Failure		403		{object}	failure						"the key does not have the role"
//	@Failure		404		{object}	failure						"no such key"
//	@Failure		409		{object}	failure						"the key is declared in API_KEYS or API_KEYS_FILE"
//	@Failure		429		{object}	failure						"too many requests with this key or from this address; see Retry-After"
//	@Failure		503		{object}	failure						"the audit log takes no lines, or the keys cannot be written"
//	@Security		ApiKeyAuth
//	@Router			/keys/{name} [delete]
func (h *handler) revokeKey(w http.ResponseWriter, r *http.Request) error {
	return h.end(w, r, h.opts.Issued.Revoke)
}
