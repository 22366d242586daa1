package routeros

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Options of a session. Zero fields mean the defaults.
type Options struct {
	DialTimeout  time.Duration // TCP connect; 5 s
	LoginTimeout time.Duration // from connected to logged in; 10 s, RADIUS logins take seconds
	WriteTimeout time.Duration // one write to the socket; 10 s
	ReplyLimit   int           // bytes of unread rows of one call; 64 MiB
	MaxInFlight  int           // commands in flight without streams, cancelled ones until their !done; 4
	MaxStreams   int           // streaming commands in flight; 8
	MaxQueue     int           // commands that are queued; 256
	Limits       proto.Limits  // of a single sentence
	Page         charset.Page  // for text that is not UTF-8
	// Admit is called with every address before it is dialed, after name resolution;
	// an error refuses the address. Nil admits all.
	Admit func(host string, to netip.AddrPort) error
	// Budget counts what replies hold in memory; may be nil.
	Budget Budget
	// Observer counts commands and bytes; may be nil.
	Observer Observer
}

func (o Options) withDefaults() Options {
	o.DialTimeout = cmp.Or(o.DialTimeout, 5*time.Second)
	o.LoginTimeout = cmp.Or(o.LoginTimeout, 10*time.Second)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 10*time.Second)
	o.ReplyLimit = cmp.Or(o.ReplyLimit, 64<<20)
	o.MaxInFlight = cmp.Or(o.MaxInFlight, 4)
	o.MaxStreams = cmp.Or(o.MaxStreams, 8)
	o.MaxQueue = cmp.Or(o.MaxQueue, 256)
	if o.Budget == nil {
		o.Budget = noBudget{}
	}
	if o.Observer == nil {
		o.Observer = nopObserver{}
	}
	return o
}

// keepAlive is the interval of TCP keep-alives: they keep NAT entries alive and
// notice a dead peer while the session is idle. The API has no ping.
const keepAlive = 30 * time.Second
