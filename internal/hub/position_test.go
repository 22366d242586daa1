package hub_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
)

// ids publishes events of a router and returns the ids that its viewer gets; between two of
// them so many events come to a router that the viewer cannot see.
func ids(t *testing.T, h *hub.Hub, n int, hidden func(i int) int) []string {
	t.Helper()
	seen, unseen := open(h, "seen"), open(h, "unseen")
	s := h.Subscribe(on(seen, lines))
	var list []string
	for i := range n {
		for j := range hidden(i) {
			unseen.PublishLine(lines, body(j))
		}
		seen.PublishLine(lines, body(i))
		for _, e := range take(t, s) {
			list = append(list, id(e))
		}
	}
	require.Len(t, list, n)
	return list
}

// common is how many places of two ids have the same character.
func common(a, b string) (n int) {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			n++
		}
	}
	return n
}

// Whatever happens at routers that a viewer cannot see: ids have one length, and what two of
// them have in common is what random text has, 0.58 characters of 22 on average: the last one has only two bits.
func TestIDsSayNothing(t *testing.T) {
	const n = 400
	for name, hidden := range map[string]func(int) int{
		"hidden routers are silent":  func(int) int { return 0 },
		"as much as here":            func(int) int { return 1 },
		"more and more":              func(i int) int { return i },
		"from one digit to the next": func(int) int { return 9 },
		"only in the second half":    func(i int) int { return i / (n / 2) * 50 },
		"many, and a little later":   func(i int) int { return []int{0, 100_000}[min(1, i/(n-1))] },
	} {
		t.Run(name, func(t *testing.T) {
			list := ids(t, hub.New(), n, hidden)
			met := make(map[string]bool)
			same, firsts := 0, make(map[byte]bool)
			for i, id := range list {
				assert.Len(t, id, 22)
				assert.False(t, met[id], "an id twice")
				met[id] = true
				firsts[id[0]] = true
				if i > 0 {
					same += common(list[i-1], id)
					assert.LessOrEqual(t, common(list[i-1], id), 8)
				}
			}
			assert.Less(t, float64(same)/float64(n-1), 0.8, "characters that neighbours have in common")
			assert.Greater(t, len(firsts), 32, "first characters")
		})
	}
}

// Two hubs, also with the same secret, have no id in common: their epochs differ.
func TestIDsOfTwoProcesses(t *testing.T) {
	none := func(int) int { return 0 }
	secret := hub.NewSealer([]byte("the secret of two instances"))
	for name, hubs := range map[string][2]*hub.Hub{
		"random keys":      {hub.New(), hub.New()},
		"the same secret":  {hub.NewSealed(secret), hub.NewSealed(secret)},
		"and made again":   {hub.NewSealed(secret), hub.NewSealed(hub.NewSealer([]byte("the secret of two instances")))},
		"different secret": {hub.NewSealed(secret), hub.NewSealed(hub.NewSealer([]byte("another secret")))},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := ids(t, hubs[0], 50, none), ids(t, hubs[1], 50, none)
			for i := range a {
				assert.NotContains(t, b, a[i])
				assert.LessOrEqual(t, common(a[i], b[i]), 8)
			}
		})
	}
}

// A position goes to an id and back with the secret, and with no other.
func TestSealer(t *testing.T) {
	s, other := hub.NewSealer([]byte("secret")), hub.NewSealer([]byte("Secret"))
	for _, p := range []hub.Position{{}, {Sequence: 1}, {Epoch: 1}, {1<<64 - 1, 1<<64 - 1}, {0x123456789abcdef0, 42}} {
		id := s.Seal(p)
		assert.Len(t, id, 22)
		got, ok := s.Open(id)
		assert.True(t, ok)
		assert.Equal(t, p, got)
		got, ok = hub.NewSealer([]byte("secret")).Open(id)
		assert.True(t, ok, "any instance with the secret")
		assert.Equal(t, p, got)
		got, _ = other.Open(id)
		assert.NotEqual(t, p, got)
		got, _ = hub.NewSealer(nil).Open(id)
		assert.NotEqual(t, p, got)
		for name, wrong := range map[string]string{
			"cut off": id[:21], "longer": id + "A", "empty": "", "padded": id + "==", "line break": id[:10] + "\n" + id[10:],
			"line break at the end": id + "\n", "within the length": id[:20] + "\r\n", "another alphabet": id[:5] + "+" + id[6:], "not ASCII": id[:20] + "é",
			"other unused bits": id[:21] + string(id[21]+1),
		} {
			_, ok := s.Open(wrong)
			assert.False(t, ok, name)
		}
	}
}

// Who returns with an id that is not one of this hub is told to begin again, whatever the
// id looks like; an id that was shortened or changed at any place is not one.
func TestForgedIDs(t *testing.T) {
	h := hub.New()
	f := open(h, "a")
	s := h.Subscribe(on(f, changes))
	for n := range 5 {
		f.PublishChange(changes, body(n), state(n))
	}
	events := take(t, s)
	last := id(events[len(events)-1])
	f.PublishChange(changes, body(5), state(5))
	back := func(id string) []string {
		q := on(f, changes)
		q.LastEventID = id
		s := h.Subscribe(q)
		defer s.Close()
		return data(t, s)
	}
	assert.Equal(t, []string{`{"router_id":"a","n":5}`}, back(last), "the id itself")

	forged := map[string]string{
		"of before": "AAAAAAAA-3", "a number": "3", "zeros": strings.Repeat("A", 22), "ones": strings.Repeat("_", 21) + "w",
		"in lower case": strings.ToLower(last) + "-", "twice": last + last, "quoted": `"` + last + `"`,
		"of another process": ids(t, hub.New(), 1, func(int) int { return 0 })[0],
		"of the future":      hub.NewSealer(nil).Seal(hub.Position{Sequence: 1}),
	}
	for i := range last {
		forged[fmt.Sprint("cut to ", i)] = last[:i]
		c := byte('A')
		if last[i] == c {
			c = 'Q'
		}
		forged[fmt.Sprint("changed at ", i)] = last[:i] + string(c) + last[i+1:]
	}
	delete(forged, "cut to 0") // is a newcomer
	for name, id := range forged {
		assert.Equal(t, []string{`reset {"router_id":"a","topic":"ppp_active"}`, `{"router_id":"a","whole":5}`}, back(id), name)
	}
}

// A position that the hub has not reached yet is not its own, even with the right secret:
// a process of before may have had it.
func TestAnIDOfTheFuture(t *testing.T) {
	secret := hub.NewSealer([]byte("secret"))
	h := hub.NewSealed(secret)
	f := open(h, "a")
	s := h.Subscribe(on(f, changes))
	f.PublishChange(changes, body(1), state(1))
	p, ok := secret.Open(id(take(t, s)[0]))
	require.True(t, ok)
	for ahead, told := range map[uint64]bool{0: false, 1: true, 1 << 40: true} {
		q := on(f, changes)
		q.LastEventID = secret.Seal(hub.Position{Epoch: p.Epoch, Sequence: p.Sequence + ahead})
		assert.Equal(t, told, len(data(t, h.Subscribe(q))) > 0, "%d ahead", ahead)
	}
	q := on(f, changes)
	q.LastEventID = secret.Seal(hub.Position{Epoch: p.Epoch + 1, Sequence: p.Sequence})
	assert.NotEmpty(t, data(t, h.Subscribe(q)), "another epoch")
}

// An id can stand in a header, in a URL and in JSON as it is.
func TestIDsNeedNoEscaping(t *testing.T) {
	for _, id := range ids(t, hub.New(), 200, func(int) int { return 3 }) {
		assert.Equal(t, id, url.QueryEscape(id))
		assert.Equal(t, id, url.PathEscape(id))
		quoted, err := json.Marshal(id)
		require.NoError(t, err)
		assert.Equal(t, `"`+id+`"`, string(quoted))
		header := http.Header{}
		header.Set("Last-Event-ID", id)
		var text strings.Builder
		require.NoError(t, header.Write(&text))
		assert.Equal(t, "Last-Event-Id: "+id+"\r\n", text.String())
	}
}

func BenchmarkSeal(b *testing.B) {
	s, p := hub.NewSealer(nil), hub.Position{Epoch: 1}
	b.ReportAllocs()
	for b.Loop() {
		p.Sequence++
		s.Seal(p)
	}
}

func BenchmarkFrame(b *testing.B) {
	h := hub.New()
	f := open(h, "a")
	s := h.Subscribe(on(f, lines))
	line := []byte(`"topic":"sessions","type":"up","name":"0811"}`)
	b.ReportAllocs()
	for b.Loop() {
		f.PublishLine(lines, line)
		events, _ := s.Take()
		events[0].Frame()
	}
}
