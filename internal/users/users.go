// Package users has the users of one router, PPP and hotspot, in one shape: from the rows
// of several menus that are read at different times it makes one list with the rates of
// everybody, and answers what clients ask of it.
//
// The sides are those of the router, as in all menus of RouterOS: received (rx, in) is what
// came from the user, the upload, and sent (tx, out) what went to the user, the download.
package users

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/search"
)

// Services of users.
const (
	PPP     = "ppp"
	Hotspot = "hotspot"
)

// Session is what is known of a user who is connected, but for the counters. It is never
// changed, so that lists can share it.
type Session struct {
	ID       string // .id in /ppp/active or /ip/hotspot/active; unique within the service
	Name     string
	Service  string // PPP or Hotspot
	Protocol string // of PPP: pppoe, l2tp, and so on; of hotspot how the user logged in
	Address  string
	MAC      string // of PPP the caller-id, which is an IP address for services over IP
	Comment  string
	Since    time.Time // to seconds; zero if the router does not say
}

// User is a user who is connected, with counters and rates.
type User struct {
	*Session

	Limit   string // max-limit of the dynamic queue, rx/tx in bits per second; empty without one
	Counted bool   // Rx and Tx are known
	Rated   bool   // the rates are known
	Rx, Tx  uint64 // bytes of the session
	RxRate  uint64 // bits per second
	TxRate  uint64
}

// List is the users of a router at a time. It must not be changed.
type List struct {
	Users []User    // PPP first, in the order of the router
	At    time.Time // of the last reading of counters
	Err   error     // why no users could be read; nil where a router has none
}

// Query selects users.
type Query struct {
	Text    search.Pattern // in name, address, MAC address or comment
	Service string         // PPP or Hotspot; empty for both
	Sort    Order
	Offset  int
	Limit   int
}

// Page is what was selected.
type Page struct {
	At    time.Time // of the reading
	Total int       // users that match, whatever the limit
	Users []User
}

// Order is the order of a selection.
type Order string

// Orders.
const (
	ByDownload Order = "download" // the highest rate first
	ByUpload   Order = "upload"
	ByName     Order = "name"
	BySince    Order = "since" // the newest first
)

// Select returns the users of a query and the number of those that match, whatever the
// limit.
func (l *List) Select(q Query) (page []User, total int) {
	var found []*User
	for i := range l.Users {
		u := &l.Users[i]
		if (q.Service == "" || q.Service == u.Service) && q.Text.Match(u.MAC, u.Name, u.Address, u.Comment) {
			found = append(found, u)
		}
	}
	slices.SortStableFunc(found, q.Sort.compare)
	total = len(found)
	found = found[min(q.Offset, total):]
	for _, u := range found[:min(q.Limit, len(found))] {
		page = append(page, *u)
	}
	return page, total
}

// compare orders two users; without rates those with the most bytes are first.
func (o Order) compare(a, b *User) int {
	switch o {
	case ByName:
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	case BySince:
		return cmp.Or(b.Since.Compare(a.Since), strings.Compare(a.Name, b.Name))
	case ByUpload:
		return cmp.Or(cmp.Compare(b.RxRate, a.RxRate), cmp.Compare(b.Rx, a.Rx), strings.Compare(a.Name, b.Name))
	}
	return cmp.Or(cmp.Compare(b.TxRate, a.TxRate), cmp.Compare(b.Tx, a.Tx), strings.Compare(a.Name, b.Name))
}

// Top returns the n users with the highest rates, both directions together, or the most
// bytes where no rates are known.
func (l *List) Top(n int) []*User {
	compare := func(a, b *User) int { // most differ in the first
		if order := cmp.Compare(b.RxRate+b.TxRate, a.RxRate+a.TxRate); order != 0 {
			return order
		}
		return cmp.Or(cmp.Compare(b.Rx+b.Tx, a.Rx+a.Tx), strings.Compare(a.Name, b.Name))
	}
	top := make([]*User, 0, min(2*n, len(l.Users)))
	var last *User // of the n best so far; nil before there are n
	for i := range l.Users {
		u := &l.Users[i]
		if last != nil && compare(u, last) > 0 {
			continue
		}
		if top = append(top, u); len(top) == 2*n {
			slices.SortFunc(top, compare)
			top, last = top[:n], top[n-1]
		}
	}
	slices.SortFunc(top, compare)
	return top[:min(n, len(top))]
}
