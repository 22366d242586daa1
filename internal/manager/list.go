package manager

import (
	"maps"
	"slices"
	"time"
)

// Router is how one router_id fares.
type Router struct {
	RouterID    string     `json:"router_id" example:"cabang-jakarta-01"`
	Host        string     `json:"host" example:"192.168.88.1:8728"`
	User        string     `json:"user" example:"api"`
	State       string     `json:"state" enums:"connecting,up,down,login_failed" example:"up"`
	Since       int64      `json:"since"`                  // Unix seconds; when it came up, or when it was found to be gone
	Error       string     `json:"error,omitempty"`        // why it is not up
	Code        Code       `json:"code,omitempty"`         // of that error
	NextAttempt int64      `json:"next_attempt,omitempty"` // Unix seconds
	SharedWith  []string   `json:"shared_with"`            // other router_ids on the same session
	Viewers     int        `json:"viewers"`                // streams of this router_id
	Logins      int        `json:"logins"`                 // sessions opened at the router since it was connected first
	Polling     bool       `json:"polling"`                // somebody watches this session
	IntervalMS  int64      `json:"interval_ms"`            // between polls
	Stretched   bool       `json:"stretched"`              // the interval is longer than configured, since the router has trouble
	Budget      Budget     `json:"budget"`                 // of the session, shared with the other router_ids
	LastPoll    *PollState `json:"last_poll,omitempty"`
}

// Budget is what a session runs at its router, and what it may at the most.
type Budget struct {
	InFlight    int `json:"in_flight"`
	MaxInFlight int `json:"max_in_flight"`
	Streams     int `json:"streams"` // standing commands
	MaxStreams  int `json:"max_streams"`
	Queued      int `json:"queued"`
	MaxQueued   int `json:"max_queued"`
}

// PollState is how the last poll of a session went.
type PollState struct {
	TS      int64             `json:"ts"` // Unix seconds, when it ended
	TookMS  float64           `json:"took_ms"`
	Polls   int               `json:"polls"`            // so far
	Skipped int               `json:"skipped"`          // ticks that longer polls covered
	Error   string            `json:"error,omitempty"`  // why there was no snapshot
	Topics  map[string]string `json:"topics,omitempty"` // arrays that stayed empty, and why
}

// List describes all routers, sorted by id.
func (m *Manager) List() []Router {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]Router, 0, len(m.routers))
	for _, id := range slices.Sorted(maps.Keys(m.routers)) {
		list = append(list, m.describe(m.routers[id]))
	}
	return list
}

// Get describes one router.
func (m *Manager) Get(id string) (Router, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.routers[id]
	if r == nil {
		return Router{}, ErrUnknownRouter
	}
	return m.describe(r), nil
}

// describe needs mu.
func (m *Manager) describe(r *router) Router {
	status, poll := r.seat.lease.Status(), r.seat.device.poller.Info()
	key := r.seat.lease.Key()
	out := Router{
		RouterID:   r.id,
		Host:       key.Addr,
		User:       key.User,
		State:      status.State.String(),
		Since:      status.Since.Unix(),
		SharedWith: slices.DeleteFunc(r.seat.device.ids(), func(id string) bool { return id == r.id }),
		Viewers:    r.viewers,
		Logins:     status.Logins,
		Polling:    poll.Running,
		IntervalMS: poll.Interval.Milliseconds(),
		Stretched:  poll.Stretched,
		Budget:     Budget(r.seat.lease.Load()),
	}
	if status.Err != nil {
		out.Error, out.Code = status.Err.Error(), CodeOf(status.Err)
	}
	if !status.NextAttempt.IsZero() {
		out.NextAttempt = status.NextAttempt.Unix()
	}
	if poll.Polls > 0 {
		out.LastPoll = &PollState{
			TS:      poll.Last.Unix(),
			TookMS:  float64(poll.Took) / float64(time.Millisecond),
			Polls:   poll.Polls,
			Skipped: poll.Skipped,
		}
		if poll.Err != nil {
			out.LastPoll.Error = poll.Err.Error()
		}
		for topic, err := range poll.Topics {
			if out.LastPoll.Topics == nil {
				out.LastPoll.Topics = make(map[string]string)
			}
			out.LastPoll.Topics[topic] = err.Error()
		}
	}
	return out
}
