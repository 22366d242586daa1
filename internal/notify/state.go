package notify

import (
	"encoding/json"
	"strings"
)

// receiverPrefix begins the names of states on the board.
const receiverPrefix = "receiver"

// state is what the instance that sends tells the others of a receiver.
type state struct {
	State string `json:"state"`
	Error string `json:"error,omitempty"`
}

// stateName is the name of the state of a receiver on the board; names of receivers have no
// dot.
func stateName(receiver string) string { return receiverPrefix + "." + receiver }

func isState(name string) bool { return strings.HasPrefix(name, receiverPrefix+".") }

func decodeState(value []byte) (s state) {
	if value != nil {
		_ = json.Unmarshal(value, &s)
	}
	return s
}

// tellStates has the states that have changed written, those of receivers that are gone
// removed; mu is held.
func (o *Outbox) tellStates() {
	if !o.shared {
		return
	}
	for name, q := range o.queues {
		s := q.stats()
		if now := (state{s.State, s.LastError}); o.states[stateName(name)] != now {
			o.states[stateName(name)] = now
			o.board.Touch(stateName(name))
		}
	}
	for name := range o.states {
		if o.queues[strings.TrimPrefix(name, receiverPrefix+".")] == nil {
			delete(o.states, name)
			o.board.Touch(name)
		}
	}
}

// mergeState is Merge of a state; mu is held.
func (o *Outbox) mergeState(name string, old []byte) []byte {
	s, ok := o.states[name]
	switch {
	case !o.sending:
		return old
	case !ok:
		return nil
	}
	return encode(s)
}
