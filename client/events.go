package client

import (
	"encoding/json"
	"time"
)

// Row is a row of a topic, with the names that the router gives its fields. Values are
// text, bool, or [json.Number], which keeps all digits of a counter. Rows that a [Watch]
// hands out must not be changed.
type Row map[string]any

// Text returns a field that is text, empty if it is not.
func (r Row) Text(name string) string {
	s, _ := r[name].(string)
	return s
}

// Int returns a field that is a whole number, and whether it is.
func (r Row) Int(name string) (int64, bool) {
	n, _ := r[name].(json.Number)
	i, err := n.Int64()
	return i, err == nil
}

// Event is what a [Watch] yields: *Combined, *Snapshot, *Delta, *Session, *LogLine,
// *LogLines, *Other, *Status, *Reset, *Heartbeat, *End or *State. Times are Unix seconds of the
// server.
type Event interface{ event() }

// Combined is the event of a watch without topics, every POLL_INTERVAL.
type Combined struct {
	RouterID   string            `json:"router_id"`
	Hardware   []Row             `json:"hardware"`
	Hotspot    []Row             `json:"hotspot_active"`
	PPP        []Row             `json:"ppp_active"`
	Errors     map[string]string `json:"errors"`      // why an array is empty, by its name
	IntervalMS int64             `json:"interval_ms"` // while the router is polled less often than configured
	TS         int64             `json:"ts"`
}

// Snapshot has all rows of a topic.
type Snapshot struct {
	RouterID string `json:"router_id"`
	Topic    string `json:"topic"`
	Rows     []Row  `json:"rows"`
	Error    string `json:"error"` // why the rows are old or missing
	TS       int64  `json:"ts"`
}

// Delta is what changed of a topic. Rows are whole.
type Delta struct {
	RouterID string   `json:"router_id"`
	Topic    string   `json:"topic"`
	Added    []Row    `json:"added"`
	Changed  []Row    `json:"changed"`
	Removed  []string `json:"removed"` // their .id
	// Error says why the rows are old, as a JSON string; null when they are current
	// again, empty if nothing is said about it.
	Error json.RawMessage `json:"error"`
	TS    int64           `json:"ts"`
}

// Session is a user who logged in or out.
type Session struct {
	RouterID string      `json:"router_id"`
	Type     string      `json:"type"` // "up" or "down"
	Service  string      `json:"service"`
	ID       string      `json:".id"`
	Name     string      `json:"name"`
	Address  string      `json:"address"`
	MAC      string      `json:"mac"`
	BytesIn  json.Number `json:"bytes-in"` // of hotspot users that logged out
	BytesOut json.Number `json:"bytes-out"`
	Since    int64       `json:"since"`
	TS       int64       `json:"ts"`
}

// LogLine is a line of the log of a router.
type LogLine struct {
	RouterID  string `json:"router_id"`
	ID        string `json:".id"`
	Time      string `json:"time"` // as the router writes it
	Topics    string `json:"topics"`
	Message   string `json:"message"`
	Buffer    string `json:"buffer"`
	ExtraInfo string `json:"extra-info"`
	TS        int64  `json:"ts"`
}

// LogLines has the last lines of the log of a router, oldest first: a watch begins with
// them. They replace all lines before.
type LogLines struct {
	RouterID string    `json:"router_id"`
	Lines    []LogLine `json:"lines"` // without RouterID and TS
	TS       int64     `json:"ts"`
}

// Other is a data event that this version of the package does not know.
type Other struct {
	RouterID string          `json:"router_id"`
	Topic    string          `json:"topic"`
	Type     string          `json:"type"`
	TS       int64           `json:"ts"`
	Data     json.RawMessage `json:"-"` // the whole event
}

// Status says that the session to a router was lost or is back, or that it was removed.
type Status struct {
	RouterID string `json:"router_id"`
	State    string `json:"state"` // "up", "connecting", "down", "login_failed" or "disconnected"
	Error    string `json:"error"`
	Code     string `json:"code"`
	Repeated int64  `json:"repeated"`
	Since    int64  `json:"since"`
	TS       int64  `json:"ts"`
}

// Reset says that events were lost: a snapshot follows; for sessions and log, they are
// missing. The topic is empty for [Combined].
type Reset struct {
	RouterID string `json:"router_id"`
	Topic    string `json:"topic"`
	Lost     *int64 `json:"lost"` // how many, where that is known
}

// Heartbeat says that the server is there and had nothing to send.
type Heartbeat struct {
	TS int64 `json:"ts"`
}

// End says that the server ended the stream. The watch goes on, but after "disconnected".
type End struct {
	Reason string `json:"reason"` // "max_age", "shutdown", "disconnected" or "revoked"
}

// State is the state of the watch itself.
type State struct {
	State string // "connecting", "live" or "lost"
	// Resumed says of "live" that the connection had been lost before.
	Resumed bool
	// Err says of "lost" why, if the server did not end the stream. It is an [*Error].
	Err error
	// Retry is when the watch connects again after "lost".
	Retry time.Duration
}

func (*Combined) event()  {}
func (*Snapshot) event()  {}
func (*Delta) event()     {}
func (*Session) event()   {}
func (*LogLine) event()   {}
func (*LogLines) event()  {}
func (*Other) event()     {}
func (*Status) event()    {}
func (*Reset) event()     {}
func (*Heartbeat) event() {}
func (*End) event()       {}
func (*State) event()     {}

// decodeEvent returns the event of a name with its data; nil for one that this package
// does not know.
func decodeEvent(name string, text []byte) (Event, error) {
	var event Event
	switch name {
	case "", "message":
		var head Other
		if err := unmarshal(text, &head); err != nil {
			return nil, err
		}
		switch {
		case head.Topic == "":
			event = &Combined{}
		case head.Type == "snapshot":
			event = &Snapshot{}
		case head.Type == "delta":
			event = &Delta{}
		case head.Topic == "sessions":
			event = &Session{}
		case head.Topic == "log" && head.Type == "lines":
			event = &LogLines{}
		case head.Topic == "log":
			event = &LogLine{}
		default:
			head.Data = append(json.RawMessage(nil), text...)
			return &head, nil
		}
	case "status":
		event = &Status{}
	case "reset":
		event = &Reset{}
	case "heartbeat":
		event = &Heartbeat{}
	case "end":
		event = &End{}
	default:
		return nil, nil //nolint:nilnil // events of newer servers are passed over
	}
	return event, unmarshal(text, event)
}
