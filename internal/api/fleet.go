package api

import (
	"net/http"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// Fleet is the fleet as one of its instances sees it.
type Fleet struct {
	Instance  string        `json:"instance" example:"mikronec-0"` // that answers
	Connected bool          `json:"connected"`                     // to NATS
	Degraded  string        `json:"degraded,omitempty"`            // why this instance does not serve all routers
	LagMS     int64         `json:"lag_ms" example:"1200"`         // since the last renewal of its lease that succeeded
	Unowned   int           `json:"unowned"`                       // routers that no instance has at the moment
	Moves     FleetMoves    `json:"moves"`
	Members   []FleetMember `json:"members"`
} //	@name	fleet

// FleetMoves are shards of routers that came to this instance or left it since it joined.
type FleetMoves struct {
	Taken uint64 `json:"taken"` // from nobody, or from an instance that was gone
	Given uint64 `json:"given"` // handed to another instance
	Lost  uint64 `json:"lost"`  // another instance has them, or NATS was out of reach with FLEET_PARTITION=stop
} //	@name	fleet_moves

// FleetMember is an instance that lives.
type FleetMember struct {
	Instance string `json:"instance" example:"mikronec-0"`
	Version  string `json:"version"`
	Since    int64  `json:"since"`   // Unix seconds; when it joined
	Shards   int    `json:"shards"`  // of 512
	Routers  int    `json:"routers"` // router_ids that it has
	Leaving  bool   `json:"leaving,omitempty"`
} //	@name	fleet_member

// fleet answers with the instances of the fleet.
//
//	@Summary		Get the instances of the fleet
//	@Description	Which instances live, what each has, and what has moved. Only with NATS_URL.
//	@Tags			fleet
//	@Produce		json
//	@Success		200	{object}	success{data=Fleet}
//	@Failure		401	{object}	failure	"X-API-Key missing or wrong"
//	@Failure		403	{object}	failure	"the key has not the role admin"
//	@Failure		404	{object}	failure	"this is a single instance"
//	@Failure		429	{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Security		ApiKeyAuth
//	@Router			/fleet [get]
func (h *handler) fleet(w http.ResponseWriter, r *http.Request) error {
	if h.opts.Fleet == nil {
		return errcode.New(errcode.NotFound, "this is a single instance; NATS_URL makes it one of a fleet")
	}
	respond(w, r, h.opts.Fleet())
	return nil
}
