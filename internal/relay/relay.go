// Package relay carries requests between the instances of a fleet, over NATS: commands
// for routers whose session is at another instance, and whatever else one instance asks
// another one.
//
// A request goes to the subject of one instance, which refuses it or answers it. A
// request that was refused, or for which nobody listens, was not carried out. One that
// was not refused is never sent to a second instance.
//
// An answer is a sequence of bytes in numbered frames. The requester says which it has
// taken; the instance that answers sends a few more than that and then waits. Both show
// signs of life, so that each notices within seconds when the other one is gone.
//
// Who may publish on the subjects of a fleet may ask everything but commands, which need a
// grant that is signed with the key of the fleet.
package relay

import (
	"cmp"
	"time"

	"github.com/nats-io/nats.go"
)

// Bus is the connection to NATS.
type Bus interface {
	NATS() *nats.Conn
	// Subject is a subject of this fleet.
	Subject(parts ...string) string
}

// Timing is how long the two sides of a request wait for each other. Both must have the
// same. Zero fields mean the defaults.
type Timing struct {
	// Silence is how long a requester waits for a sign of life of the instance that
	// answers, which shows one at least every half of it. 5 s.
	Silence time.Duration
	// Gone is how long an instance that answers waits for a sign of life of the
	// requester. 15 s.
	Gone time.Duration
}

func (t Timing) withDefaults() Timing {
	t.Silence = cmp.Or(t.Silence, 5*time.Second)
	t.Gone = cmp.Or(t.Gone, 15*time.Second)
	return t
}

// tick is how often the requests at work are looked at.
func (t Timing) tick() time.Duration { return min(t.Silence, t.Gone) / 4 }

// looks is after how many looks without a sign of life between them at least d has passed.
// Time is counted in looks so that an instance which stood still itself, as a virtual
// machine does that is moved, reads what has arrived meanwhile before it gives up others.
func (t Timing) looks(d time.Duration) int { return int(d/t.tick()) + 1 }

// subject is where an instance takes the frames of one request; the first one is the
// request itself. All come through one subscription, so that they stay in order.
func subject(bus Bus, instance, id string) string { return bus.Subject("cmd", instance, id) }

// every calls do at each tick until done is closed.
func every(tick time.Duration, done <-chan struct{}, do func(now time.Time)) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			do(now)
		case <-done:
			return
		}
	}
}

// signal wakes the one who waits on a channel with room for one signal.
func signal(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}
