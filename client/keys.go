package client

import (
	"context"
	"net/http"
	"time"
)

// KeyRequest is what a new key is to permit.
type KeyRequest struct {
	Name    string   `json:"name"`              // unique; letters, digits and . _ -
	Role    string   `json:"role"`              // "viewer", "operator" or "admin"
	Routers []string `json:"routers"`           // patterns of router_ids; * stands for any text
	Rules   []string `json:"rules,omitempty"`   // for its commands
	Expires string   `json:"expires,omitempty"` // last day in UTC, or a time in RFC 3339; empty for as late as the key that makes it
}

// Key is what an admin may know of a key. Times are in Unix seconds.
type Key struct {
	Name      string   `json:"name"`
	Role      string   `json:"role"`
	Routers   []string `json:"routers"`
	Rules     []string `json:"rules"`
	Expires   int64    `json:"expires"`    // 0 if it does not expire
	Source    string   `json:"source"`     // "env", "file" or "api"; keys of the first two cannot be changed here
	Created   int64    `json:"created"`    // 0 for a declared key
	CreatedBy string   `json:"created_by"` // name of the key that made it
	LastUsed  int64    `json:"last_used"`  // at the instance that answers, since its start; 0 for never
}

// MadeKey is a key with its secret, which the server does not keep.
type MadeKey struct {
	Key

	Secret string `json:"key"` // for Options.Key
}

// Invitation is what an admin may know of an invitation. Times are in Unix seconds.
type Invitation struct {
	Name       string   `json:"name"` // of the key that it becomes
	Role       string   `json:"role"`
	Routers    []string `json:"routers"`
	Rules      []string `json:"rules"`
	Expires    int64    `json:"expires"` // of the key; 0 if it does not expire
	ValidUntil int64    `json:"valid_until"`
	Created    int64    `json:"created"`
	CreatedBy  string   `json:"created_by"`
}

// MadeInvitation is an invitation with its token, which the server does not keep.
type MadeInvitation struct {
	Invitation

	Token string `json:"token"` // for ExchangeInvitation
	Link  string `json:"link"`  // path of the dashboard that exchanges the token
}

// Keys returns the keys whose routers are all among those of the own one (GET /keys).
func (c *Client) Keys(ctx context.Context) ([]Key, error) {
	return data[[]Key](ctx, c, http.MethodGet, nil, "keys")
}

// CreateKey makes a key (POST /keys).
func (c *Client) CreateKey(ctx context.Context, r KeyRequest) (MadeKey, error) {
	return data[MadeKey](ctx, c, http.MethodPost, r, "keys")
}

// RevokeKey takes a key back, whose streams and commands end (DELETE /keys/{name}).
func (c *Client) RevokeKey(ctx context.Context, name string) error {
	_, err := data[struct{}](ctx, c, http.MethodDelete, nil, "keys", name)
	return err
}

// Invitations returns the invitations that can be exchanged (GET /invitations).
func (c *Client) Invitations(ctx context.Context) ([]Invitation, error) {
	return data[[]Invitation](ctx, c, http.MethodGet, nil, "invitations")
}

// Invite makes an invitation to a key (POST /invitations), which can be exchanged for a
// time: a day for zero, 30 days at most. Whole seconds count.
func (c *Client) Invite(ctx context.Context, r KeyRequest, ttl time.Duration) (MadeInvitation, error) {
	body := struct {
		KeyRequest

		TTL int `json:"ttl,omitempty"`
	}{r, int(ttl / time.Second)}
	return data[MadeInvitation](ctx, c, http.MethodPost, body, "invitations")
}

// WithdrawInvitation takes an invitation back that was not exchanged
// (DELETE /invitations/{name}).
func (c *Client) WithdrawInvitation(ctx context.Context, name string) error {
	_, err := data[struct{}](ctx, c, http.MethodDelete, nil, "invitations", name)
	return err
}

// ExchangeInvitation makes the key of an invitation, once (POST /invitations/exchange). The
// client needs no key.
func (c *Client) ExchangeInvitation(ctx context.Context, token string) (MadeKey, error) {
	return data[MadeKey](ctx, c, http.MethodPost, struct {
		Token string `json:"token"`
	}{token}, "invitations", "exchange")
}
