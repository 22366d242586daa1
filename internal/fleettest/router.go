package fleettest

import (
	"net"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/sim"
)

// The account of all simulated routers.
const (
	User     = "api"
	Password = "fleet-of-the-tests" // #nosec G101 -- of simulated routers
)

// Router is a simulated router, and how many sessions were at it.
type Router struct {
	*sim.Device

	ID   string // router_id
	Addr string

	wg sync.WaitGroup

	mu      sync.Mutex
	double  time.Time     // since when there are two sessions; zero while there are not; guarded by mu
	longest time.Duration // for which there were two; guarded by mu
	most    int           // sessions at a time; guarded by mu
}

func newRouter(id string, o sim.Options) (*Router, error) {
	o.User, o.Password = User, Password
	if o.Identity == "" {
		o.Identity = id
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Router{Device: sim.New(o), ID: id, Addr: l.Addr().String()}
	r.wg.Go(func() { _ = r.Serve(l) })
	return r, nil
}

// count looks at the sessions of all routers, often enough to see one that a login
// replaces, until done is closed.
func count(routers []*Router, every time.Duration, done <-chan struct{}) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			for _, r := range routers {
				r.look(now, r.Sessions())
			}
		case <-done:
			return
		}
	}
}

func (r *Router) look(now time.Time, sessions int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.most = max(r.most, sessions)
	switch {
	case sessions < 2:
		r.double = time.Time{}
	case r.double.IsZero():
		r.double = now
	default:
		r.longest = max(r.longest, now.Sub(r.double))
	}
}

// Overlap is how many sessions were at the router at a time, at most, and the longest time
// for which there was more than one, as far as Options.Look shows.
func (r *Router) Overlap() (most int, longest time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.most, r.longest
}

func (r *Router) close() {
	r.Close()
	r.wg.Wait()
}
