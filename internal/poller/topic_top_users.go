package poller

import (
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/users"
)

const (
	usersInterval  = 5 * time.Second // least, from one reading of the counters to the next
	limitsInterval = time.Minute     // least, of the dynamic queues
	topUsersNumber = 100
)

// What is read for the users, besides the tables of those who are connected, which are
// followed. The counters are those of the sessions: monitor-traffic would need a command for
// each of them.
var (
	pppTraffic = register(Topic{
		Name: "ppp_traffic", MinInterval: usersInterval, Twice: true, Hidden: true,
		Menu: &menu.Menu{Path: "/interface", Fields: []string{"name", "rx-byte", "tx-byte"}},
		Query: []string{
			"?type=pppoe-in", "?type=l2tp-in", "?type=pptp-in", "?type=sstp-in", "?type=ovpn-in", "?type=ppp-in", "?#|||||",
		},
	})
	hotspotTraffic = register(Topic{
		Name: "hotspot_traffic", MinInterval: usersInterval, Twice: true, Hidden: true,
		Menu: &menu.Menu{Path: "/ip/hotspot/active", Fields: []string{".id", "bytes-in", "bytes-out"}},
	})
	userLimits = register(Topic{
		Name: "user_limits", MinInterval: limitsInterval, Hidden: true,
		Menu:  &menu.Menu{Path: "/queue/simple", Fields: []string{"name", "max-limit"}},
		Query: []string{"?dynamic=true"},
	})
)

// The users with the most traffic, of both services. The same readings give [Poller.Users].
var topUsers = register(Topic{
	Name: "top_users", Parts: []*Topic{pppActive, hotspotActive, pppTraffic, hotspotTraffic, userLimits},
	collect: func(p *Poller) collector { return &usersCollector{poller: p, table: users.NewTable(p.opts.Page)} },
	Menu: &menu.Menu{
		Kinds: menu.Integers("rx-bits-per-second", "tx-bits-per-second", "bytes-in", "bytes-out"),
		Volatile: map[string]menu.Trend{
			"rx-bits-per-second": menu.Wanders, "tx-bits-per-second": menu.Wanders,
			"bytes-in": menu.Rises, "bytes-out": menu.Rises,
		},
	},
})

// TopUsers is the topic whose watching keeps [Poller.Users] up to date.
var TopUsers = Variant{Topic: topUsers}

// usersCollector is the collector of topUsers.
type usersCollector struct {
	poller  *Poller
	table   *users.Table
	counted bool // counters were read since the last list
}

func (c *usersCollector) take(r Reading) {
	switch r.Topic {
	case pppActive:
		c.table.TakePPP(r.Rows, r.Err, r.Answered)
	case hotspotActive:
		c.table.TakeHotspot(r.Rows, r.Err, r.Answered)
	case pppTraffic:
		c.table.TakeInterfaces(r.Rows, r.Err, r.Answered)
		c.counted = true
	case hotspotTraffic:
		c.table.TakeGuests(r.Rows, r.Err, r.Answered)
		c.counted = true
	case userLimits:
		c.table.TakeQueues(r.Rows, r.Err)
	}
}

func (c *usersCollector) reading(now time.Time) (Reading, bool) {
	if !c.counted {
		return Reading{}, false
	}
	list, ok := c.table.List(now)
	if !ok {
		return Reading{}, false
	}
	c.counted = false
	c.poller.publishUsers(list)
	r := Reading{Err: list.Err, Asked: now, Answered: now}
	for _, u := range list.Top(topUsersNumber) {
		r.Rows = appendUser(r.Rows, u)
		r.Len++
	}
	return r, true
}

// appendUser appends a user as a row. What is not known is left out.
func appendUser(rows proto.Sentences, u *users.User) proto.Sentences {
	words := []string{"!re", "=.id=" + u.ID, "=name=" + u.Name, "=service=" + u.Service, "=protocol=" + u.Protocol,
		"=address=" + u.Address, "=mac=" + u.MAC}
	if !u.Since.IsZero() {
		words = append(words, "=since="+u.Since.UTC().Format(time.RFC3339))
	}
	number := func(name string, n uint64, known bool) {
		if known {
			words = append(words, "="+name+"="+strconv.FormatUint(n, 10))
		}
	}
	number("rx-bits-per-second", u.RxRate, u.Rated)
	number("tx-bits-per-second", u.TxRate, u.Rated)
	number("bytes-in", u.Rx, u.Counted)
	number("bytes-out", u.Tx, u.Counted)
	if u.Limit != "" {
		words = append(words, "=limit="+u.Limit)
	}
	if u.Comment != "" {
		words = append(words, "=comment="+u.Comment)
	}
	return proto.AppendSentence(rows, words...)
}

// Users returns the users as they were read last, nil if they never were, and a channel
// that is closed when they are read again. They are read while [TopUsers] is watched.
func (p *Poller) Users() (list *users.List, next <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.usersRead == nil {
		p.usersRead = make(chan struct{})
	}
	return p.users, p.usersRead
}

func (p *Poller) publishUsers(list *users.List) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users = list
	if p.usersRead != nil {
		close(p.usersRead)
		p.usersRead = nil
	}
}
