package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// menus are where a router shows what a topic of a table has, and the fields by which
// the rows are compared. They do not change from one reading to the next.
var menus = map[string][]string{
	"ppp_active":     {"/ppp/active/print", "name", "address", "caller-id"},
	"hotspot_active": {"/ip/hotspot/active/print", "user", "address", "mac-address"},
	"interfaces":     {"/interface/print", "name", "comment"},
	"queues":         {"/queue/simple/print", "name", "target"},
	"dhcp_leases":    {"/ip/dhcp-server/lease/print", "address", "comment"},
	"arp":            {"/ip/arp/print", "address", "comment"},
	"hardware":       {"/system/resource/print", "board-name", "version"},
}

// holding is a client that does what docs/streaming.md says, and what it holds.
type holding struct {
	lastID  string
	tables  map[string]map[string]map[string]any // rows by .id, by router and topic
	volume  map[string]map[string]any            // the last combined event of each router
	states  map[string]string                    // of the routers that had a status
	lines   map[string][]string                  // of the log since the last reset, by router
	users   map[string]map[string]bool           // those who came and went since the last reset, by router
	resets  map[string]int                       // by router and topic
	unknown []string                             // events that do not continue what the client holds
}

func newHolding() *holding {
	return &holding{
		tables: make(map[string]map[string]map[string]any), volume: make(map[string]map[string]any),
		states: make(map[string]string), lines: make(map[string][]string),
		users: make(map[string]map[string]bool), resets: make(map[string]int),
	}
}

// read parses text/event-stream; what comes after the last blank line is dropped.
func (h *holding) read(t *testing.T, stream []byte) {
	t.Helper()
	var name, data, id string
	hasID := false
	for line := range bytes.Lines(stream) {
		if line[len(line)-1] != '\n' {
			return
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), ": ")
		switch {
		case field == "id":
			id, hasID = value, true
		case field == "event":
			name = value
		case field == "data":
			data = value
		case field == "":
			if hasID {
				h.lastID = id
			}
			h.event(t, name, data)
			name, data, hasID = "", "", false
		}
	}
}

func (h *holding) event(t *testing.T, name, data string) {
	t.Helper()
	var e map[string]any
	require.NoError(t, json.Unmarshal([]byte(data), &e), data)
	router, _ := e["router_id"].(string)
	topic, _ := e["topic"].(string)
	switch {
	case name == "end":
	case name == "status":
		h.states[router] = e["state"].(string)
	case name == "reset":
		h.reset(router, topic)
	case topic == "":
		h.volume[router] = e
	case topic == "log":
		h.lines[router] = append(h.lines[router], fmt.Sprint(e["message"]))
	case topic == "sessions":
		if h.users[router] == nil {
			h.users[router] = make(map[string]bool)
		}
		h.users[router][e["name"].(string)] = e["type"] == "up"
	default:
		h.table(router+"/"+topic, e)
	}
}

func (h *holding) reset(router, topic string) {
	h.resets[router+"/"+topic]++
	delete(h.tables, router+"/"+topic)
	switch topic {
	case "log":
		delete(h.lines, router)
	case "sessions":
		delete(h.users, router)
	}
}

func (h *holding) table(key string, e map[string]any) {
	rows := func(field string) map[string]map[string]any {
		list := make(map[string]map[string]any)
		for i, row := range asList(e[field]) {
			id, ok := row.(map[string]any)[".id"].(string)
			if !ok {
				id = fmt.Sprint(i)
			}
			list[id] = row.(map[string]any)
		}
		return list
	}
	switch {
	case e["type"] == "snapshot":
		h.tables[key] = rows("rows")
	case h.tables[key] == nil:
		h.unknown = append(h.unknown, fmt.Sprintf("%s: %v without a snapshot", key, e))
	default:
		for _, id := range asList(e["removed"]) {
			delete(h.tables[key], id.(string))
		}
		maps.Copy(h.tables[key], rows("added"))
		maps.Copy(h.tables[key], rows("changed"))
	}
}

func asList(v any) []any { list, _ := v.([]any); return list }

// cell is one run of the matrix.
type cell struct {
	*site
	t     *testing.T
	pipes *pipes
	path  string
	held  *holding

	mu   sync.Mutex
	raw  []byte // what has come and was not read; guarded by mu
	body io.Closer
	wg   sync.WaitGroup

	hosts map[string]string          // of the routers
	past  map[string][]string        // lines of the log that came after the client began and that a reboot took
	begun map[string]int             // lines of the log when the client began, or after a reboot
	were  map[string]map[string]bool // the users when the client began
	added int
}

// open opens a stream that continues what the client holds.
func (c *cell) open() {
	c.t.Helper()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return c.pipes.dial(ctx) },
	}}
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, "http://mikronec.test"+c.path, nil)
	require.NoError(c.t, err)
	req.Header.Set("X-API-Key", apiKey)
	if c.held.lastID != "" {
		req.Header.Set("Last-Event-ID", c.held.lastID)
	}
	resp, err := client.Do(req)
	require.NoError(c.t, err)
	require.Equal(c.t, http.StatusOK, resp.StatusCode)
	c.body = resp.Body
	c.wg.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := resp.Body.Read(buf)
			c.mu.Lock()
			c.raw = append(c.raw, buf[:n]...)
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
}

// taken is what has come since.
func (c *cell) taken() []byte {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	raw := c.raw
	c.raw = nil
	return raw
}

// read has the client read what has come.
func (c *cell) read() { c.t.Helper(); c.held.read(c.t, c.taken()) }

// cut cuts the stream after what has come.
func (c *cell) cut() {
	c.t.Helper()
	c.read()
	_ = c.body.Close()
	c.wg.Wait()
	c.taken()
}

// cutInside lets the client read a part of what has come: so many events and some
// bytes of the next one. It reports whether there were as many.
func (c *cell) cutInside(events, bytesOfNext int) bool {
	c.t.Helper()
	time.Sleep(time.Millisecond)
	raw := c.taken()
	if bytes.Count(raw, []byte("\n\n")) <= events {
		c.held.read(c.t, raw)
		return false
	}
	end := 0
	for range events {
		end += bytes.Index(raw[end:], []byte("\n\n")) + 2
	}
	c.held.read(c.t, raw[:min(end+bytesOfNext, len(raw))])
	_ = c.body.Close()
	c.wg.Wait()
	c.taken()
	return true
}

func (c *cell) device(id string) *sim.Device { return c.devices[c.hosts[id]+":8728"] }

// change changes every table of the router of a, in ways that do not need a session.
func (c *cell) change() {
	for id := range c.hosts {
		c.added++
		d := c.device(id)
		d.AddPPP(fmt.Sprint("ppp-", id, c.added))
		d.AddHotspot(fmt.Sprint("guest-", id, c.added))
		d.RemovePPP(fmt.Sprint("ppp-", id, c.added-2*len(c.hosts)))
	}
}

// configure changes tables that need a command.
func (c *cell) configure() {
	for id := range c.hosts {
		c.added++
		address := fmt.Sprint("192.168.77.", c.added)
		got := c.run(id, "/ip/arp/add", "=address="+address, "=interface=ether1", "=mac-address=02:00:00:00:00:01")
		require.Equal(c.t, http.StatusOK, got.Code, got.Body)
		got = c.run(id, "/ip/dhcp-server/lease/add", "=address="+address, "=mac-address=02:00:00:00:00:"+fmt.Sprintf("%02X", c.added))
		require.Equal(c.t, http.StatusOK, got.Code, got.Body)
	}
}

func (c *cell) rows(id string, words ...string) []map[string]any {
	got := c.run(id, words...)
	require.Equal(c.t, http.StatusOK, got.Code, got.Body)
	var rows []map[string]any
	require.NoError(c.t, json.Unmarshal(got.body.Data, &rows))
	return rows
}

// online are the users of a router.
func (c *cell) online(id string) map[string]bool {
	users := make(map[string]bool)
	for _, row := range c.rows(id, "/ppp/active/print") {
		users[row["name"].(string)] = true
	}
	for _, row := range c.rows(id, "/ip/hotspot/active/print") {
		users[row["user"].(string)] = true
	}
	return users
}

// begin notes where the log and the users are when the client has begun.
func (c *cell) begin() {
	for id := range c.hosts {
		c.past[id], c.begun[id] = nil, len(c.device(id).Log())
		c.were[id] = c.online(id)
	}
}

// reboot reboots the router of a, which takes its log.
func (c *cell) reboot() {
	for _, line := range c.device("a").Log()[c.begun["a"]:] {
		c.past["a"] = append(c.past["a"], line.Message)
	}
	c.begun["a"] = 0
	c.device("a").Reboot()
}

// check compares what the client holds with what the routers have.
func (c *cell) check(topics []string) {
	c.t.Helper()
	assert.Empty(c.t, c.held.unknown)
	for id := range c.hosts {
		if state, ok := c.held.states[id]; ok {
			assert.Equal(c.t, "up", state)
		}
		for _, topic := range topics {
			switch topic {
			case "log":
				c.checkLines(id)
			case "sessions":
				c.checkUsers(id)
			default:
				c.checkTable(id, topic)
			}
		}
	}
}

func (c *cell) checkTable(id, topic string) {
	c.t.Helper()
	list := menus[topic]
	short := func(row map[string]any) string {
		var b strings.Builder
		for _, field := range list[1:] {
			if v := row[field]; v != nil {
				fmt.Fprint(&b, field, "=", v, " ")
			}
		}
		return b.String()
	}
	want, got := make(map[string]string), make(map[string]string)
	for i, row := range c.rows(id, list[0]) {
		key, ok := row[".id"].(string)
		if !ok {
			key = fmt.Sprint(i)
		}
		want[key] = short(row)
	}
	if e := c.held.volume[id]; e != nil {
		for i, row := range asList(e[topic]) {
			key, ok := row.(map[string]any)[".id"].(string)
			if !ok {
				key = fmt.Sprint(i)
			}
			got[key] = short(row.(map[string]any))
		}
	}
	for key, row := range c.held.tables[id+"/"+topic] {
		got[key] = short(row)
	}
	assert.Equal(c.t, want, got, "%s of %s", topic, id)
}

func (c *cell) checkLines(id string) {
	c.t.Helper()
	all := slices.Clone(c.past[id])
	for _, line := range c.device(id).Log()[c.begun[id]:] {
		all = append(all, line.Message)
	}
	got := c.held.lines[id]
	if c.held.resets[id+"/log"] == 0 {
		assert.Equal(c.t, all, got, "the log of %s", id)
		return
	}
	if len(got) <= len(all) {
		assert.Equal(c.t, all[len(all)-len(got):], got, "the log of %s after the reset", id)
	} else {
		assert.Failf(c.t, "more lines than there are", "%s", got)
	}
	assert.NotEmpty(c.t, got)
}

func (c *cell) checkUsers(id string) {
	c.t.Helper()
	now := c.online(id)
	if c.held.resets[id+"/sessions"] == 0 {
		got := maps.Clone(c.were[id])
		maps.Copy(got, c.held.users[id])
		maps.DeleteFunc(got, func(_ string, up bool) bool { return !up })
		assert.Equal(c.t, now, got, "the users of %s", id)
		return
	}
	for name, up := range c.held.users[id] {
		assert.Equal(c.t, up, now[name], "%s of %s after the reset", name, id)
	}
	assert.NotEmpty(c.t, c.held.users[id])
}

// kindsOfStreams are queries and the topics that they have. Those of snapshots only are
// never told to reset.
var kindsOfStreams = map[string]struct {
	path   string
	topics []string
	told   bool
}{
	"combined":          {"/sse/a", []string{"hardware", "ppp_active", "hotspot_active"}, false},
	"snapshots":         {"/sse/a?topics=ppp_active", []string{"ppp_active"}, false},
	"changes":           {"/sse/a?topics=ppp_active&mode=delta", []string{"ppp_active"}, true},
	"volatile changes":  {"/sse/a?topics=interfaces,hotspot_active&mode=delta&volatile=1", []string{"interfaces", "hotspot_active"}, true},
	"queues":            {"/sse/a?topics=queues&mode=delta", []string{"queues"}, true},
	"leases and arp":    {"/sse/a?topics=dhcp_leases,arp&mode=delta", []string{"dhcp_leases", "arp"}, true},
	"users":             {"/sse/a?topics=sessions", []string{"sessions"}, true},
	"log":               {"/sse/a?topics=log", []string{"log"}, true},
	"many topics":       {"/sse/a?topics=log,sessions,ppp_active,hardware,arp&mode=delta", []string{"log", "sessions", "ppp_active", "hardware", "arp"}, true},
	"two routers":       {"/sse?router=a&router=b&topics=ppp_active,log&mode=delta", []string{"ppp_active", "log"}, true},
	"all routers":       {"/sse?router=*&topics=ppp_active,queues,sessions&mode=delta", []string{"ppp_active", "queues", "sessions"}, true},
	"all, all combined": {"/sse?router=*", []string{"hardware", "ppp_active", "hotspot_active"}, false},
}

// situations are what happens. Those that are away begin with a cut and end with the
// return of the client. After those that lose something for certain, clients of changes
// and of events have to be told.
var situations = map[string]struct {
	away, loses bool
	do          func(c *cell)
}{
	"cut for 1 s":    {true, false, func(c *cell) { c.while(time.Second) }},
	"cut for 10 s":   {true, false, func(c *cell) { c.while(10 * time.Second) }},
	"cut for 40 s":   {true, false, func(c *cell) { c.while(40 * time.Second) }},
	"cut for 3 min":  {true, false, func(c *cell) { c.while(3 * time.Minute) }},
	"a newcomer":     {true, false, func(c *cell) { c.held = newHolding(); c.begin() }},
	"rebooted":       {false, false, func(c *cell) { c.reboot(); c.while(time.Minute) }},
	"rebooted, away": {true, false, func(c *cell) { c.reboot(); c.while(10 * time.Second) }},
	"rebooted, away for longer": {true, false, func(c *cell) {
		c.reboot()
		c.while(50 * time.Second)
	}},
	"moved":       {false, true, func(c *cell) { c.move(); c.change(); c.configure() }},
	"moved, away": {true, true, func(c *cell) { time.Sleep(3 * time.Second); c.move(); c.while(6 * time.Second) }},
	"moved there and back, away": {true, true, func(c *cell) {
		c.move()
		c.while(4 * time.Second)
		c.hosts["a"] = "a.test"
		require.Equal(c.t, http.StatusOK, c.connect("a", "a.test").Code)
	}},
	"connected again, away": {true, true, func(c *cell) { c.disconnect(); c.change(); c.connect("a", c.hosts["a"]) }},
	"restarted":             {true, true, func(c *cell) { c.restartServer(); c.while(2 * time.Second) }},
	"restarted, later":      {true, true, func(c *cell) { c.restartServer(); c.while(2 * time.Minute) }},
	"restarted while it is down": {true, true, func(c *cell) {
		c.pipes = c.listen()
		c.open()
		c.reboot()
		time.Sleep(5 * time.Second)
		c.cut()
		assert.Equal(c.t, "down", c.held.states["a"])
		time.Sleep(time.Minute)
		c.restartServer()
	}},
	"connected again while it is down": {true, true, func(c *cell) {
		c.open()
		c.reboot()
		time.Sleep(5 * time.Second)
		c.cut()
		assert.Equal(c.t, "down", c.held.states["a"])
		c.disconnect()
		time.Sleep(time.Minute)
		c.connect("a", c.hosts["a"])
	}},
	"restarted, without its routers at first": {false, true, func(c *cell) {
		c.cut()
		c.restart()
		c.pipes = c.listen()
		if strings.Contains(c.path, "router=*") {
			c.open()
			time.Sleep(10 * time.Second)
		}
		for id, host := range c.hosts {
			require.Equal(c.t, http.StatusOK, c.connect(id, host).Code)
		}
		if !strings.Contains(c.path, "router=*") {
			c.open()
		}
	}},
	"connected again, for those who stay": {false, true, func(c *cell) {
		c.disconnect()
		c.change()
		time.Sleep(5 * time.Second)
		c.connect("a", c.hosts["a"])
		if !strings.Contains(c.path, "?router=") {
			c.cut()
			c.open()
		}
	}},
}

// while changes the routers in the middle of a time.
func (c *cell) while(d time.Duration) {
	time.Sleep(d / 2)
	c.change()
	if c.past["a"] == nil { // it is not down
		c.configure()
	}
	time.Sleep(d - d/2)
}

func (c *cell) disconnect() {
	require.Equal(c.t, http.StatusOK, c.json(http.MethodPost, "/disconnect", `{"router_id":"a"}`).Code)
}

// move has a stand for another router.
func (c *cell) move() {
	c.hosts["a"] = "other.test"
	c.past["a"], c.begun["a"] = nil, 0
	require.Equal(c.t, http.StatusOK, c.connect("a", "other.test").Code)
}

func (c *cell) restartServer() {
	c.restart()
	c.pipes = c.listen()
	for id, host := range c.hosts {
		require.Equal(c.t, http.StatusOK, c.connect(id, host).Code)
	}
}

// inCell runs a test with a client that watches the routers and has what they have.
func inCell(t *testing.T, path string, alone bool, test func(c *cell)) {
	synctest.Test(t, func(t *testing.T) {
		options := sim.Options{Personality: sim.HAP(), PPPUsers: 4, HotspotUsers: 3, Seed: 7, BootTime: 15 * time.Second}
		other := options
		other.PPPUsers, other.HotspotUsers, other.Seed = 6, 2, 8
		c := &cell{
			site: newSite(t, map[string]sim.Options{"a.test": options, "b.test": options, "other.test": other}), t: t, path: path,
			held: newHolding(), hosts: map[string]string{"a": "a.test"},
			past: make(map[string][]string), begun: make(map[string]int), were: make(map[string]map[string]bool),
		}
		if strings.HasPrefix(path, "/sse?") {
			c.hosts["b"] = "b.test"
		}
		for id, host := range c.hosts {
			require.Equal(t, http.StatusOK, c.connect(id, host).Code)
		}
		c.pipes = c.listen()
		if !alone { // somebody else watches the same all the time
			someone := &cell{site: c.site, t: t, path: path, pipes: c.pipes, held: newHolding()}
			someone.open()
			defer someone.cut()
		}
		c.open()
		time.Sleep(5 * time.Second)
		c.read()
		c.begin()
		c.change()
		c.configure()
		time.Sleep(12 * time.Second)
		c.read()
		test(c)
		c.cut()
	})
}

// Whatever happens to the client, to the router and to the server: what the client holds
// in the end is what the router has, or it was told to reset. Where the client was away,
// it is also cut again at each event of what it gets at its return.
func TestTheStreamNeverPretends(t *testing.T) {
	for kind, k := range kindsOfStreams {
		for situation, s := range situations {
			for alone, who := range map[bool]string{true: "alone", false: "with others"} {
				t.Run(kind+"/"+situation+"/"+who, func(t *testing.T) {
					t.Parallel()
					more := true
					for cut := 0; more && !t.Failed(); cut += max(1, cut) {
						more = false
						inCell(t, k.path, alone, func(c *cell) {
							if s.away {
								c.cut()
							}
							s.do(c)
							if s.away {
								c.open()
								if more = cut == 0 && !alone || cut > 0 && c.cutInside(cut-1, 13); more && cut > 0 {
									c.open()
								}
							}
							c.finish(k.topics)
							if s.loses && k.told {
								for _, topic := range k.topics {
									assert.Positive(t, c.held.resets["a/"+topic], topic)
								}
							}
						})
						if t.Failed() {
							t.Logf("cut after %d events", cut-1)
						}
					}
				})
			}
		}
	}
}

// finish waits until all is settled, changes something more and compares.
func (c *cell) finish(topics []string) {
	c.t.Helper()
	time.Sleep(15 * time.Second)
	if c.past["a"] != nil { // until there is a session again
		time.Sleep(2 * time.Minute)
	}
	c.read()
	c.change()
	c.configure()
	time.Sleep(12 * time.Second)
	c.read()
	c.check(topics)
	if strings.Contains(c.path, "volatile=1") { // every field counts
		fresh := &cell{site: c.site, t: c.t, path: c.path, pipes: c.pipes, held: newHolding()}
		fresh.open()
		fresh.cut()
		assert.Equal(c.t, fresh.held.tables, c.held.tables)
	}
}
