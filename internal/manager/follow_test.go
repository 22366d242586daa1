package manager_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// A following is two routers, each of which two clients watch: one over a session that
// follows its menus, one over a session without room for listens, which reads them.
type following struct {
	t       *testing.T
	m       *manager.Manager
	random  *rand.Rand
	routers map[string]*sim.Device // by address
	at      string                 // the address that both clients watch
	name    int                    // of the next user
	// troubled is set by faults that hinder reading, too.
	troubled bool
	// calm histories have no faults and lose no session: what happens is seen without a
	// safety reading.
	calm  bool
	pairs []pair
}

// pair is a form, watched in both ways.
type pair struct{ follow, read *mirror }

// followedMenus are the menus that a listen follows.
var followedMenus = map[string]string{
	"ppp_active": "/ppp/active", "hotspot_active": "/ip/hotspot/active", "interfaces": "/interface",
	"queues": "/queue/simple", "dhcp_leases": "/ip/dhcp-server/lease", "arp": "/ip/arp",
}

// account is the key of a client at an address.
func account(addr, user string) pool.Key {
	k := key(addr)
	k.User = user
	return k
}

// newFollowing has routers r and s. Users begin at half a second, so that it is known what
// their uptime is at any time.
func newFollowing(t *testing.T, seed uint64) *following {
	time.Sleep(time.Second / 2)
	f := &following{t: t, random: rand.New(rand.NewPCG(seed, 1)), routers: make(map[string]*sim.Device), at: "r"}
	kinds := []sim.Personality{sim.CHR(), sim.HAP()}
	for i, addr := range []string{"r", "s"} {
		f.routers[addr] = sim.New(sim.Options{
			Personality: kinds[(int(seed)+i)%len(kinds)], User: "api", Password: "secret", PPPUsers: 4 + 3*i, HotspotUsers: 5 + i, Seed: seed, Identity: addr, BootTime: 8 * time.Second, MaxSessions: -1,
			Users: []sim.User{{Name: "reader", Password: "secret", Group: "full"}, {Name: "person", Password: "secret", Group: "full"}},
		})
	}
	dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
		client, router := net.Pipe()
		go f.routers[key.Addr].ServeConn(router) // until the device is closed at the latest
		opts := routeros.Options{}
		if key.User == "reader" {
			opts.MaxStreams = -1 // no listen is admitted
		}
		return routeros.New(ctx, client, key.Credentials(), opts)
	}
	f.m = manager.New(pool.New(dial, pool.Options{}), manager.Options{Device: device.Options{}})
	t.Cleanup(func() {
		for _, p := range f.pairs {
			p.follow.close()
			p.read.close()
		}
		f.m.Close()
		for _, d := range f.routers {
			d.Close()
		}
	})
	f.connect()
	return f
}

// connect connects or moves both clients, and the person who edits.
func (f *following) connect() {
	for id, user := range map[string]string{"follow": "api", "read": "reader", "person": "person"} {
		_, err := f.m.Connect(f.t.Context(), id, account(f.at, user), owner)
		require.NoError(f.t, err)
	}
}

// watch opens a form for both clients.
func (f *following) watch(v poller.Variant) {
	p := pair{newMirror(f.t, f.m, "follow", v), newMirror(f.t, f.m, "read", v)}
	p.follow.open()
	p.read.open()
	f.pairs = append(f.pairs, p)
}

func (f *following) router() *sim.Device { return f.routers[f.at] }

// rows are those of a menu as the router prints them now.
func (f *following) rows(path string) (rows []map[string]string) {
	f.t.Helper()
	reply, err := run(f.t.Context(), f.m, "person", []string{path + "/print"})
	require.NoError(f.t, err)
	for sentence := range reply.Rows.All() {
		row := make(map[string]string)
		for name, value := range sentence.Attributes() {
			row[string(name)] = string(value)
		}
		rows = append(rows, row)
	}
	return rows
}

// edit changes a menu; a router that is away, or refuses it, stays as it is.
func (f *following) edit(words ...string) {
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Second)
	defer cancel()
	_, _ = run(ctx, f.m, "person", words)
	f.align()
}

// align waits for the next half of a second.
func (f *following) align() {
	now := time.Now()
	next := now.Truncate(time.Second).Add(time.Second / 2)
	if next.Before(now) {
		next = next.Add(time.Second)
	}
	time.Sleep(time.Until(next))
}

// pick is one of a list, "" of none.
func pick[T any](r *rand.Rand, list []T) (one T) {
	if len(list) > 0 {
		one = list[r.IntN(len(list))]
	}
	return one
}

// user is one who is connected.
func (f *following) user(topic, field string) string {
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Second)
	defer cancel()
	reply, _ := run(ctx, f.m, "person", []string{followedMenus[topic] + "/print", "=.proplist=" + field})
	f.align()
	if reply == nil {
		return ""
	}
	var names []string
	for row := range reply.Rows.All() {
		name, _ := row.Get(field)
		names = append(names, string(name))
	}
	return pick(f.random, names)
}

// newName is that of a user who was never there.
func (f *following) newName() string {
	f.name++
	return "new-" + strconv.Itoa(f.name)
}

// step lets something happen to the router or to the clients, mostly to the menus that
// are watched.
func (f *following) step() {
	d, r := f.router(), f.random
	switch n := r.IntN(100); {
	case n < 58, f.calm && (n < 88 || n >= 94):
		v := pick(r, f.pairs).follow.variant.Topic
		topic := v.Name
		switch {
		case v == poller.Combined, topic == "sessions", topic == "counts":
			topic = pick(r, []string{"ppp_active", "hotspot_active"})
		case topic == "interfaces" && r.IntN(2) == 0: // those of users come and go with them
			topic = "ppp_active"
		}
		f.change(topic)
	case n < 76:
		d.Inject(f.fault())
	case n < 80:
		d.Clear()
	case n < 84:
		menu := followedMenus[pick(r, slices.Sorted(maps.Keys(followedMenus)))]
		fault := sim.Fault{Kind: pick(r, []sim.FaultKind{sim.Slow, sim.Dribble, sim.Trap}), Path: menu + "/print", Count: 1 + r.IntN(3), Text: "failure: busy"}
		fault.Delay = map[sim.FaultKind]time.Duration{sim.Slow: time.Duration(r.IntN(9)) * time.Second, sim.Dribble: time.Millisecond}[fault.Kind]
		d.Inject(fault)
		f.troubled = true
	case n < 88:
		d.SetLatency(time.Duration(r.IntN(4)) * 100 * time.Millisecond)
	case n < 94:
		f.away()
	case n < 97:
		d.DropSessions()
	case n < 98:
		d.Reboot()
	default:
		f.at = map[string]string{"r": "s", "s": "r"}[f.at]
		f.connect()
		f.align()
	}
}

// change changes a menu.
func (f *following) change(topic string) {
	d, r := f.router(), f.random
	number := func(n int) string { return strconv.Itoa(r.IntN(n)) }
	edit := func(words ...string) func() {
		return func() { f.edit(append([]string{followedMenus[topic] + "/" + words[0]}, words[1:]...)...) }
	}
	comment := func(row string) func() {
		return pick(r, []func(){edit("set", row, "=comment="+number(9)), edit("unset", row, "=value-name=comment")})
	}
	pick(r, map[string][]func(){
		"ppp_active": {
			func() { d.AddPPP(f.newName()) },
			func() { d.AddPPP(f.newName()); d.AddPPP(f.newName()) },
			func() { d.RemovePPP(f.user(topic, "name")) },
			func() { name := f.user(topic, "name"); d.RemovePPP(name); d.AddPPP(name) },
			func() { d.ReusePPP(f.user(topic, "name"), f.newName()) },
			func() { name := f.user(topic, "name"); d.ReusePPP(name, name) },
		},
		"hotspot_active": {
			func() { d.AddHotspot(f.newName()) },
			func() { d.RemoveHotspot(f.user(topic, "user")) },
			func() { d.ReuseHotspot(f.user(topic, "user"), f.newName()) },
			func() { name := f.user(topic, "user"); d.ReuseHotspot(name, name) },
		},
		"interfaces": {
			edit("set", "=numbers=ether"+number(5), "=name=port-"+f.newName()), edit(pick(r, []string{"enable", "disable"}), "=numbers=ether3"),
			comment("=numbers=ether2"),
		},
		"queues": {
			edit("add", "=name=q"+number(4), "=target=10.9."+number(9)+".0/24"), edit("set", "=numbers=q"+number(4), "=name=q"+number(4)),
			edit("remove", "=numbers=q"+number(4)), comment("=numbers=q-office"),
		},
		"dhcp_leases": {
			edit("add", "=address=192.168.88."+number(200)), edit("remove", "=.id=*"+number(9)), comment("=.id=*" + number(9)),
		},
		"arp": {
			edit("add", "=address=192.168.88."+number(200), "=interface=bridge"), edit("remove", "=.id=*"+number(9)),
			edit("set", "=.id=*"+number(9), "=disabled="+pick(r, []string{"yes", "no"})), comment("=.id=*" + number(9)),
		},
		"identity": {func() { f.edit("/system/identity/set", "=name="+f.newName()) }},
	}[topic])()
}

// fault is one of the field's.
func (f *following) fault() sim.Fault {
	kinds := []sim.FaultKind{sim.LostRow, sim.LostDead, sim.PartialRow, sim.SilentListen, sim.EndListen, sim.Trap}
	fault := sim.Fault{Kind: pick(f.random, kinds), Count: f.random.IntN(4), Every: f.random.IntN(3)}
	if fault.Kind == sim.Trap {
		fault.Path = followedMenus[pick(f.random, slices.Sorted(maps.Keys(followedMenus)))] + "/listen"
	}
	switch fault.Kind {
	case sim.Trap:
		fault.Text = pick(f.random, []string{"no such command", "not supported here", "failure: busy"})
	case sim.EndListen:
		fault.Delay, fault.Text = time.Duration(f.random.IntN(60))*time.Second, pick(f.random, []string{"", "listen is over"})
	}
	return fault
}

// away has the clients of a form leave, and return if they were away.
func (f *following) away() {
	p := pick(f.random, f.pairs)
	for _, c := range []*mirror{p.follow, p.read} {
		if c.leave != nil {
			c.close()
		} else {
			c.open()
		}
	}
}

// settle has everybody watch, and waits until the next safety reading has passed, which
// comes a minute after the last one at the latest. A listen that ended begins again
// after a minute, too, and a router that was away needs some seconds.
func (f *following) settle() {
	for _, p := range f.pairs {
		for _, c := range []*mirror{p.follow, p.read} {
			if c.leave == nil {
				c.open()
			}
		}
	}
	for _, d := range f.routers {
		if f.troubled {
			d.Clear()
		}
		d.SetLatency(0)
	}
	f.troubled = false
	if !f.calm {
		time.Sleep(100 * time.Second)
	}
}

// Whatever happens at a router, a client of a session that follows holds what a client
// of a session that reads holds, after the next safety reading at the latest.
func TestFollowingEqualsReading(t *testing.T) {
	var all []poller.Variant
	for _, topic := range slices.Sorted(maps.Keys(followedMenus)) { // so that a seed is repeatable
		for _, form := range [][2]bool{{false, false}, {true, false}, {true, true}} {
			all = append(all, variant(topic, form[0], form[1]))
		}
	}
	for _, topic := range []string{"identity", "counts"} {
		all = append(all, variant(topic, false, false), variant(topic, true, false))
	}
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFollowing(t, seed)
				f.calm = seed%4 == 1
				forms := slices.Clone(all)
				f.random.Shuffle(len(forms), func(i, j int) { forms[i], forms[j] = forms[j], forms[i] })
				f.watch(variant("sessions", false, false))
				if seed%2 == 0 {
					f.watch(poller.Variant{Topic: poller.Combined})
				}
				for _, v := range forms[:2+f.random.IntN(4)] {
					f.watch(v)
				}
				f.align()
				for range 10 {
					f.step()
					time.Sleep(time.Duration(f.random.IntN(12)) * time.Second)
				}
				f.settle()
				f.compare()
				f.end()
			})
		})
	}
}

// end closes all streams: three seconds later no listen is left at the router.
func (f *following) end() {
	for _, p := range f.pairs {
		p.follow.close()
		p.read.close()
	}
	time.Sleep(3 * time.Second)
	for addr, d := range f.routers {
		stats := d.Stats()
		assert.Empty(f.t, stats.Listens, addr)
		assert.LessOrEqual(f.t, stats.MostCommands, 4, addr)
		assert.LessOrEqual(f.t, stats.MostListens, 8, addr)
	}
}
