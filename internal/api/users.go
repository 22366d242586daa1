package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/search"
	"github.com/aprakasa/mikronec/internal/users"
)

// usersAnswer is the answer of users.
type usersAnswer struct {
	Success  bool        `json:"success" example:"true"`
	RouterID string      `json:"router_id" example:"cabang-jakarta-01"`
	At       time.Time   `json:"at" example:"2026-03-01T02:00:00Z"` // when the router was read
	Total    int         `json:"total" example:"2"`                 // users that match, whatever the limit
	Users    []userState `json:"users"`
} //	@name	users

// userState is a user who is connected. The sides are those of the router: received (rx, in) is the
// upload of the user, sent (tx, out) the download.
type userState struct {
	ID       string    `json:".id" example:"*800001"` // of the row of /ppp/active or /ip/hotspot/active
	Name     string    `json:"name" example:"user-0000"`
	Service  string    `json:"service" enums:"ppp,hotspot" example:"ppp"`
	Protocol string    `json:"protocol,omitempty" example:"pppoe"` // of hotspot how the user logged in
	Address  string    `json:"address" example:"10.0.0.2"`
	MAC      string    `json:"mac" example:"02:00:5E:10:00:00"` // of PPP the caller-id, which is an IP address for services over IP
	Since    time.Time `json:"since,omitzero" example:"2026-02-28T20:18:41Z"`
	RxRate   *uint64   `json:"rx-bits-per-second,omitempty" example:"52000"` // upload; missing until the second reading
	TxRate   *uint64   `json:"tx-bits-per-second,omitempty" example:"180000"`
	Rx       *uint64   `json:"bytes-in,omitempty" example:"231939060"` // of the session; missing where the router has no counter
	Tx       *uint64   `json:"bytes-out,omitempty" example:"831939060"`
	Limit    string    `json:"limit,omitempty" example:"10000000/20000000"` // max-limit of the dynamic queue: upload/download in bits per second
	Comment  string    `json:"comment,omitempty"`
} //	@name	userState

func stateOf(u *users.User) userState {
	out := userState{ID: u.ID, Name: u.Name, Service: u.Service, Protocol: u.Protocol, Address: u.Address, MAC: u.MAC,
		Since: u.Since.UTC(), Limit: u.Limit, Comment: u.Comment}
	if u.Since.IsZero() {
		out.Since = time.Time{}
	}
	if u.Rated {
		out.RxRate, out.TxRate = &u.RxRate, &u.TxRate
	}
	if u.Counted {
		out.Rx, out.Tx = &u.Rx, &u.Tx
	}
	return out
}

// users answers with the users of a router.
//
//	@Summary		List the users of a router with their rates
//	@Description	PPP and hotspot users in one shape, from the last reading. While somebody asks, and 15 s longer, the router is read every 5 s; the first answer waits for the first reading, and rates are there from the second one on. rx and in are what came from the user (upload), tx and out what went to the user (download).
//	@Tags			users
//	@Produce		json
//	@Param			id		path		string	true	"router_id"
//	@Param			q		query		string	false	"a part of name, address, MAC address or comment"
//	@Param			service	query		string	false	"ppp or hotspot; both without it"	Enums(ppp, hotspot)
//	@Param			sort	query		string	false	"order"								Enums(download, upload, name, since)
//	@Param			offset	query		int		false	"how many to leave out"
//	@Param			limit	query		int		false	"how many at most; 100, at most 500"
//	@Success		200		{object}	usersAnswer
//	@Failure		400		{object}	failure	"a parameter is malformed"
//	@Failure		401		{object}	failure	"X-API-Key missing or wrong"
//	@Failure		404		{object}	failure	"unknown router"
//	@Failure		422		{object}	failure	"the router refused to show its users"
//	@Failure		429		{object}	failure	"too many requests with this key or from this address; see Retry-After"
//	@Failure		502		{object}	failure	"unreachable"
//	@Failure		503		{object}	failure	"shutting down"
//	@Failure		504		{object}	failure	"timed out"
//	@Security		ApiKeyAuth
//	@Router			/routers/{id}/users [get]
func (h *handler) users(w http.ResponseWriter, r *http.Request) error {
	id := pathID(r, "id")
	q, err := usersQuery(r.URL.Query())
	if err != nil {
		return err
	}
	ctx, cancel := within(r.Context(), h.opts.InfoTimeout)
	defer cancel()
	router, err := h.scoped(requestOf(ctx)).Get(id)
	if err != nil {
		return err
	}
	page, err := router.Device.Users(ctx, q)
	if err == nil {
		err = revoked(ctx) // the key may no longer see it
	}
	if err != nil {
		return err
	}
	answer := usersAnswer{Success: true, RouterID: id, At: page.At.UTC(), Total: page.Total, Users: make([]userState, len(page.Users))}
	for i := range page.Users {
		answer.Users[i] = stateOf(&page.Users[i])
	}
	writeJSON(w, r, http.StatusOK, answer)
	return nil
}

// Limits of lists.
const (
	usualRows = 100
	maxRows   = 500
	maxOffset = 1 << 20
)

func usersQuery(values url.Values) (q users.Query, err error) {
	if q.Text, err = pattern(values); err != nil {
		return q, err
	}
	switch q.Service = values.Get("service"); q.Service {
	case "", users.PPP, users.Hotspot:
	default:
		return q, errcode.Field("service", "must be ppp or hotspot")
	}
	switch q.Sort = users.Order(values.Get("sort")); q.Sort {
	case "":
		q.Sort = users.ByDownload
	case users.ByDownload, users.ByUpload, users.ByName, users.BySince:
	default:
		return q, errcode.Field("sort", "must be download, upload, name or since")
	}
	if q.Offset, err = number(values, "offset", 0, 0, maxOffset); err != nil {
		return q, err
	}
	q.Limit, err = number(values, "limit", usualRows, 1, maxRows)
	return q, err
}

// pattern returns what the parameter q looks for.
func pattern(values url.Values) (search.Pattern, error) {
	text := values.Get("q")
	if len(text) > search.MaxPattern {
		return search.Pattern{}, errcode.Field("q", fmt.Sprintf("is longer than %d bytes", search.MaxPattern))
	}
	return search.Parse(text), nil
}

// number returns a parameter that is a whole number, or what it usually is.
func number(values url.Values, name string, usual, least, most int) (int, error) {
	text := values.Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, errcode.Field(name, fmt.Sprintf("must be a whole number from %d to %d", least, most))
	}
	return n, nil
}
