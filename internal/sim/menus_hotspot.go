package sim

import "strconv"

func init() {
	behave("hotspot", behavior{check: checkHotspot})
	behave("hotspot-host", behavior{fill: fillHosts, live: []live{{"uptime", age}}, drop: dropHost,
		extra: map[string]command{"make-binding": (*call).makeBinding}})
	behave("/ip/hotspot/ip-binding", behavior{check: checkBinding})
	behave("/ip/hotspot/cookie", behavior{fill: fillCookies})
	behave("/system/script", behavior{extra: map[string]command{"run": (*call).runScript}})
	behave("file", behavior{check: checkFile})
	behave("certificate", behavior{check: checkCertificate, extra: map[string]command{"sign": (*call).sign}})
}

// checkHotspot names a server that has no name.
func checkHotspot(_ *world, t *table, r *row) (*row, error) {
	for i := 1; r.text("name") == ""; i++ {
		if name := "hotspot" + strconv.Itoa(i); t.find("name", name) == nil {
			r = r.with("name", name)
		}
	}
	return r, nil
}

// fillHosts shows the devices behind the sessions. Their ids are those of the sessions.
func fillHosts(w *world, t *table) {
	m := w.moment(w.last)
	number := func(v uint64) string { return strconv.FormatUint(v, 10) }
	for _, r := range w.sessions(hotspotActive) {
		up, down := r.upload().count(m, r), r.download().count(m, r)
		t.rows = append(t.rows, &row{id: r.id, born: r.born, user: noUser, words: attrs("mac-address", r.text("mac-address"), "address", r.text("address"),
			"to-address", r.text("address"), "server", r.text("server"), "idle-time", "3s", "keepalive-timeout", "2m",
			"bytes-in", number(up), "bytes-out", number(down), "packets-in", number(up/packetSize), "packets-out", number(down/packetSize),
			"found-by", "dhcp", "static", "false", "DHCP", "true", "dynamic", "false", "authorized", "true", "bypassed", "false")})
	}
}

// dropHost ends the session of a host.
func dropHost(w *world, _ *table, r *row) error {
	active := w.table(hotspotActive)
	if i := active.position(r.id); i >= 0 {
		w.endHotspot(active, active.rows[i], w.last, "host removed")
	}
	return nil
}

// makeBinding adds an entry to /ip/hotspot/ip-binding for each host.
func (x *call) makeBinding() error {
	return x.edit(func(w *world, t *table) error {
		bindings := w.table("/ip/hotspot/ip-binding")
		kind, err := "regular", error(nil)
		if given, ok := x.arg("type"); ok {
			if kind, err = w.writable(bindings.menu, "type").kind.check(w, "type", given); err != nil {
				return err
			}
		}
		return x.each(t, func(r *row) error {
			after := (&row{words: w.presets(bindings.menu), user: noUser}).with("mac-address", r.text("mac-address"),
				"address", r.text("address"), "type", kind)
			if after, err = bindings.checked(w, after); err != nil {
				return err
			}
			bindings.add(after)
			w.changed(x, bindings, nil, after)
			return nil
		})
	})
}

// checkBinding shows the type as flags, too.
func checkBinding(_ *world, _ *table, r *row) (*row, error) {
	kind := r.text("type")
	return r.with("bypassed", strconv.FormatBool(kind == "bypassed"), "blocked", strconv.FormatBool(kind == "blocked")), nil
}

// fillCookies adds those of the guests who logged in with one.
func fillCookies(w *world, t *table) {
	for _, r := range w.sessions(hotspotActive) {
		if by := r.text("login-by"); by == "cookie" || by == "mac-cookie" {
			t.add(&row{words: attrs("user", r.text("user"), "mac-address", r.text("mac-address"), "expires-in", "2d23h",
				"mac-cookie", strconv.FormatBool(by == "mac-cookie")), user: noUser})
		}
	}
}

// checkFile computes the size.
func checkFile(w *world, _ *table, r *row) (*row, error) {
	if r.text("type") == "" {
		r = r.with("type", "file")
	}
	stamp := "creation-time"
	if w.p.since(7, 10) {
		stamp = "last-modified"
	}
	if contents, ok := r.words.Get("contents"); ok {
		r = r.with("size", strconv.Itoa(len(contents)))
	}
	return r.with(stamp, w.p.date(w.last)), nil
}

// checkCertificate names a certificate that has no name.
func checkCertificate(_ *world, t *table, r *row) (*row, error) {
	for i := 1; r.text("name") == ""; i++ {
		if name := "cert" + strconv.Itoa(i); t.find("name", name) == nil {
			r = r.with("name", name)
		}
	}
	return r, nil
}

// sign makes a certificate of a template, without any cryptography.
func (x *call) sign() error {
	return x.edit(func(w *world, t *table) error {
		return x.each(t, func(r *row) error {
			days, _ := strconv.Atoi(r.text("days-valid"))
			after := r.with("private-key", "true", "authority", "true", "serial-number", strconv.FormatUint(mix(w.opts.Seed, r.id), 16),
				"fingerprint", hexDigits(mix(w.opts.Seed, r.id), 64), "invalid-before", w.p.date(w.last),
				"invalid-after", w.p.date(w.last.AddDate(0, 0, days)))
			t.replace(after)
			w.changed(x, t, r, after)
			return nil
		})
	})
}

// hexDigits returns n digits that follow from a seed.
func hexDigits(seed uint64, n int) string {
	var b []byte
	for i := uint64(0); len(b) < n; i++ {
		b = strconv.AppendUint(b, mix(seed, i), 16)
	}
	return string(b[:n])
}
