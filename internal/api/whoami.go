package api

import (
	"net/http"
	"slices"

	"github.com/aprakasa/mikronec/internal/rules"
)

// identity is what the holder of a key may know of it.
type identity struct {
	Name     string   `json:"name" example:"noc"`                                  // of the key; "owner" for that of MY_API_KEY
	Role     string   `json:"role" example:"viewer" enums:"viewer,operator,admin"` // what it may do; a later one may do all that an earlier one may
	Routers  []string `json:"routers" example:"branch-*,hq"`                       // router_ids that it sees; * stands for any text
	Expires  int64    `json:"expires,omitempty" example:"1801440000"`              // seconds since 1970; not there for a key that does not expire
	ReadOnly bool     `json:"read_only" example:"false"`                           // READ_ONLY: nobody may change anything at a router
} //	@name	identity

// whoami says what the key of the request is for, so that a client can leave out
// what would be refused. It asks no router.
//
//	@Summary		Who the key is, and what it may do
//	@Description	A client can leave out what would be refused. No router is asked.
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
	respond(w, who)
	return nil
}
