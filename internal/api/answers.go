package api

import (
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
)

// routerAnswer is the status of one router_id.
type routerAnswer struct {
	RouterID    string       `json:"router_id" example:"cabang-jakarta-01"`
	Host        string       `json:"host" example:"192.168.88.1:8728"`
	User        string       `json:"user" example:"api"`
	State       string       `json:"state" enums:"connecting,up,down,login_failed" example:"up"`
	Since       int64        `json:"since"`                  // Unix seconds; when the state began
	Error       string       `json:"error,omitempty"`        // why the state is not up
	Code        errcode.Code `json:"code,omitempty"`         // of that error
	NextAttempt int64        `json:"next_attempt,omitempty"` // Unix seconds
	Comment     string       `json:"comment,omitempty" example:"first floor"`
	Declared    bool         `json:"declared,omitempty"` // in ROUTERS_FILE, and cannot be changed here
	Instance    string       `json:"instance,omitempty"` // of the fleet, that has the session
	SharedWith  []string     `json:"shared_with"`        // other router_ids on the same session, 100 at most
	Viewers     int          `json:"viewers"`            // streams of this router_id
	Logins      int          `json:"logins"`             // sessions opened on the router since it was connected
	Polling     bool         `json:"polling"`            // the router is polled, because a stream is open
	IntervalMS  int64        `json:"interval_ms"`        // between polls
	Stretched   bool         `json:"stretched"`          // interval_ms is longer than configured, because the router is slow or fails
	Budget      budget       `json:"budget"`             // of the session, which other router_ids may share
	LastPoll    *pollState   `json:"last_poll,omitempty"`

	// What watching took of the line to the router in the last minute, by topic.
	BytesPerMinute map[string]uint64 `json:"bytes_per_minute,omitempty"`
} //	@name	router

// budget is the number of commands of a session and their limits.
type budget struct {
	InFlight    int `json:"in_flight"`
	MaxInFlight int `json:"max_in_flight"`
	Streams     int `json:"streams"` // commands that run until they are canceled
	MaxStreams  int `json:"max_streams"`
	Queued      int `json:"queued"`
	MaxQueued   int `json:"max_queued"`
} //	@name	budget

// pollState is the result of the last poll of a session.
type pollState struct {
	TS      int64             `json:"ts"` // Unix seconds; when it ended
	TookMS  float64           `json:"took_ms"`
	Polls   int               `json:"polls"`            // since the router was connected
	Skipped int               `json:"skipped"`          // polls left out because the one before took too long
	Error   string            `json:"error,omitempty"`  // why the poll failed
	Topics  map[string]string `json:"topics,omitempty"` // why a topic has no rows
} //	@name	poll

// describe returns the status of a router for a principal. ids are those on its session
// that the principal sees.
func describe(r manager.Router, p principal, ids []string) routerAnswer {
	status := r.Device.Status()
	poll := status.Poll
	out := routerAnswer{
		RouterID:   r.ID,
		Host:       status.Key.Addr,
		User:       status.Key.User,
		State:      status.Link.State.String(),
		Since:      status.Link.Since.Unix(),
		Comment:    r.Comment,
		Declared:   r.Declared,
		Instance:   r.Instance,
		SharedWith: others(ids, r.ID),
		Viewers:    r.Viewers,
		Logins:     status.Link.Logins,
		Polling:    poll.Running,
		IntervalMS: poll.Interval.Milliseconds(),
		Stretched:  poll.Stretched,
		Budget:     budget(status.Load),
	}
	if err := status.Link.Err; err != nil {
		out.Error, out.Code = p.text(err), errcode.Of(err)
	}
	if at := status.Link.NextAttempt; !at.IsZero() {
		out.NextAttempt = at.Unix()
	}
	for _, c := range status.Cost {
		if out.BytesPerMinute == nil {
			out.BytesPerMinute = make(map[string]uint64)
		}
		out.BytesPerMinute[c.Topic] = c.PerMinute
	}
	if poll.Polls > 0 {
		out.LastPoll = describePoll(poll, p)
	}
	return out
}

// visibleIDs returns the router_ids on the session of a device that a principal sees.
func visibleIDs(d manager.Device, p principal) []string {
	return slices.DeleteFunc(d.IDs(), func(id string) bool { return !p.sees(id) })
}

// maxOthers is how many ids of a session each of them is shown with: in a list of
// thousands on one session, each would have all the others.
const maxOthers = 100

// others returns the ids without one of them, up to maxOthers.
func others(ids []string, except string) []string {
	list := make([]string, 0, min(len(ids), maxOthers))
	for _, id := range ids {
		if len(list) == maxOthers {
			break
		}
		if id != except {
			list = append(list, id)
		}
	}
	return list
}

func describePoll(poll poller.Info, p principal) *pollState {
	out := &pollState{
		TS:      poll.Last.Unix(),
		TookMS:  float64(poll.Took) / float64(time.Millisecond),
		Polls:   poll.Polls,
		Skipped: poll.Skipped,
	}
	if poll.Err != nil {
		out.Error = p.text(poll.Err)
	}
	for topic, err := range poll.Topics {
		if out.Topics == nil {
			out.Topics = make(map[string]string)
		}
		out.Topics[topic] = p.text(err)
	}
	return out
}

// connectAnswer is the answer of /connect.
type connectAnswer struct {
	RouterID  string `json:"router_id" example:"cabang-jakarta-01"`
	Connected bool   `json:"connected"` // the session is up; false with wait=false
	Shared    bool   `json:"shared"`    // other router_ids use the same session
	Reused    bool   `json:"reused"`    // the session existed; no login was needed

	// SHA-256 of the router's certificate, with tls.
	TLSFingerprint string `json:"tls_fingerprint,omitempty"`
} //	@name	connected

// disconnectAnswer is the answer of /disconnect.
type disconnectAnswer struct {
	RouterID     string `json:"router_id" example:"cabang-jakarta-01"`
	Disconnected bool   `json:"disconnected"`
	RouterClosed bool   `json:"router_closed"` // the session was closed, because no other router_id uses it
} //	@name	disconnected
