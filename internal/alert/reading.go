package alert

import (
	"bytes"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// update takes an update of a poller; mu is held.
func (e *Engine) update(r *router, u poller.Update) {
	switch u.Kind {
	case poller.Read:
		e.read(r, u)
	case poller.Happened:
		for _, event := range u.Events {
			e.event(r, event, u.At)
		}
	}
}

// read takes the readings of a poll. One that failed says nothing: it is not zero.
func (e *Engine) read(r *router, u poller.Update) {
	if r.state != up {
		return // they are from before the session was lost
	}
	for _, reading := range u.Readings {
		if reading.Err != nil && u.Variant.Topic != poller.Pools {
			return
		}
	}
	if r.fresh == nil {
		r.fresh = make(map[*poller.Topic]time.Time)
	}
	r.fresh[u.Variant.Topic], r.stretched = u.At, u.Interval
	switch u.Variant.Topic.Name {
	case "hardware":
		row, _ := u.Readings[0].Rows.Cut()
		e.hardware(r, row, u)
	case "counts":
		row, _ := u.Readings[0].Rows.Cut()
		e.counts(r, row, u.At)
	case "health":
		e.health(r, u.Readings[0].Rows, u.At)
	case "interfaces":
		if first := u.Readings[0]; first.Len == 0 || len(first.Rows) > 0 { // else they are as they were
			e.interfaces(r, first.Rows, u.At)
		}
	case poller.Pools.Name:
		e.pools(r, u)
	}
}

func (e *Engine) hardware(r *router, row proto.Sentence, u poller.Update) {
	e.uptime(r, row, u)
	if load, ok := number(row, "cpu-load"); ok {
		e.gauge(r, "cpu", "", load, u.At)
	}
	for source, fields := range map[string][2]string{"memory": {"free-memory", "total-memory"}, "disk": {"free-hdd-space", "total-hdd-space"}} {
		free, ok := number(row, fields[0])
		total, known := number(row, fields[1])
		if ok && known && total > 0 {
			e.gauge(r, source, "", 100*(1-free/total), u.At)
		}
	}
	for _, rule := range r.rules {
		if rule.When.Source.Name == "poll.stretched" {
			interval := u.Interval.Seconds()
			e.judge(r, rule, finding{is: yesIf(u.Interval > 0), value: &interval}, u.At)
		}
	}
}

// uptime finds reboots. The uptime is cut to seconds, and the answer took some time.
func (e *Engine) uptime(r *router, row proto.Sentence, u poller.Update) {
	const tolerance, betweenProcesses = 20 * time.Second, 2 * time.Minute // their clocks may differ
	text, _ := row.Get("uptime")
	uptime, ok := menu.ParseDuration(text)
	if !ok {
		return
	}
	answered := u.Readings[0].Answered
	boot := answered.Add(-uptime)
	allowed := tolerance
	if r.other {
		allowed = betweenProcesses
	}
	rebooted := !r.boot.IsZero() && boot.Sub(r.boot) > allowed
	if !r.answered.IsZero() && uptime > answered.Sub(r.answered)+time.Second {
		rebooted = false // it ran at the last reading already: the answer was long on its way
	}
	r.answered = answered
	r.boot, r.booted, r.other = boot, true, false
	if r.boot.Sub(r.keptBoot).Abs() > tolerance/2 { // not for every second that is cut off
		r.keptBoot = boot
		e.keep(r, u.At)
	}
	if rebooted {
		r.windows, r.errors = nil, nil // numbers of before are not compared with those of now
		r.rebooted = u.At
		e.keepNow(r) // it is told when this is kept, or it would be told again after a restart
	}
}

// tellReboot tells that a router has restarted, at the earliest when alerts may fire and a
// second after it was found; mu is held. What another process has found it tells with the
// same id.
func (e *Engine) tellReboot(r *router, now time.Time) {
	if !r.rebooted.IsZero() && !now.Before(e.calm) && now.Sub(r.rebooted) >= time.Second {
		e.happened(r, "router.rebooted", "", "", now)
		r.rebooted = time.Time{}
		e.keepNow(r)
	}
}

func (e *Engine) counts(r *router, row proto.Sentence, now time.Time) {
	ppp, okPPP := number(row, "ppp")
	hotspot, okHotspot := number(row, "hotspot")
	if okPPP {
		e.gauge(r, "users.ppp", "", ppp, now)
	}
	if okHotspot {
		e.gauge(r, "users.hotspot", "", hotspot, now)
	}
	if okPPP && okHotspot {
		e.gauge(r, "users", "", ppp+hotspot, now)
	}
}

// health takes sensors: a row for each since RouterOS 7, a field for each before.
func (e *Engine) health(r *router, rows proto.Sentences, now time.Time) {
	for row := range rows.All() {
		if name, ok := row.Get("name"); ok {
			value, known := number(row, "value")
			kind, _ := row.Get("type")
			source := map[string]string{"C": "temperature", "V": "voltage"}[string(kind)]
			if known && source != "" {
				e.gauge(r, source, r.text(name), value, now)
			}
			continue
		}
		for name := range row.Attributes() {
			value, known := number(row, string(name))
			switch last := name[bytes.LastIndexByte(name, '-')+1:]; {
			case !known || menu.IsSetting(string(name)):
			case strings.HasPrefix(string(last), "temp"):
				e.gauge(r, "temperature", r.text(name), value, now)
			case strings.HasPrefix(string(last), "voltage"):
				e.gauge(r, "voltage", r.text(name), value, now)
			}
		}
	}
}

func (e *Engine) interfaces(r *router, rows proto.Sentences, now time.Time) {
	for _, rule := range r.rules {
		if rule.When.Source.topic != "interfaces" {
			continue
		}
		seen := make(map[string]bool)
		for row := range rows.All() {
			name, _ := row.Get("name")
			subject := r.text(name)
			if rule.wants(row, subject) {
				seen[subject] = true
				e.oneInterface(r, rule, subject, row, now)
			}
		}
		e.gone(r, rule, seen, now)
	}
}

// wants reports whether a rule is about an interface: one that it names or, of those that
// may be down, one that somebody has written a comment on. Interfaces of users come and go.
func (r *Rule) wants(row proto.Sentence, name string) bool {
	if len(r.subjects) > 0 {
		return matches(r.subjects, name)
	}
	comment, _ := row.Get("comment")
	return !isTrue(row, "dynamic") && (r.When.Source.Name != "interface.down" || len(comment) > 0)
}

func (e *Engine) oneInterface(r *router, rule *Rule, subject string, row proto.Sentence, now time.Time) {
	switch rule.When.Source.Name {
	case "interface.down":
		is := yesIf(!isTrue(row, "running") && !isTrue(row, "disabled"))
		e.judge(r, rule, finding{subject: subject, is: is}, now)
	case "interface.rx":
		if rate, ok := number(row, "rx-bits-per-second"); ok {
			e.measured(r, rule, subject, rate, now)
		}
	case "interface.tx":
		if rate, ok := number(row, "tx-bits-per-second"); ok {
			e.measured(r, rule, subject, rate, now)
		}
	case "interface.errors":
		rx, okRx := number(row, "rx-error")
		tx, okTx := number(row, "tx-error")
		if okRx || okTx {
			e.errorsOf(r, rule, subject, uint64(rx)+uint64(tx), now)
		}
	}
}

// errorsOf counts the errors since the last reading.
func (e *Engine) errorsOf(r *router, rule *Rule, subject string, total uint64, now time.Time) {
	if r.errors == nil {
		r.errors = make(map[string]uint64)
	}
	before, known := r.errors[rule.Name+" "+subject]
	r.errors[rule.Name+" "+subject] = total
	if !known || total <= before { // it restarted
		return
	}
	if w := r.window(rule, subject); w != nil {
		w.add(float64(total-before), now)
		e.keep(r, now)
		e.counted(r, key{rule.Name, subject}, w, "", now)
	}
}

// gauge takes a number of a source.
func (e *Engine) gauge(r *router, source, subject string, value float64, now time.Time) {
	for _, rule := range r.rules {
		if rule.When.Source.Name == source && (subject == "" || matches(rule.subjects, subject)) {
			e.measured(r, rule, subject, value, now)
		}
	}
}

// measured takes a number of a rule.
func (e *Engine) measured(r *router, rule *Rule, subject string, value float64, now time.Time) {
	f := finding{subject: subject, value: &value}
	switch {
	case rule.When.Op == Drops:
		if !r.booted {
			return // it may have been a reboot
		}
		f.is, f.from = e.dropped(r, rule, subject, value, now)
	case rule.When.holds(value):
		f.is = yes
	case rule.Clear != nil && !rule.Clear.holds(value):
		f.is = keep
	}
	e.judge(r, rule, f, now)
}

// maxDrop is how long a number is compared with the one before it dropped. After that the
// lower one is normal.
const maxDrop = 24 * time.Hour

// dropped compares a number with the highest one of the time of the rule or, while the
// alert lasts, with the one before it dropped.
func (e *Engine) dropped(r *router, rule *Rule, subject string, value float64, now time.Time) (is verdict, from float64) {
	w := r.window(rule, subject)
	if w == nil {
		return no, 0
	}
	w.add(value, now)
	from = w.highest()
	if a := r.alerts[key{rule.Name, subject}]; a != nil && a.from > 0 && now.Sub(a.since) < maxDrop {
		from = a.from
	}
	return yesIf(from >= rule.When.Least && value <= from*(1-rule.When.Value/100)), from
}

// pools takes the pools and the addresses they have given out.
func (e *Engine) pools(r *router, u poller.Update) {
	if len(u.Readings) != 2 || u.Readings[0].Err != nil {
		return
	}
	given := make(map[string]float64)
	for row := range u.Readings[1].Rows.All() {
		pool, _ := row.Get("pool")
		given[string(pool)]++
	}
	for row := range u.Readings[0].Rows.All() {
		name, _ := row.Get("name")
		used, known := number(row, "used")
		if !known {
			if u.Readings[1].Err != nil {
				continue
			}
			used = given[string(name)]
		}
		total, known := number(row, "total")
		if !known {
			ranges, _ := row.Get("ranges")
			total = addresses(string(ranges))
		}
		if total > 0 {
			e.gauge(r, "pool", r.text(name), 100*used/total, u.At)
		}
	}
}
