package relay

import (
	"encoding/json"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// wireStatus is a [device.Status] without its key, and facts, on their way to another
// instance. Errors are as in answers to commands.
type wireStatus struct {
	State    pool.State
	Since    time.Time
	Err      []byte    `json:",omitempty"`
	Next     time.Time `json:",omitzero"`
	Logins   int
	Failures int
	Load     routeros.Load
	Poll     wirePoll
	Cost     []poller.Cost
	Facts    poller.Facts
}

type wirePoll struct {
	poller.Info
	Err    []byte            `json:",omitempty"`
	Topics map[string][]byte `json:",omitempty"`
}

// EncodeStatus returns a status and facts for another instance.
func EncodeStatus(s device.Status, facts poller.Facts) []byte {
	w := wireStatus{
		State: s.Link.State, Since: s.Link.Since, Err: appendError(nil, s.Link.Err), Next: s.Link.NextAttempt,
		Logins: s.Link.Logins, Failures: s.Link.Failures, Load: s.Load, Cost: s.Cost, Facts: facts,
		Poll: wirePoll{Info: s.Poll, Err: appendError(nil, s.Poll.Err)},
	}
	for topic, err := range s.Poll.Topics {
		if w.Poll.Topics == nil {
			w.Poll.Topics = make(map[string][]byte)
		}
		w.Poll.Topics[topic] = appendError(nil, err)
	}
	w.Poll.Info.Err, w.Poll.Info.Topics = nil, nil
	data, _ := json.Marshal(w) // cannot fail
	return data
}

// DecodeStatus returns the status and the facts of EncodeStatus, for a key.
func DecodeStatus(data []byte, key pool.Key) (device.Status, poller.Facts, error) {
	var w wireStatus
	if err := json.Unmarshal(data, &w); err != nil {
		return device.Status{}, poller.Facts{}, errMalformed
	}
	s := device.Status{
		Key:  key,
		Link: pool.Status{State: w.State, Since: w.Since, Err: decodeError(w.Err, nil), NextAttempt: w.Next, Logins: w.Logins, Failures: w.Failures},
		Load: w.Load, Poll: w.Poll.Info, Cost: w.Cost,
	}
	s.Poll.Err = decodeError(w.Poll.Err, nil)
	for topic, err := range w.Poll.Topics {
		if s.Poll.Topics == nil {
			s.Poll.Topics = make(map[string]error)
		}
		s.Poll.Topics[topic] = decodeError(err, nil)
	}
	return s, w.Facts, nil
}

// EncodeError and DecodeError carry an error that is a part of another answer.
func EncodeError(err error) []byte { return appendError(nil, err) }

// DecodeError is documented with EncodeError.
func DecodeError(data []byte) error { return decodeError(data, nil) }
