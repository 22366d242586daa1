package api

import (
	"context"
	"net/http"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/search"
)

// searchAnswer is the answer of search.
type searchAnswer struct {
	Success bool          `json:"success" example:"true"`
	Q       string        `json:"q" example:"budi"`
	Results []searchMatch `json:"results"`
	More    bool          `json:"more"`     // there are more than limit
	NotRead []string      `json:"not_read"` // router_ids whose tables were never read, 100 at most
	Silent  []string      `json:"silent"`   // instances of the fleet that did not answer; what is at their routers is missing
} //	@name	found

// searchMatch is something that was found.
type searchMatch struct {
	RouterID string    `json:"router_id" example:"cabang-jakarta-01"`
	Kind     string    `json:"kind" enums:"router,ppp,hotspot,dhcp" example:"ppp"`
	Name     string    `json:"name,omitempty" example:"user-0000"` // of a router its identity
	Address  string    `json:"address,omitempty" example:"10.0.0.2"`
	MAC      string    `json:"mac,omitempty" example:"02:00:5E:10:00:00"`
	Comment  string    `json:"comment,omitempty"`
	HostName string    `json:"host-name,omitempty"`
	ID       string    `json:".id,omitempty" example:"*800001"` // of the row
	At       time.Time `json:"at,omitzero" example:"2026-03-01T02:00:00Z"`
	Stale    bool      `json:"stale"` // it is not being read, or the router is not connected
} //	@name	match

const (
	searchRoom   = 2           // searches at a time; others wait
	usualMatches = 50          // where no limit is given
	staleAfter   = time.Minute // a table that was read before is not up to date
	maxNotRead   = 100
)

// search looks into the tables of all routers that the key sees.
//
//	@Summary		Find a user, a device or a router
//	@Description	Looks for a part of user names, addresses, comments, DHCP host names, identities and router_ids, and for MAC addresses in any notation from four digits on, in what was read of the routers last. No router is asked: tables are read while somebody watches them, and kept for a day after that. In a fleet, every instance is asked.
//	@Tags			routers
//	@Produce		json
//	@Param			q		query		string	true	"what to look for"	default(user)
//	@Param			limit	query		int		false	"how many results at most; 50, at most 500"
//	@Success		200		{object}	searchAnswer
//	@Failure		400		{object}	failure	"a parameter is missing or malformed"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Failure		504		{object}	failure	"timed out"
//	@Security		ApiKeyAuth
//	@Router			/search [get]
func (h *handler) search(w http.ResponseWriter, r *http.Request) error {
	values := r.URL.Query()
	p, err := pattern(values)
	if err != nil {
		return err
	}
	if p.IsZero() {
		return errcode.New(errcode.Invalid, "missing: q")
	}
	limit, err := number(values, "limit", usualMatches, 1, maxRows)
	if err != nil {
		return err
	}
	ctx, cancel := within(r.Context(), h.opts.InfoTimeout)
	defer cancel()
	select {
	case h.searching <- struct{}{}:
		defer func() { <-h.searching }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	answer := searchAnswer{Success: true, Q: values.Get("q"), Results: []searchMatch{}, NotRead: []string{}, Silent: []string{}}
	req := requestOf(ctx)
	routers := h.scoped(req).List()
	answer.find(routers, h.findElsewhere(ctx, req, routers, p, limit), p, limit, time.Now())
	writeJSON(w, r, http.StatusOK, answer)
	return nil
}

// findElsewhere asks the other instances for the routers that the key sees.
func (h *handler) findElsewhere(ctx context.Context, req *request, routers []manager.Router, p search.Pattern, limit int) search.Elsewhere {
	if h.opts.Find == nil {
		return search.Elsewhere{}
	}
	var ids []string
	if !req.principal.seesAll() {
		ids = []string{}
		for _, r := range routers {
			ids = append(ids, r.ID)
		}
	}
	return h.opts.Find(ctx, p, limit+1, ids)
}

// find looks for routers first, then into their tables, here and elsewhere. The tables of a
// session are those of the first of its router_ids.
func (a *searchAnswer) find(routers []manager.Router, other search.Elsewhere, p search.Pattern, limit int, now time.Time) {
	for _, r := range routers {
		status, identity := r.Device.Status(), r.Device.Facts().Identity
		if p.Match("", r.ID, identity, r.Comment, status.Key.Addr) {
			a.Results = append(a.Results, searchMatch{RouterID: r.ID, Kind: "router", Name: identity, Address: status.Key.Addr, Comment: r.Comment,
				Stale: status.Link.State != pool.Up})
		}
	}
	seen := make(map[manager.Device]bool, len(routers))
	for _, r := range routers {
		if seen[r.Device] {
			continue
		}
		seen[r.Device] = true
		found, read := r.Device.Find(p, max(0, limit+1-len(a.Results)))
		found = append(found, other.Found[r.ID]...)
		if (!read || other.NotRead[r.ID]) && len(a.NotRead) < maxNotRead {
			a.NotRead = append(a.NotRead, r.ID)
		}
		for _, f := range found {
			a.Results = append(a.Results, searchMatch{RouterID: r.ID, Kind: f.Kind.String(), Name: f.Name, Address: f.Address, MAC: f.MAC,
				Comment: f.Comment, HostName: f.HostName, ID: f.ID, At: f.At.UTC().Truncate(time.Second), Stale: now.Sub(f.At) > staleAfter})
		}
	}
	a.Silent = append(a.Silent, other.Silent...)
	if a.More = len(a.Results) > limit; a.More {
		a.Results = a.Results[:limit]
	}
}
