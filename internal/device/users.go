package device

import (
	"context"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/users"
)

// usersLease is how long a router is read for its users after somebody asked for them:
// whoever shows them asks again before that, and a single question costs few readings.
const usersLease = 15 * time.Second

// lease watches the users of a router for a while after each question.
type lease struct {
	mu    sync.Mutex // held together with that of the poller alone
	leave func()     // nil while nobody asks; guarded by mu
	end   *time.Timer
}

// extend begins the watch, or makes it end later.
func (l *lease) extend(watch func() (leave func())) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.leave == nil {
		l.leave = watch()
		l.end = time.AfterFunc(usersLease, l.close)
		return
	}
	l.end.Reset(usersLease)
}

// close ends the watch.
func (l *lease) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.leave != nil {
		l.end.Stop()
		l.leave()
		l.leave = nil
	}
}

// Users returns a selection of the users who are connected, as they were read last. Where
// nobody looks, the router is read first, and then for usersLease. The error is that of the
// session, that of the router if it refuses both tables, or the cause of ctx.
func (d *Device) Users(ctx context.Context, q users.Query) (users.Page, error) {
	if _, err := d.link.Session(ctx); err != nil {
		return users.Page{}, err
	}
	d.lease.extend(func() func() { return d.poller.Watch(poller.TopUsers) })
	for {
		list, next := d.poller.Users()
		if list != nil && time.Since(list.At) < usersLease {
			if list.Err != nil {
				return users.Page{}, list.Err
			}
			page, total := list.Select(q)
			return users.Page{At: list.At, Total: total, Users: page}, nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return users.Page{}, context.Cause(ctx)
		}
	}
}
