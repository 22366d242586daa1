package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/openapi"
	"github.com/aprakasa/mikronec/internal/sim"
)

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
	// earlier are the lines before, of which a client gets the last ones.
	earlier map[string][]string
	added   int
	checked bool // each event is held against the API document; it takes long, so those of one in ten cells are
}

// open opens a stream that continues what the client holds.
func (c *cell) open() {
	c.t.Helper()
	client := c.pipes.client(c.t, &http.Transport{DisableKeepAlives: true, DisableCompression: true})
	if !c.checked {
		client.Transport = client.Transport.(*openapi.Transport).RoundTripper
	}
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
		buf := make([]byte, 8<<10)
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
	c.hangUp()
}

// hangUp closes the stream; nobody reads what has come.
func (c *cell) hangUp() {
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
	c.hangUp()
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
	c.earlier = make(map[string][]string)
	for id := range c.hosts {
		log := c.device(id).Log()
		c.past[id], c.begun[id] = nil, len(log)
		for _, line := range log {
			c.earlier[id] = append(c.earlier[id], line.Message)
		}
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
	if text := c.held.volume[id]; text != "" {
		var e map[string]any
		require.NoError(c.t, json.Unmarshal([]byte(text), &e), text)
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
	got, earlier := c.held.lines[id], c.earlier[id]
	if more := len(got) - len(all); more > 0 && more <= len(earlier) && slices.Equal(got[:more], earlier[len(earlier)-more:]) {
		got = got[more:]
	}
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
			checked: alone, held: newHolding(), hosts: map[string]string{"a": "a.test"},
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
			defer someone.hangUp() // what comes is what the client gets, too
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

// finish waits until all is settled, changes something more and compares.
func (c *cell) finish(topics []string) {
	c.t.Helper()
	time.Sleep(15 * time.Second)
	if c.past["a"] != nil { // it rebooted
		for range 120 {
			if c.device("a").Stats().Sessions > 0 {
				break
			}
			time.Sleep(time.Second)
		}
		time.Sleep(15 * time.Second)
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
