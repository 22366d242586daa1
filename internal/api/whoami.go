package api

import (
	"net/http"
	"slices"

	"github.com/aprakasa/mikronec/internal/rules"
)

// identity is what a client may know of its key.
type identity struct {
	Name     string   `json:"name" example:"noc"`                                  // of the key; "owner" for MY_API_KEY
	Role     string   `json:"role" example:"viewer" enums:"viewer,operator,admin"` // each role includes those before it
	Routers  []string `json:"routers" example:"branch-*,hq"`                       // router_ids that it may use; * stands for any text
	Expires  int64    `json:"expires,omitempty" example:"1801440000"`              // Unix seconds; missing if the key does not expire
	ReadOnly bool     `json:"read_only" example:"false"`                           // READ_ONLY is set: no key may change anything on a router
} //	@name	identity

// whoami answers with what the key of the request permits.
//
//	@Summary		Get what the key permits
//	@Description	So that a client can hide what would be refused. No router is asked.
//	@Tags			access
//	@Produce		json
//	@Success		200	{object}	success{data=identity}
//	@Failure		401	{object}	failure	"X-API-Key missing or wrong"
//	@Failure		429	{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Security		ApiKeyAuth
//	@Router			/whoami [get]
func (h *handler) whoami(w http.ResponseWriter, r *http.Request) error {
	key := requestOf(r.Context()).principal.key
	who := identity{
		Name: key.Name, Role: key.Role.String(), Routers: key.Routers,
		ReadOnly: slices.ContainsFunc(h.opts.Rules, (*rules.Set).ReadsOnly),
	}
	if !key.Expires.IsZero() {
		who.Expires = key.Expires.Unix()
	}
	respond(w, r, who)
	return nil
}
