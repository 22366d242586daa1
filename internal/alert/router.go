package alert

import (
	"errors"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// router is what the engine knows of a router. Engine.mu guards it.
type router struct {
	id       string // empty for the server
	instance string // of the server: the name of this instance, empty without a fleet
	rules    []*Rule
	device   manager.Device
	page     charset.Page
	asked    []asked

	state  sessionState
	sure   bool                        // state is of a session of this process
	fresh  map[*poller.Topic]time.Time // last readings in this session
	boot   time.Time                   // when the router started; zero if that is not known
	booted bool                        // boot was read in this session
	other  bool                        // boot was read by another process
	// answered is when boot was read last by this process; zero before.
	answered time.Time
	// keptBoot is boot as it is kept, which need not be exact.
	keptBoot time.Time
	rebooted time.Time // it was found to have restarted, and this was not told yet; zero for nothing
	unkept   time.Time // something has changed since then that has to be kept; zero for nothing
	restored time.Time // when what another process knew was taken
	// stretched is the interval of polls, if it is longer than configured.
	stretched time.Duration

	alerts  map[key]*active
	windows map[key]*window   // of counted events, and of numbers that may drop
	errors  map[string]uint64 // last error counters, by interface
	recent  map[string]*burst // events of each rule
}

// key names an alert of a router.
type key struct{ rule, subject string }

// asked is a variant that is asked of a router, until leave is called.
type asked struct {
	poller.Variant
	leave func()
}

// sessionState is what rules know of a session.
type sessionState uint8

const (
	unknown sessionState = iota
	up
	down
	loginRefused
	certificateRefused
)

// adjust returns what has to be called, without the lock, so that the router is asked what
// its rules need: leave ends variants, ask begins them.
func (r *router) adjust(d manager.Device) (leave, ask []func()) {
	if r.device != d {
		if r.device != nil { // it is another router now
			r.boot, r.answered, r.booted, r.fresh, r.windows, r.errors = time.Time{}, time.Time{}, false, nil, nil, nil
		}
		leave, r.asked, r.device = r.leave(), nil, d
		r.page, _ = charset.Lookup(d.Status().Key.CodePage)
	}
	wanted := variants(r.rules)
	if slices.ContainsFunc(r.rules, func(rule *Rule) bool { return rule.When.Op == Drops }) {
		wanted = withHardware(wanted)
	}
	kept := r.asked[:0:0]
	for _, a := range r.asked {
		if slices.Contains(wanted, a.Variant) {
			kept = append(kept, a)
		} else {
			leave = append(leave, a.leave)
		}
	}
	for _, v := range wanted {
		if slices.ContainsFunc(kept, func(a asked) bool { return a.Variant == v }) {
			continue
		}
		end := make(chan func(), 1) // ask comes before leave
		ask = append(ask, func() { end <- d.Ask(v) })
		kept = append(kept, asked{v, func() { (<-end)() }})
	}
	r.asked = kept
	return leave, ask
}

// withHardware adds the topic that shows a reboot, before others: what a reboot did to
// numbers is not an alarm.
func withHardware(wanted []poller.Variant) []poller.Variant {
	hardware, _ := poller.Lookup("hardware")
	i := slices.IndexFunc(wanted, func(v poller.Variant) bool { return v.Topic == hardware })
	v := hardware.Rare(readEvery, false)
	if i >= 0 {
		v = wanted[i]
		wanted = slices.Delete(wanted, i, i+1)
	}
	return slices.Insert(wanted, 0, v)
}

// leave returns what ends to ask the router.
func (r *router) leave() (leaves []func()) {
	for _, a := range r.asked {
		leaves = append(leaves, a.leave)
	}
	r.asked = nil
	return leaves
}

func stateOf(s pool.Status) sessionState {
	switch s.State {
	case pool.Up:
		return up
	case pool.Down, pool.LoginFailed:
		switch errcode.Of(s.Err) {
		case errcode.Login:
			return loginRefused
		case errcode.Certificate:
			return certificateRefused
		}
		return down
	}
	return unknown
}

// state takes the state of the session; mu is held.
func (e *Engine) state(r *router, s pool.Status, now time.Time) {
	next := stateOf(s)
	if next == unknown || next == r.state && r.sure {
		return // an attempt says nothing before it has ended
	}
	before := r.state
	r.state, r.sure = next, true
	e.keep(r, now)
	since := s.Since
	if since.IsZero() || since.After(now) {
		since = now
	}
	if before == up && next != up {
		e.lostSource(r, func(rule *Rule) bool { return !rule.When.Source.state })
		r.fresh, r.booted = nil, false
		e.happened(r, "router.flapping", "", "", now)
	}
	if next == up && before != unknown && before != up {
		e.happened(r, "router.up", "", "", now)
	}
	reason := ""
	if next != up && s.Err != nil {
		reason = reasonOf(s.Err)
	}
	for _, rule := range r.rules {
		is := no
		switch rule.When.Source.Name {
		case "router.down":
			is = yesIf(next != up)
		case "router.login_refused":
			is = keepUnless(next == loginRefused, next == up)
		case "router.certificate_refused":
			is = keepUnless(next == certificateRefused, next == up)
		default:
			continue
		}
		e.judge(r, rule, finding{is: is, reason: reason, since: since}, now)
	}
}

// reasonOf is the text of an error without addresses of the server's network.
func reasonOf(err error) string {
	if down, ok := errors.AsType[*pool.DownError](err); ok && down.Cause != nil {
		err = down.Cause
	}
	return errcode.PublicText(err)
}

// forget ends the alerts of a router that is gone; mu is held.
func (e *Engine) forget(r *router, now time.Time) {
	for k, a := range r.alerts {
		a.reason = "router removed"
		e.end(r, k, a, now)
	}
}
