package client

import (
	"context"
	"net/http"
	"time"
)

// TicketRequest is what a ticket is to permit.
type TicketRequest struct {
	Routers []string      // nil for all that the key sees
	Topics  []string      // nil for all
	TTL     time.Duration // in which streams may be opened; a minute for zero, an hour at most. Whole seconds count.
}

// Ticket opens streams, for a page that must not have the key.
type Ticket struct {
	Ticket     string `json:"ticket"`
	Expires    int64  `json:"expires"` // Unix seconds
	URLExample string `json:"url_example"`
}

// Ticket issues a ticket (POST /tickets).
func (c *Client) Ticket(ctx context.Context, r TicketRequest) (Ticket, error) {
	body := struct {
		Routers any      `json:"routers"`
		Topics  []string `json:"topics,omitempty"`
		TTL     int      `json:"ttl,omitempty"`
	}{r.Routers, r.Topics, int(r.TTL / time.Second)}
	if r.Routers == nil {
		body.Routers = "all"
	}
	return data[Ticket](ctx, c, http.MethodPost, body, "tickets")
}

// Identity is what a program may know of its key.
type Identity struct {
	Name     string   `json:"name"`
	Role     string   `json:"role"`    // "viewer", "operator" or "admin"
	Routers  []string `json:"routers"` // patterns of router_ids; * stands for any text
	Expires  int64    `json:"expires"` // Unix seconds; 0 if it does not expire
	ReadOnly bool     `json:"read_only"`
}

// Whoami returns role and routers of the key (GET /whoami).
func (c *Client) Whoami(ctx context.Context) (Identity, error) {
	return data[Identity](ctx, c, http.MethodGet, nil, "whoami")
}

// Health returns nil if the process of the server runs (GET /healthz).
func (c *Client) Health(ctx context.Context) error {
	_, err := data[struct{}](ctx, c, http.MethodGet, nil, "healthz")
	return err
}

// Ready returns nil if the server accepts requests (GET /readyz).
func (c *Client) Ready(ctx context.Context) error {
	_, err := data[struct{}](ctx, c, http.MethodGet, nil, "readyz")
	return err
}

// Metrics returns the metrics in the text format of Prometheus (GET /metrics).
func (c *Client) Metrics(ctx context.Context) ([]byte, error) {
	return c.text(ctx, request{method: http.MethodGet, path: []string{"metrics"}, accept: "text/plain"}, 0)
}

// OpenAPI returns the document of the API in JSON (GET /openapi.json).
func (c *Client) OpenAPI(ctx context.Context) ([]byte, error) {
	return c.text(ctx, request{method: http.MethodGet, path: []string{"openapi.json"}}, 0)
}
