package notify

import (
	"time"

	"github.com/aprakasa/mikronec/internal/alert"
)

// record is an alert in the store.
type record struct {
	Firing *alert.Transition `json:"firing,omitempty"` // that was told last; nil if it does not fire
	Owed   []*owed           `json:"owed,omitempty"`   // in order

	name     string
	revision uint64
	dirty    bool
	stored   bool // the store has it
}

// owed is a transition that some receivers do not have yet.
type owed struct {
	Transition alert.Transition `json:"transition"`
	Receivers  []string         `json:"receivers"`

	queued bool // it is in the queues
}

// maxOwed limits what one alert owes; the oldest is given up.
const maxOwed = 50

// storeTimeout limits one write.
const storeTimeout = 10 * time.Second
