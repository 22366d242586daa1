package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// TLS is how to connect to api-ssl of a router.
type TLS struct {
	Mode        string `json:"mode"`                  // "verify", "pin" or "insecure"
	Fingerprint string `json:"fingerprint,omitempty"` // with pin: SHA-256 of the certificate
	CA          string `json:"ca,omitempty"`          // with verify: certificates in PEM, in place of those of the system
	ServerName  string `json:"server_name,omitempty"` // the name to verify, in place of the host
}

// Settings are how to connect to a router.
type Settings struct {
	Host     string `json:"host"` // name or address; :port is optional (8728, with TLS 8729)
	User     string `json:"user"`
	Pass     string `json:"pass"`
	CodePage string `json:"code_page,omitempty"` // of text that is not UTF-8; windows-1252 for empty
	Comment  string `json:"comment,omitempty"`
	Wait     *bool  `json:"wait,omitempty"` // false registers the router at once, whether it can be reached or not
	TLS      *TLS   `json:"tls,omitempty"`
}

// Changes of a router: fields that are nil stay as they are.
type Changes struct {
	Host     *string `json:"host,omitempty"`
	User     *string `json:"user,omitempty"`
	Pass     *string `json:"pass,omitempty"`
	CodePage *string `json:"code_page,omitempty"`
	Comment  *string `json:"comment,omitempty"`
	Wait     *bool   `json:"wait,omitempty"` // false takes the changes without waiting for the login
	TLS      *TLS    `json:"tls,omitempty"`
	// Plain connects without TLS; TLS must be nil then.
	Plain bool `json:"-"`
}

// Connected is the answer to a change of the registered routers.
type Connected struct {
	RouterID       string `json:"router_id"`
	Connected      bool   `json:"connected"`
	Shared         bool   `json:"shared"` // others use the same session
	Reused         bool   `json:"reused"` // no login was needed
	TLSFingerprint string `json:"tls_fingerprint"`
}

// Disconnected is the answer to the removal of a router.
type Disconnected struct {
	RouterID     string `json:"router_id"`
	Disconnected bool   `json:"disconnected"`
	RouterClosed bool   `json:"router_closed"` // no other used the session, so it was closed
}

// Router is the status of a router. Times are Unix seconds.
type Router struct {
	RouterID       string            `json:"router_id"`
	Host           string            `json:"host"` // with the port
	User           string            `json:"user"`
	State          string            `json:"state"` // "up", "connecting", "down" or "login_failed"
	Since          int64             `json:"since"`
	Error          string            `json:"error"`        // why the state is not up
	Code           string            `json:"code"`         // of Error
	NextAttempt    int64             `json:"next_attempt"` // 0 if there is none
	Comment        string            `json:"comment"`
	Declared       bool              `json:"declared"`    // in ROUTERS_FILE: it cannot be changed here
	SharedWith     []string          `json:"shared_with"` // others on the same session, 100 at most
	Viewers        int               `json:"viewers"`
	Logins         int               `json:"logins"`
	Polling        bool              `json:"polling"`
	IntervalMS     int64             `json:"interval_ms"`
	Stretched      bool              `json:"stretched"`        // it is polled less often than configured
	BytesPerMinute map[string]uint64 `json:"bytes_per_minute"` // by topic
	Budget         Budget            `json:"budget"`
	LastPoll       *Poll             `json:"last_poll"` // nil before the first one
}

// Budget has the commands of a session and their limits.
type Budget struct {
	InFlight    int `json:"in_flight"`
	MaxInFlight int `json:"max_in_flight"`
	Streams     int `json:"streams"`
	MaxStreams  int `json:"max_streams"`
	Queued      int `json:"queued"`
	MaxQueued   int `json:"max_queued"`
}

// Poll is the last poll of a router.
type Poll struct {
	TS      int64             `json:"ts"` // Unix seconds
	TookMS  float64           `json:"took_ms"`
	Polls   int64             `json:"polls"`
	Skipped int64             `json:"skipped"`
	Error   string            `json:"error"`
	Topics  map[string]string `json:"topics"` // why a topic has no rows
}

// OnlineUser is a PPP or hotspot user who is connected.
type OnlineUser struct {
	User

	Protocol string     `json:"protocol"` // of PPP pppoe, l2tp and so on, of hotspot how the user logged in
	Address  string     `json:"address"`
	MAC      string     `json:"mac"` // of PPP the caller-id, which is an address for services over IP
	Since    *time.Time `json:"since"`
	Comment  string     `json:"comment"`
	Limit    string     `json:"limit"` // of the dynamic queue: rx and tx in bits per second
	// What is nil is not known: a router may have no counters, and rates come with the
	// second reading.
	BytesIn         *uint64 `json:"bytes-in"`
	BytesOut        *uint64 `json:"bytes-out"`
	RxBitsPerSecond *uint64 `json:"rx-bits-per-second"`
	TxBitsPerSecond *uint64 `json:"tx-bits-per-second"`
}

// Users are those of one router.
type Users struct {
	RouterID string       `json:"router_id"`
	At       time.Time    `json:"at"`    // when the router was read
	Total    int          `json:"total"` // users that match, whatever the limit
	Users    []OnlineUser `json:"users"`
}

// UsersQuery says which users to list, in which order; see docs/api.md. Zero values
// are left out.
type UsersQuery struct {
	Search  string // in names, addresses and the like
	Service string // "ppp" or "hotspot"
	Sort    string
	Offset  int
	Limit   int
}

// User is a user as a row of ppp_active or hotspot_active has it.
type User struct {
	Service string `json:"service"` // "ppp" or "hotspot"
	ID      string `json:".id"`
	Name    string `json:"name"`
}

// UserDone is what was done to a user.
type UserDone struct {
	RouterID     string `json:"router_id"`
	Service      string `json:"service"`
	ID           string `json:".id"`
	Name         string `json:"name"`
	Disconnected bool   `json:"disconnected"` // the session was ended
	Disabled     bool   `json:"disabled"`     // the account was disabled
}

// Routers returns the status of all routers that the key sees (GET /routers).
func (c *Client) Routers(ctx context.Context) ([]Router, error) {
	return data[[]Router](ctx, c, http.MethodGet, nil, "routers")
}

// Router returns the status of one router (GET /routers/{id}).
func (c *Client) Router(ctx context.Context, id string) (Router, error) {
	return data[Router](ctx, c, http.MethodGet, nil, "routers", id)
}

// RoutersFile returns the routers in the form of ROUTERS_FILE, without passwords
// (GET /routers?format=yaml).
func (c *Client) RoutersFile(ctx context.Context) ([]byte, error) {
	return c.text(ctx, request{method: http.MethodGet, path: []string{"routers"}, query: url.Values{"format": {"yaml"}}, accept: "application/yaml"}, 0)
}

// Connect logs in to a router and registers it (POST /connect). Without a comment, the
// present one stays.
func (c *Client) Connect(ctx context.Context, id string, s Settings) (Connected, error) {
	body := struct {
		ID string `json:"router_id"`
		Settings
	}{id, s}
	return data[Connected](ctx, c, http.MethodPost, body, "connect")
}

// Disconnect removes a router (POST /disconnect).
func (c *Client) Disconnect(ctx context.Context, id string) (Disconnected, error) {
	return data[Disconnected](ctx, c, http.MethodPost, map[string]string{"router_id": id}, "disconnect")
}

// PutRouter is as Connect; without a comment, the present one is removed
// (PUT /routers/{id}).
func (c *Client) PutRouter(ctx context.Context, id string, s Settings) (Connected, error) {
	return data[Connected](ctx, c, http.MethodPut, s, "routers", id)
}

// ChangeRouter changes what is given (PATCH /routers/{id}).
func (c *Client) ChangeRouter(ctx context.Context, id string, changes Changes) (Connected, error) {
	body := any(changes)
	if changes.Plain {
		body = struct {
			Changes
			TLS *TLS `json:"tls"` // null
		}{Changes: changes}
	}
	return data[Connected](ctx, c, http.MethodPatch, body, "routers", id)
}

// DeleteRouter removes a router (DELETE /routers/{id}).
func (c *Client) DeleteRouter(ctx context.Context, id string) (Disconnected, error) {
	return data[Disconnected](ctx, c, http.MethodDelete, nil, "routers", id)
}

// RetryRouter connects to a router that is away at once (POST /routers/{id}/retry).
func (c *Client) RetryRouter(ctx context.Context, id string) error {
	_, err := data[struct{}](ctx, c, http.MethodPost, nil, "routers", id, "retry")
	return err
}

// RebootRouter restarts a router (POST /routers/{id}/reboot). identity has to be its
// name, as /system/identity has it.
func (c *Client) RebootRouter(ctx context.Context, id, identity string) error {
	_, err := data[struct{}](ctx, c, http.MethodPost, map[string]string{"confirm": identity}, "routers", id, "reboot")
	return err
}

// Users returns the users who are connected, with what they use of the line
// (GET /routers/{id}/users).
func (c *Client) Users(ctx context.Context, id string, q UsersQuery) (Users, error) {
	query := url.Values{}
	for name, value := range map[string]string{"q": q.Search, "service": q.Service, "sort": q.Sort, "offset": number(q.Offset), "limit": number(q.Limit)} {
		if value != "" {
			query.Set(name, value)
		}
	}
	var users Users
	err := c.decode(ctx, request{method: http.MethodGet, path: []string{"routers", id, "users"}, query: query}, 0, &users)
	return users, err
}

// number is a number in a query, empty for zero.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// DisconnectUser ends the session of a user (POST /routers/{id}/users/disconnect).
func (c *Client) DisconnectUser(ctx context.Context, id string, u User) (UserDone, error) {
	return data[UserDone](ctx, c, http.MethodPost, u, "routers", id, "users", "disconnect")
}

// DisableUser disables the account of a user and ends the session
// (POST /routers/{id}/users/disable).
func (c *Client) DisableUser(ctx context.Context, id string, u User) (UserDone, error) {
	return data[UserDone](ctx, c, http.MethodPost, u, "routers", id, "users", "disable")
}

// SystemInfo returns model, version and resources of a router, with the names of
// RouterOS (GET /system-info).
func (c *Client) SystemInfo(ctx context.Context, id string) (Row, error) {
	return dataOf[Row](ctx, c, request{method: http.MethodGet, path: []string{"system-info"}, query: url.Values{"router": {id}}})
}
