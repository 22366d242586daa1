package limit

import (
	"sync"
	"time"
)

const (
	// LoginWindow is over how much time wrong keys are counted.
	LoginWindow = time.Minute
	// free is how many wrong keys an address may send without waiting.
	free = 5
	// knownFor is how long a key is known at an address after its last use.
	knownFor = 24 * time.Hour
	// maxKnown bounds the memory of what is known; beyond, any is forgotten.
	maxKnown = 10000
	// maxWaiting bounds the answers that are held back at the same time.
	maxWaiting = 1000
)

// Logins slows down who tries keys: from the sixth wrong one in a minute on each
// answer comes later, and beyond the limit no key is heard from that address
// but those that were good there before. So whoever shares an address or a proxy
// with somebody who tries keys goes on; a new key has to wait until it is over.
type Logins struct {
	Failures *Rate

	mu      sync.Mutex
	known   map[pair]time.Time // last used; guarded by mu
	waiting int                // guarded by mu
}

type pair struct{ client, holder string }

// NewLogins allows a number of wrong keys a minute from each address, 0 for any.
func NewLogins(failures int) *Logins {
	return &Logins{Failures: NewRate(failures, LoginWindow), known: make(map[pair]time.Time)}
}

// Blocked reports whether an address has sent too many wrong keys. The holder is
// whose key it is that was sent now, empty for a wrong one.
func (l *Logins) Blocked(client, holder string) bool {
	if _, full := l.Failures.Count(client); !full {
		return false
	}
	if holder == "" {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	last, ok := l.known[pair{client, holder}]
	return !ok || time.Since(last) > knownFor
}

// Succeeded notes that the key of holder was right.
func (l *Logins) Succeeded(client, holder string) {
	if l.Failures == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p := pair{client, holder}
	if _, ok := l.known[p]; !ok && len(l.known) >= maxKnown {
		for other := range l.known { // in no order that anybody can choose
			delete(l.known, other)
			break
		}
	}
	l.known[p] = time.Now()
}

// Delay waits before the answer to a wrong key, the longer the more there were, or
// until done is closed. Where too many wait already, it does not.
func (l *Logins) Delay(client string, done <-chan struct{}) {
	count, _ := l.Failures.Count(client)
	if count <= free || !l.enter() {
		return
	}
	defer l.leave()
	timer := time.NewTimer(min(time.Duration(count-free)*100*time.Millisecond, time.Second))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	}
}

func (l *Logins) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting >= maxWaiting {
		return false
	}
	l.waiting++
	return true
}

func (l *Logins) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting--
}
