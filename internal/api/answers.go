package api

import (
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
)

// routerAnswer is the state of one router_id.
type routerAnswer struct {
	RouterID    string       `json:"router_id" example:"cabang-jakarta-01"`
	Host        string       `json:"host" example:"192.168.88.1:8728"`
	User        string       `json:"user" example:"api"`
	State       string       `json:"state" enums:"connecting,up,down,login_failed" example:"up"`
	Since       int64        `json:"since"`                  // Unix seconds; when it came up, or when it was found to be gone
	Error       string       `json:"error,omitempty"`        // why it is not up
	Code        errcode.Code `json:"code,omitempty"`         // of that error
	NextAttempt int64        `json:"next_attempt,omitempty"` // Unix seconds
	SharedWith  []string     `json:"shared_with"`            // other router_ids on the same session
	Viewers     int          `json:"viewers"`                // streams of this router_id
	Logins      int          `json:"logins"`                 // sessions opened at the router since it was connected first
	Polling     bool         `json:"polling"`                // somebody watches this session
	IntervalMS  int64        `json:"interval_ms"`            // between polls
	Stretched   bool         `json:"stretched"`              // the interval is longer than configured, since the router has trouble
	Budget      budget       `json:"budget"`                 // of the session, shared with the other router_ids
	LastPoll    *pollState   `json:"last_poll,omitempty"`
} //	@name	router

// budget is what a session runs on its router, and its limits.
type budget struct {
	InFlight    int `json:"in_flight"`
	MaxInFlight int `json:"max_in_flight"`
	Streams     int `json:"streams"` // standing commands
	MaxStreams  int `json:"max_streams"`
	Queued      int `json:"queued"`
	MaxQueued   int `json:"max_queued"`
} //	@name	budget

// pollState is how the last poll of a session went.
type pollState struct {
	TS      int64             `json:"ts"` // Unix seconds, when it ended
	TookMS  float64           `json:"took_ms"`
	Polls   int               `json:"polls"`            // so far
	Skipped int               `json:"skipped"`          // ticks that longer polls covered
	Error   string            `json:"error,omitempty"`  // why there was no snapshot
	Topics  map[string]string `json:"topics,omitempty"` // arrays that stayed empty, and why
} //	@name	poll

// describe is a router as clients see it: of the router_ids that share its
// session, those that visible admits.
func describe(r manager.Router, visible func(id string) bool) routerAnswer {
	status := r.Device.Status()
	poll := status.Poll
	out := routerAnswer{
		RouterID:   r.ID,
		Host:       status.Key.Addr,
		User:       status.Key.User,
		State:      status.Link.State.String(),
		Since:      status.Link.Since.Unix(),
		SharedWith: sharedWith(r, visible),
		Viewers:    r.Viewers,
		Logins:     status.Link.Logins,
		Polling:    poll.Running,
		IntervalMS: poll.Interval.Milliseconds(),
		Stretched:  poll.Stretched,
		Budget:     budget(status.Load),
	}
	if err := status.Link.Err; err != nil {
		out.Error, out.Code = err.Error(), errcode.Of(err)
	}
	if at := status.Link.NextAttempt; !at.IsZero() {
		out.NextAttempt = at.Unix()
	}
	if poll.Polls > 0 {
		out.LastPoll = describePoll(poll)
	}
	return out
}

// sharedWith are the other router_ids on the session of a router, those that
// visible admits.
func sharedWith(r manager.Router, visible func(id string) bool) []string {
	return slices.DeleteFunc(r.Device.IDs(), func(id string) bool { return id == r.ID || !visible(id) })
}

func describePoll(poll poller.Info) *pollState {
	out := &pollState{
		TS:      poll.Last.Unix(),
		TookMS:  float64(poll.Took) / float64(time.Millisecond),
		Polls:   poll.Polls,
		Skipped: poll.Skipped,
	}
	if poll.Err != nil {
		out.Error = poll.Err.Error()
	}
	for topic, err := range poll.Topics {
		if out.Topics == nil {
			out.Topics = make(map[string]string)
		}
		out.Topics[topic] = err.Error()
	}
	return out
}

// connectAnswer is what connecting a router did.
type connectAnswer struct {
	RouterID  string `json:"router_id" example:"cabang-jakarta-01"`
	Connected bool   `json:"connected"` // the session is up
	Shared    bool   `json:"shared"`    // other router_ids use the same session
	Reused    bool   `json:"reused"`    // no login was needed, the session was there

	// SHA-256 of the certificate that the router presented, with tls.
	TLSFingerprint string `json:"tls_fingerprint,omitempty"`
} //	@name	connected

// disconnectAnswer is what disconnecting a router did.
type disconnectAnswer struct {
	RouterID     string `json:"router_id" example:"cabang-jakarta-01"`
	Disconnected bool   `json:"disconnected"`
	RouterClosed bool   `json:"router_closed"` // no other router_id used the session: it is closed on the router
} //	@name	disconnected
