package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Match is something that a search has found. At is in RFC 3339.
type Match struct {
	RouterID string `json:"router_id"`
	Kind     string `json:"kind"` // "router", "ppp", "hotspot" or "dhcp"
	ID       string `json:".id"`
	Name     string `json:"name"`
	Address  string `json:"address"`
	MAC      string `json:"mac"`
	Comment  string `json:"comment"`
	HostName string `json:"host-name"`
	At       string `json:"at"`    // of the reading
	Stale    bool   `json:"stale"` // the table is not being read any more
}

// Found is the answer to a search.
type Found struct {
	Query   string   `json:"q"`
	Results []Match  `json:"results"`
	More    bool     `json:"more"`     // there are more than the limit
	NotRead []string `json:"not_read"` // routers of which no table was ever read, 100 at most
	Silent  []string `json:"silent"`   // instances of the fleet that did not answer; what is at their routers is missing
}

// Search looks in the last tables of all routers (GET /search); no router is asked. A limit
// of 0 is that of the server.
func (c *Client) Search(ctx context.Context, text string, limit int) (Found, error) {
	query := url.Values{"q": {text}}
	if limit > 0 {
		query.Set("limit", number(limit))
	}
	var found Found
	err := c.decode(ctx, request{method: http.MethodGet, path: []string{"search"}, query: query}, 0, &found)
	return found, err
}

// History is what was measured of a router, in steps. A value is nil where nothing was
// measured.
type History struct {
	RouterID string               `json:"router_id"`
	From     string               `json:"from"` // RFC 3339; when the first step begins
	Step     int                  `json:"step"` // seconds
	Series   map[string][]*uint64 `json:"series"`
}

// HistoryQuery selects a part of a history. Zero fields are left to the server.
type HistoryQuery struct {
	Series []string // names; one that ends with * stands for all that begin so
	From   string   // RFC 3339, Unix seconds, or how long ago, such as 1h
	Step   time.Duration
}

// History returns what was measured of a router (GET /routers/{id}/history).
func (c *Client) History(ctx context.Context, id string, q HistoryQuery) (History, error) {
	query := url.Values{}
	for name, value := range map[string]string{"series": strings.Join(q.Series, ","), "from": q.From, "step": number(int(q.Step / time.Second))} {
		if value != "" {
			query.Set(name, value)
		}
	}
	var history History
	err := c.decode(ctx, request{method: http.MethodGet, path: []string{"routers", id, "history"}, query: query}, 0, &history)
	return history, err
}

// Examined is why a router does not work.
type Examined struct {
	RouterID string    `json:"router_id"`
	Healthy  bool      `json:"healthy"` // nothing has failed
	Findings []Finding `json:"findings"`
}

// Finding is the result of one check.
type Finding struct {
	State    string   `json:"state"`
	Code     string   `json:"code"`
	Check    string   `json:"check"`
	Text     string   `json:"text"`
	Commands []string `json:"commands"` // for the console of the router
	Advice   []string `json:"advice"`
}

// Examine finds out why a router does not work (GET /routers/{id}/doctor).
func (c *Client) Examine(ctx context.Context, id string) (Examined, error) {
	return data[Examined](ctx, c, http.MethodGet, nil, "routers", id, "doctor")
}

// Fleet is the fleet as one of its instances sees it.
type Fleet struct {
	Instance  string        `json:"instance"` // that answers
	Connected bool          `json:"connected"`
	Degraded  string        `json:"degraded"` // why it does not serve all routers; empty if it does
	LagMS     int64         `json:"lag_ms"`
	Unowned   int           `json:"unowned"`
	Moves     FleetMoves    `json:"moves"`
	Members   []FleetMember `json:"members"`
}

// FleetMoves are shards of routers that came to an instance or left it.
type FleetMoves struct {
	Taken uint64 `json:"taken"`
	Given uint64 `json:"given"`
	Lost  uint64 `json:"lost"`
}

// FleetMember is an instance that lives.
type FleetMember struct {
	Instance string `json:"instance"`
	Version  string `json:"version"`
	Since    int64  `json:"since"` // Unix seconds
	Shards   int    `json:"shards"`
	Routers  int    `json:"routers"`
	Leaving  bool   `json:"leaving"`
}

// Fleet returns the instances of the fleet (GET /fleet); a single instance answers
// not_found.
func (c *Client) Fleet(ctx context.Context) (Fleet, error) {
	return data[Fleet](ctx, c, http.MethodGet, nil, "fleet")
}
