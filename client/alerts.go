package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Alert is an alert that fires or has ended, or an event. Times are in RFC 3339.
type Alert struct {
	ID            string   `json:"id"`
	Alert         string   `json:"alert"`
	Status        string   `json:"status"` // "firing", "resolved" or "event"
	Rule          string   `json:"rule"`
	Source        string   `json:"source"`
	When          string   `json:"when"`
	Severity      string   `json:"severity"`
	RouterID      string   `json:"router_id"` // empty where it is of the server
	Instance      string   `json:"instance"`  // of a fleet, where it is of the server
	Subject       string   `json:"subject"`   // what of the router, such as an interface
	Value         *float64 `json:"value"`
	From          *float64 `json:"from"`
	Count         int      `json:"count"`
	Reason        string   `json:"reason"`
	Since         string   `json:"since"`
	Started       string   `json:"started"`
	At            string   `json:"at"`
	To            []string `json:"to"` // receivers
	Again         bool     `json:"again"`
	Clearing      bool     `json:"clearing"`
	Unknown       bool     `json:"unknown"` // nothing is known at the moment
	Untold        bool     `json:"untold"`
	Test          bool     `json:"test"`
	SilencedUntil string   `json:"silenced_until"` // empty if it is not silenced
}

// Receiver is where alerts are sent.
type Receiver struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	State     string `json:"state"`
	Queued    int    `json:"queued"`
	Delivered uint64 `json:"delivered"`
	Failed    uint64 `json:"failed"`
	GaveUp    uint64 `json:"gave_up"`
	Dropped   uint64 `json:"dropped"`
	LastError string `json:"last_error"`
}

// Alerts returns the alerts that fire (GET /alerts).
func (c *Client) Alerts(ctx context.Context) ([]Alert, error) {
	return data[[]Alert](ctx, c, http.MethodGet, nil, "alerts")
}

// AlertHistory returns the last alerts and events (GET /alerts/history), 100 with a limit of
// 0.
func (c *Client) AlertHistory(ctx context.Context, limit int) ([]Alert, error) {
	query := url.Values{}
	if limit > 0 {
		query.Set("limit", number(limit))
	}
	return dataOf[[]Alert](ctx, c, request{method: http.MethodGet, path: []string{"alerts", "history"}, query: query})
}

// SilenceAlert tells nothing of an alert for a time (POST /alerts/{id}/silence); 0 ends that.
func (c *Client) SilenceAlert(ctx context.Context, id string, length time.Duration) (Alert, error) {
	return data[Alert](ctx, c, http.MethodPost, map[string]string{"for": length.String()}, "alerts", id, "silence")
}

// Receivers returns the receivers of alerts (GET /alerts/receivers).
func (c *Client) Receivers(ctx context.Context) ([]Receiver, error) {
	return data[[]Receiver](ctx, c, http.MethodGet, nil, "alerts", "receivers")
}

// TestReceiver sends a test message and waits for its delivery
// (POST /alerts/receivers/{name}/test).
func (c *Client) TestReceiver(ctx context.Context, name string) error {
	_, err := data[struct{}](ctx, c, http.MethodPost, nil, "alerts", "receivers", name, "test")
	return err
}
