package poller_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// router answers prints from a script. It speaks the protocol at one end of a
// net.Pipe; a session at the other end is the Runner of the poller under test.
type router struct {
	conn    net.Conn
	session *routeros.Session
	wg      sync.WaitGroup // reader and answers

	mu     sync.Mutex
	writes sync.Mutex            // one sentence at a time; never held with mu
	tables map[string][][]string // the words of the rows, by menu
	trap   map[string]string     // instead of rows
	delay  map[string]time.Duration
	mute   bool                                 // answers nothing
	down   error                                // StartAll fails with it
	log    map[string]int                       // commands by path
	starts []time.Time                          // of StartAll
	sizes  []int                                // how many commands each had
	words  map[string]bool                      // sentences as they came, without the tag
	sent   []string                             // the same in order
	refuse func(command []string) (trap string) // instead of trap
	logins int
	login  chan struct{} // closed at the next login

	live    map[string]func() [][]string // instead of tables
	follows bool                         // takes listens
	listens map[string]string            // their tags, by menu
	silence func(cause error)            // told of FailIfSilent
}

// newRouter has one row of hardware and nobody logged in.
func newRouter(t *testing.T) *router {
	t.Helper()
	client, server := net.Pipe()
	r := &router{
		conn: server, tables: map[string][][]string{"/system/resource": {{"=uptime=1m", "=cpu-load=3"}}},
		trap: make(map[string]string), delay: make(map[string]time.Duration), log: make(map[string]int), words: make(map[string]bool),
		listens: make(map[string]string), login: make(chan struct{}), logins: 1,
	}
	r.wg.Go(r.serve)
	s, err := routeros.New(t.Context(), client, routeros.Credentials{User: "api"}, routeros.Options{MaxInFlight: 16})
	require.NoError(t, err)
	r.session = s
	t.Cleanup(func() {
		_ = s.Close()
		_ = server.Close()
		r.wg.Wait()
	})
	return r
}

// StartAll implements poller.Runner.
func (r *router) StartAll(ctx context.Context, commands ...routeros.Command) ([]*routeros.Call, error) {
	var down error
	r.set(func() {
		r.starts = append(r.starts, time.Now())
		r.sizes = append(r.sizes, len(commands))
		down = r.down
	})
	if down != nil {
		return nil, down
	}
	return r.session.StartAll(ctx, commands...)
}

// FailIfSilent implements poller.Runner. It is called by the loop alone.
func (r *router) FailIfSilent(_ time.Time, cause error) bool {
	r.silence(cause)
	return true
}

// Logins implements poller.Runner.
func (r *router) Logins() (n int, changed <-chan struct{}) {
	r.set(func() { n, changed = r.logins, r.login })
	return n, changed
}

// logIn is what the poller notices of a session that replaced a lost one.
func (r *router) logIn() {
	r.set(func() {
		r.logins++
		close(r.login)
		r.login = make(chan struct{})
	})
}

// set changes the router, or looks at it.
func (r *router) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// asked is how often each menu was printed.
func (r *router) asked(path string) (n int) {
	r.set(func() { n = r.log[path+"/print"] })
	return n
}

func (r *router) polls() (starts []time.Time) {
	r.set(func() { starts = slices.Clone(r.starts) })
	return starts
}

func (r *router) serve() {
	reader := proto.NewReader(r.conn, proto.Limits{})
	for {
		s, err := reader.Next()
		if err != nil {
			return
		}
		words, tag := s.Strings(), string(s.Tag())
		if strings.HasSuffix(words[0], "/listen") { // a refusal is not overtaken
			r.answer(words, tag)
			continue
		}
		r.wg.Go(func() { r.answer(words, tag) })
	}
}

func (r *router) answer(words []string, tag string) {
	if words[0] == "/login" {
		r.send(tag, "!done")
		return
	}
	path := strings.TrimSuffix(words[0], "/print")
	var rows [][]string
	var trap, cancelled string
	var delay time.Duration
	var mute, following bool
	r.set(func() {
		r.log[words[0]]++
		sentence := strings.Join(words[:len(words)-1], " ")
		r.words[sentence] = true
		r.sent = append(r.sent, sentence)
		rows, trap, delay, mute = r.tables[path], r.trap[path], r.delay[path], r.mute
		if r.refuse != nil {
			trap = r.refuse(words)
		}
		if live := r.live[path]; live != nil {
			rows = live()
		}
		if menu, ok := strings.CutSuffix(words[0], "/listen"); ok {
			if trap = "no such command"; r.follows {
				r.listens[menu] = tag
			}
		}
		if words[0] == "/cancel" {
			cancelled = strings.TrimPrefix(words[1], "=tag=")
			maps.DeleteFunc(r.listens, func(_, tag string) bool { return tag == cancelled })
		}
		following = slices.Contains(slices.Collect(maps.Values(r.listens)), tag)
	})
	if following {
		return
	}
	if cancelled != "" {
		r.send(cancelled, "!trap", "=category=2", "=message=interrupted")
		r.send(cancelled, "!done")
	}
	time.Sleep(delay)
	switch {
	case mute && words[0] != "/cancel":
		return
	case trap != "":
		r.send(tag, "!trap", "=message="+trap)
	case slices.Contains(words, "=count-only="):
		r.send(tag, "!done", fmt.Sprint("=ret=", len(rows)))
		return
	default:
		for _, row := range rows {
			r.send(tag, append([]string{"!re"}, listed(row, words)...)...)
		}
	}
	r.send(tag, "!done")
}

// listed are the fields of a row that a command asks for.
func listed(row, command []string) []string {
	for _, word := range command {
		if list, ok := strings.CutPrefix(word, "=.proplist="); ok {
			return slices.DeleteFunc(slices.Clone(row), func(field string) bool {
				name, _, _ := strings.Cut(field[1:], "=")
				return !slices.Contains(strings.Split(list, ","), name)
			})
		}
	}
	return row
}

// tell sends a row to whoever listens to a menu.
func (r *router) tell(menu string, words ...string) {
	var tag string
	r.set(func() { tag = r.listens[menu] })
	if tag != "" {
		r.send(tag, append([]string{"!re"}, words...)...)
	}
}

func (r *router) send(tag string, words ...string) {
	if tag != "" {
		words = append(words, ".tag="+tag)
	}
	r.writes.Lock()
	defer r.writes.Unlock()
	_, _ = r.conn.Write(proto.AppendSentence(nil, words...)) // nobody there any more
}

// screen takes what a device makes of the updates, and the updates themselves.
type screen struct {
	publisher *device.Publisher

	mu          sync.Mutex
	got         []published
	updates     []poller.Update
	silent      []error
	paused      []poller.Variant
	invalidated []poller.Variant
}

// published is one body; kind is snapshot, change (or none for a change of
// nothing), or line.
type published struct {
	at    time.Time
	track hub.Track
	kind  string
	body  string
	whole func() []byte
}

func newScreen() *screen {
	s := &screen{}
	s.publisher = device.NewPublisher(charset.Page{}, func(do func(device.Feed)) { do(s) })
	return s
}

// Update implements poller.Sink.
func (s *screen) Update(u poller.Update) {
	s.mu.Lock()
	switch u.Kind {
	case poller.Paused:
		s.paused = append(s.paused, u.Variant)
	case poller.Invalidated:
		s.invalidated = append(s.invalidated, u.Variant)
	}
	s.updates = append(s.updates, u)
	s.mu.Unlock()
	s.publisher.Update(u)
}

func (s *screen) add(p published) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.at = time.Now()
	s.got = append(s.got, p)
}

func (s *screen) Publish(track hub.Track, body []byte) {
	s.add(published{track: track, kind: "snapshot", body: string(body)})
}

func (s *screen) PublishChange(track hub.Track, change []byte, whole func() []byte) {
	kind := "change"
	if change == nil {
		kind = "none"
	}
	s.add(published{track: track, kind: kind, body: string(change), whole: whole})
}

func (s *screen) PublishLine(track hub.Track, body []byte) {
	s.add(published{track: track, kind: "line", body: string(body)})
}

func (*screen) Forget(hub.Track)     {}
func (*screen) Invalidate(hub.Track) {}

// all is what was published for a variant.
func (s *screen) all(v poller.Variant) []published {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.got), func(p published) bool { return p.track != device.TrackOf(v) })
}

// decode is a body as an object.
func decode(t *testing.T, body string) (m map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte("{"+body), &m), "%s", body)
	return m
}

// state is what a viewer knows who takes part from the first event on.
func state(t *testing.T, events []published) map[string]any {
	t.Helper()
	rows := make(map[string]any)
	for i, e := range events {
		body := e.body
		if i == 0 {
			body = string(e.whole())
		}
		if body == "" {
			continue
		}
		m := decode(t, body)
		if m["type"] == "snapshot" {
			clear(rows)
		}
		for _, field := range []string{"rows", "added", "changed"} {
			list, _ := m[field].([]any)
			for _, row := range list {
				rows[row.(map[string]any)[".id"].(string)] = row
			}
		}
		gone, _ := m["removed"].([]any)
		for _, id := range gone {
			delete(rows, id.(string))
		}
	}
	return rows
}

// in runs a test with a poller on a clock of its own.
func in(t *testing.T, opts poller.Options, test func(t *testing.T, p *poller.Poller, r *router, s *screen)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r, s := newRouter(t), newScreen()
		r.silence = func(cause error) { s.silent = append(s.silent, cause) }
		p := poller.New(r, s, "api@r:8728", opts)
		t.Cleanup(p.Close) // before the router's
		test(t, p, r, s)
	})
}

// rest lets time pass until nothing is under way.
func rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// variant is one of a topic that there is.
func variant(name string, delta, volatile bool) poller.Variant {
	t, ok := poller.Lookup(name)
	if !ok {
		panic("no topic " + name)
	}
	return t.Variant(delta, volatile)
}
