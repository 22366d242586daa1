package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// printing is one print, getall or listen.
type printing struct {
	*call
	table    *table
	query    query
	names    []string // .proplist; nil: all
	hidden   []string // not for this user
	from     []uint64 // from=; nil: all
	round    int      // of interval=, negative without
	scratch  []byte
	follow   bool
	existing bool // existing rows are sent first
	count    bool
	interval time.Duration
	expiry   *activeFault     // EndListen; nil without
	over     <-chan time.Time // when its time has come
}

// plain are the arguments of print that have no effect in the API. Those that only some
// menus have are in the declarations.
var plain = []string{"detail", "brief", "terse", "without-paging", "as-value", "value-list", "show-ids",
	"file", "append", "where", "show-sensitive", "proplist", "group-by", "on-event", "timestamp", "comments", "order-by", "oid"}

// print implements print, getall and listen, which is print with follow-only.
func (x *call) print() error {
	p := &printing{call: x, query: parseQuery(x.words), existing: true, round: noSection}
	if err := p.options(); err != nil {
		return err
	}
	p.hidden = x.unseen()
	switch {
	case p.follow:
		return p.listen()
	case p.interval > 0:
		return p.repeat()
	}
	rows, m := p.snapshot()
	return p.once(rows, m)
}

const noSection = -1

// unseen are the fields that the user does not see.
func (x *call) unseen() []string {
	if x.c.account.may("sensitive") {
		return x.menu.secret
	}
	return append(slices.Clip(x.menu.secret), x.menu.hidden...)
}

func (p *printing) options() error {
	if p.verb == "listen" { // print with follow-only under another name
		if p.menu.single {
			return unknownParameter("follow-only")
		}
		p.follow, p.existing = true, false
	}
	for _, a := range p.args {
		switch {
		case a.name == ".proplist":
			p.names = strings.Split(a.value, ",")
		case slices.Contains(p.menu.flags, a.name):
			p.selectRows(a)
		case slices.Contains(plain, a.name):
		case p.menu.single:
			return unknownParameter(a.name) // a singleton has nothing to count or follow
		default:
			if err := p.tableOption(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// selectRows handles the options of single menus. Those of the firewall select rows, as in
// the console; the others, such as active and stats, choose columns there and have no
// effect in the API. Both are assumed.
func (p *printing) selectRows(a arg) {
	switch a.name {
	case "chain":
		p.query = append(p.query, queryWord{kind: '=', name: a.name, value: []byte(a.value)})
	case "dynamic", "static":
		value := map[bool]string{true: "true", false: "false"}[a.name == "dynamic"]
		p.query = append(p.query, queryWord{kind: '=', name: "dynamic", value: []byte(value)})
	}
}

// tableOption handles options that only tables have.
func (p *printing) tableOption(a arg) error {
	switch a.name {
	case "count-only":
		p.count = true
	case "follow":
		p.follow = true
	case "follow-only":
		p.follow, p.existing = true, false
	case "interval":
		d, ok := parseDuration(a.value)
		if !ok || d < 200*time.Millisecond {
			return argument(badValue, "interval")
		}
		p.interval, p.round = d, 0
	case "from":
		p.from = []uint64{}
		for s := range strings.SplitSeq(a.value, ",") {
			id, ok := parseID(s)
			if !ok {
				return errNoItem
			}
			p.from = append(p.from, id)
		}
	default:
		return unknownParameter(a.name)
	}
	return nil
}

// snapshot updates the table to the present and returns its rows.
func (p *printing) snapshot() ([]*row, *moment) {
	d := p.c.d
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.world.advance(now)
	p.table = d.world.table(p.menu.path)
	return p.table.rows, d.world.moment(now)
}

// once prints the rows, and their number where the reply has it.
func (p *printing) once(rows []*row, m *moment) error {
	n, err := p.rows(rows, m)
	if err != nil {
		return err
	}
	switch {
	case p.count:
		p.ret = []string{"ret", strconv.Itoa(n)}
	case n == 0 && m.p.Empty:
		p.begin("!empty")
		p.end()
	}
	return nil
}

// repeat prints the table in each interval until it is canceled. The attribute .section
// for the rounds, as in monitor commands, is assumed.
func (p *printing) repeat() error {
	for ; ; p.round++ {
		rows, m := p.snapshot()
		if _, err := p.rows(rows, m); err != nil {
			return err
		}
		if err := p.flush(); err != nil {
			return err
		}
		if err := p.sleep(p.interval); err != nil {
			return err
		}
	}
}

// rows encodes the rows that match the query and returns their number.
func (p *printing) rows(rows []*row, m *moment) (n int, err error) {
	if len(rows) > 100 && p.buf == nil {
		p.buf = borrow()
	}
	for _, r := range rows {
		if !p.wanted(r, m) {
			continue
		}
		n++
		if p.count {
			continue
		}
		p.encode(r, m)
		if len(p.buf) < chunkSize {
			continue
		}
		if err := p.flush(); err != nil {
			return n, err
		}
		p.buf = borrow()
	}
	return n, nil
}

func (p *printing) wanted(r *row, m *moment) bool {
	if p.from != nil && !slices.Contains(p.from, r.id) {
		return false
	}
	return len(p.query) == 0 || p.query.match(func(name string) ([]byte, bool) { return p.property(r, m, name) })
}

// property returns a property for a query, also one that is computed.
func (p *printing) property(r *row, m *moment, name string) ([]byte, bool) {
	if name == ".id" && !p.menu.single {
		return appendID(nil, r.id), true
	}
	if slices.Contains(p.hidden, name) {
		return nil, false
	}
	if v, ok := r.words.Get(name); ok {
		return v, true
	}
	for _, l := range p.menu.live {
		if l.name == name {
			return l.value(nil, m, r)
		}
	}
	return nil, false
}

// encode adds one row to the reply.
func (p *printing) encode(r *row, m *moment) {
	p.begin("!re")
	if !p.menu.single && p.shows(".id") {
		p.scratch = appendID(p.scratch[:0], r.id)
		p.buf = appendAttr(p.buf, ".id", p.scratch)
	}
	if p.names == nil && p.hidden == nil {
		p.buf = append(p.buf, r.words...)
	} else {
		p.some(r.words)
	}
	for _, l := range p.menu.live {
		if !p.shows(l.name) || r.fixes(l.name) {
			continue
		}
		var ok bool
		if p.scratch, ok = l.value(p.scratch[:0], m, r); ok {
			p.buf = appendAttr(p.buf, l.name, p.scratch)
		}
	}
	if p.round >= 0 {
		p.buf = appendAttr(p.buf, ".section", strconv.Itoa(p.round))
	}
	p.end()
}

// some adds the requested properties that are not hidden.
func (p *printing) some(words proto.Sentence) {
	for w := range words.Words() {
		if name, _, ok := proto.Attribute(w); ok && p.showsBytes(name) {
			p.buf = proto.AppendWord(p.buf, w)
		}
	}
}

func (p *printing) shows(name string) bool {
	return (p.names == nil || slices.Contains(p.names, name)) && !slices.Contains(p.hidden, name)
}

func (p *printing) showsBytes(name []byte) bool {
	same := func(s string) bool { return s == string(name) }
	return (p.names == nil || slices.ContainsFunc(p.names, same)) && !slices.ContainsFunc(p.hidden, same)
}
