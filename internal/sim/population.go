package sim

import (
	"fmt"
	"slices"
	"time"
)

// Paths that more than one file refers to.
const (
	pppActive     = "/ppp/active"
	pppSecrets    = "/ppp/secret"
	hotspotActive = "/ip/hotspot/active"
	hotspotUsers  = "/ip/hotspot/user"
	interfaces    = "/interface"
	simpleQueues  = "/queue/simple"
	logLines      = "/log"
	userActive    = "/user/active"
	leases        = "/ip/dhcp-server/lease"
)

// population is a set of numbered users, of which some are connected. Everything about
// a user follows from the number and the seed.
type population struct {
	spare []int         // users who are not connected
	due   time.Time     // when the next one is replaced, zero for never
	every time.Duration // between two replacements
	count uint32        // sessions so far: source of addresses and ids
}

// pool is the number of configured users for n connected ones.
func pool(n int) int { return n + n/4 + 8 }

// people returns a population of n connected users.
func (w *world) people(p *population, n int) {
	p.spare = p.spare[:0]
	for i := n; n > 0 && i < pool(n); i++ {
		p.spare = append(p.spare, i)
	}
	if perMinute := w.opts.Churn * float64(n); perMinute > 0 {
		p.every = max(time.Duration(float64(time.Minute)/perMinute), time.Millisecond)
		p.due = w.last.Add(p.every)
	}
}

// maxCatchUp limits the replacements that are made up for at once. After a long time
// without access, only the last ones are.
const maxCatchUp = 1000

// churn replaces the users that are due.
func (w *world) churn(p *population, path string, now time.Time, replace func(t *table, at time.Time)) {
	t := w.made(path)
	if t == nil || p.due.IsZero() {
		return
	}
	if horizon := now.Add(-p.every * maxCatchUp); p.due.Before(horizon) {
		p.due = horizon
	}
	for ; !p.due.After(now); p.due = p.due.Add(p.every) {
		if len(t.rows) > 0 {
			replace(t, p.due)
		}
	}
}

// leaver picks a connected user.
func (w *world) leaver(t *table) *row { return t.rows[w.random.IntN(len(t.rows))] }

// joiner picks a user that is not connected.
func (w *world) joiner(p *population) (user int, ok bool) {
	if len(p.spare) == 0 {
		return 0, false
	}
	i := w.random.IntN(len(p.spare))
	user = p.spare[i]
	last := len(p.spare) - 1
	p.spare[i] = p.spare[last]
	p.spare = p.spare[:last]
	return user, true
}

// earlier returns a random start for a session that exists at first use: mostly hours
// ago, never before the device was booted.
func (w *world) earlier(seed uint64) time.Time {
	up := w.last.Sub(w.booted)
	u := unit(mix(seed, 77))
	return w.last.Add(-wholeSeconds(time.Duration(float64(min(up, 30*time.Hour)) * u * u)))
}

// pppName names subscriber n: plain names, phone numbers, and names that need
// quotes in the console.
func pppName(w *world, n int) string {
	switch {
	case w.opts.Nasty && n%9 == 4:
		return nasty[n/9%len(nasty)] + fmt.Sprint(n)
	case n%50 == 17:
		return fmt.Sprintf(`budi "rt %02d" santoso`, n/50)
	case n%8 == 3:
		return fmt.Sprintf("0811%07d", 2000000+n)
	}
	return fmt.Sprintf("user-%04d", n)
}

// hotspotName names guest n; guests that log in by MAC address are named by it.
func hotspotName(w *world, n int) string {
	switch {
	case w.opts.Nasty && n%9 == 4:
		return nasty[n/9%len(nasty)] + fmt.Sprint(n)
	case n%5 == 2:
		return macAddress(uint64(n) | 0x530000)
	case n%11 == 4:
		return fmt.Sprintf("kamar %d", 100+n)
	case n%8 == 3:
		return fmt.Sprintf("0812%07d", 3000000+n)
	}
	return fmt.Sprintf("guest-%04d", n)
}

// nasty are beginnings of names that some client could not handle: invalid UTF-8,
// separators of the protocol, numbers, flags, control characters.
var nasty = []string{
	"Caf\xe9-", "a=b=", "1e", "true", "+62-", "tab\there-", "!re", ".tag=", "<b>&amp;",
	"\u202eabc", "00", "0x1", "\x80\x9d", "line\nbreak-", "*",
}

func (w *world) fillPPP(t *table) {
	w.people(&w.ppp, w.opts.PPPUsers)
	for n := range w.opts.PPPUsers {
		w.startPPP(t, pppName(w, n), n, w.earlier(mix(w.opts.Seed, uint64(n))))
	}
}

// startPPP adds the session, and its interface and queue if those tables exist.
func (w *world) startPPP(t *table, name string, user int, at time.Time) *row {
	k := w.ppp.count
	w.ppp.count++
	service, caller, encoding := "pppoe", macAddress(uint64(k)|0x100000), ""
	switch {
	case user >= 0 && user%10 == 7:
		service, caller, encoding = "l2tp", ipv4(0xCB007100+k%250+1), "cbc(aes) + hmac(sha1)"
	case user >= 0 && user%25 == 12:
		service, caller, encoding = "sstp", ipv4(0xC6336400+k%250+1), "AES256-CBC"
	}
	r := t.add(&row{
		words: attrs("name", name, "service", service, "caller-id", caller, "address", ipv4(0x0A000002+k%0xFF000),
			"encoding", encoding, "session-id", fmt.Sprintf("0x%x", 0x81100000+k),
			"limit-bytes-in", "0", "limit-bytes-out", "0", "radius", "false"),
		born: at, flows: newFlows(mix(w.opts.Seed, uint64(k)), 1), user: user,
	})
	if i := w.made(interfaces); i != nil {
		i.add(pppInterface(w.p, r))
	}
	if q := w.made(simpleQueues); q != nil {
		q.add(pppQueue(w, r))
	}
	return r
}

// dynamicName is the name of the interface and queue of a session.
func dynamicName(r *row) string { return "<" + r.text("service") + "-" + r.text("name") + ">" }

func pppInterface(p *Personality, r *row) *row {
	return &row{
		words: attrs("name", dynamicName(r), "type", r.text("service")+"-in", "mtu", "1480", "actual-mtu", "1480",
			"last-link-up-time", p.date(r.born), "link-downs", "0", "dynamic", "true", "running", "true", "disabled", "false"),
		born: r.born, flows: r.flows, user: noUser,
	}
}

func pppQueue(w *world, r *row) *row {
	return dynamicQueue(w, dynamicName(r), dynamicName(r), "10000000/20000000", r)
}

func (w *world) endPPP(t *table, r *row, at time.Time) {
	t.remove(r.id)
	name := dynamicName(r)
	if r.user >= 0 {
		w.ppp.spare = append(w.ppp.spare, r.user)
	}
	w.dropDynamic(interfaces, r)
	w.dropDynamic(simpleQueues, r)
	w.log(at, r.text("service")+",ppp,info", name+": terminating... - peer is not responding")
	w.log(at, r.text("service")+",ppp,info", name+": disconnected")
}

// dropDynamic removes the interface and queue of a session. They are found by the
// traffic that they share with it, since names need not be unique.
func (w *world) dropDynamic(path string, session *row) {
	if t := w.made(path); t != nil {
		if i := slices.IndexFunc(t.rows, func(r *row) bool { return r.flows == session.flows }); i >= 0 {
			t.remove(t.rows[i].id)
		}
	}
}

// connectPPP starts a session and logs it, unlike those that exist at first use.
func (w *world) connectPPP(t *table, name string, user int, at time.Time) *row {
	r := w.startPPP(t, name, user, at)
	w.log(at, r.text("service")+",ppp,info,account", name+" logged in, "+r.text("address")+" from "+r.text("caller-id"))
	w.log(at, r.text("service")+",ppp,info", dynamicName(r)+": connected")
	return r
}

func (w *world) replacePPP(t *table, at time.Time) {
	w.endPPP(t, w.leaver(t), at)
	if user, ok := w.joiner(&w.ppp); ok {
		w.connectPPP(t, pppName(w, user), user, at)
	}
}

func (w *world) fillHotspot(t *table) {
	w.people(&w.hot, w.opts.HotspotUsers)
	for n := range w.opts.HotspotUsers {
		w.startHotspot(t, hotspotName(w, n), n, w.earlier(mix(^w.opts.Seed, uint64(n))))
	}
}

// firstGuest is the address of the first guest, 10.5.50.2.
const firstGuest = 0x0A053202

// startHotspot adds the host. Its id is the address in hex, as it is often seen; there is
// no capture of this menu, the row is assumed.
func (w *world) startHotspot(t *table, name string, user int, at time.Time) *row {
	const addresses = 0x3FFF0
	k := w.hot.count
	for k >= addresses && t.position(uint64(firstGuest+k%addresses)) >= 0 {
		k++
	}
	w.hot.count = k + 1
	address := firstGuest + k%addresses
	seed := mix(^w.opts.Seed, uint64(k))
	mac := macAddress(uint64(k) | 0x530000)
	if user >= 0 && user%5 == 2 && !w.opts.Nasty {
		mac = name
	}
	pairs := []string{"server", "hotspot1", "user", name, "address", ipv4(address), "mac-address", mac,
		"login-by", []string{"http-chap", "cookie", "mac-cookie", "http-pap"}[seed%4], "keepalive-timeout", "2m"}
	if seed%3 == 0 {
		pairs = append(pairs, "idle-timeout", "5m")
	}
	if seed%7 == 0 {
		pairs = append(pairs, "limit-bytes-total", "107374182400")
	}
	r := &row{
		id: uint64(address), words: attrs(append(pairs, "radius", "false", "blocked", "false")...),
		born: at, seed: seed, flows: newFlows(seed, 1), user: user,
	}
	if seed%2 == 0 {
		r.base = int64(at.Sub(w.last)/-time.Second) + int64(3600+seed%7200)
	}
	t.add(r)
	if q := w.made(simpleQueues); q != nil {
		q.add(hotspotQueue(w, r))
	}
	return r
}

func hotspotQueue(w *world, r *row) *row {
	return dynamicQueue(w, "<hotspot-"+r.text("user")+">", r.text("address")+"/32", "2000000/5000000", r)
}

func (w *world) endHotspot(t *table, r *row, at time.Time, why string) {
	t.remove(r.id)
	if r.user >= 0 {
		w.hot.spare = append(w.hot.spare, r.user)
	}
	w.dropDynamic(simpleQueues, r)
	w.log(at, "hotspot,info,debug", r.text("user")+" ("+r.text("address")+"): logged out: "+why)
}

func (w *world) connectHotspot(t *table, name string, user int, at time.Time) *row {
	r := w.startHotspot(t, name, user, at)
	w.log(at, "hotspot,info,debug", name+" ("+r.text("address")+"): logged in")
	return r
}

func (w *world) replaceHotspot(t *table, at time.Time) {
	w.endHotspot(t, w.leaver(t), at, "keepalive timeout")
	if user, ok := w.joiner(&w.hot); ok {
		w.connectHotspot(t, hotspotName(w, user), user, at)
	}
}
