package limit

import (
	"sync"
	"time"
)

const (
	// LoginWindow is the time over which wrong keys are counted.
	LoginWindow = time.Minute
	// free is the number of wrong keys from an address that are answered without delay.
	free = 5
	// knownFor is how long a key is remembered for an address after its last use.
	knownFor = 24 * time.Hour
	// maxKnown limits the pairs of address and key; above it any one is forgotten.
	maxKnown = 10000
	// maxWaiting limits the answers that are delayed at the same time.
	maxWaiting = 1000
)

// Logins slows down clients that guess keys. From the sixth wrong key in a minute on,
// answers to that address are delayed, and above the limit only keys used from this
// address before are accepted. So a client that shares an address or a proxy with a
// guesser is not locked out; a key that is new there has to wait. The methods may be
// called concurrently.
type Logins struct {
	Failures *Rate // counts the wrong keys; the caller adds to it

	mu      sync.Mutex
	known   map[pair]time.Time // last used; guarded by mu
	waiting int                // guarded by mu
}

type pair struct{ client, holder string }

// NewLogins allows a number of wrong keys per LoginWindow from each address; 0 means no
// limit and no delay.
func NewLogins(failures int) *Logins {
	return &Logins{Failures: NewRate(failures, LoginWindow), known: make(map[pair]time.Time)}
}

// Blocked reports whether the address has sent too many wrong keys for this request.
// holder is the owner of the key in the request, empty for a wrong key.
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

// Succeeded remembers that holder has used its key from this address.
func (l *Logins) Succeeded(client, holder string) {
	if l.Failures == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p := pair{client, holder}
	if _, ok := l.known[p]; !ok && len(l.known) >= maxKnown {
		for other := range l.known { // Go's random order, which nobody can choose
			delete(l.known, other)
			break
		}
	}
	l.known[p] = time.Now()
}

// Delay delays the answer to a wrong key: 100 ms for each above the first five, 1 s at
// most, or until done is closed. It returns at once when too many answers are waiting.
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
