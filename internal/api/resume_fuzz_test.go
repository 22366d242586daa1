package api_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// life is a cell to which things happen in any order.
type life struct {
	*cell
	open  bool
	fresh bool                 // the client has begun and not arrived
	up    map[string]time.Time // until then a router boots, by host
	story []string
}

const boot = 16 * time.Second // a second more than the routers of a cell take

// deeds are what can happen; each takes an argument. Those that need a router that is up wait
// for it, as an operator would.
var deeds = []struct {
	name string
	do   func(l *life, arg byte)
}{
	{"wait", func(_ *life, arg byte) { time.Sleep(pauses[int(arg)%len(pauses)]) }},
	{"users", func(l *life, _ byte) { l.change() }},
	{"rows", func(l *life, _ byte) {
		l.settle()
		l.configure()
	}},
	{"cut", func(l *life, _ byte) { l.leave() }},
	{"return", func(l *life, _ byte) { l.enter() }},
	{"return and cut inside", func(l *life, arg byte) { // after so many events and some bytes
		l.enter()
		l.open = !l.cutInside(int(arg>>4), int(arg&15)*3)
	}},
	{"lost session", func(l *life, _ byte) { l.device("a").DropSessions() }},
	{"reboot", func(l *life, _ byte) {
		l.reboot()
		l.up[l.hosts["a"]] = time.Now().Add(boot)
	}},
	{"move", func(l *life, _ byte) {
		l.moveTo(map[string]string{"a.test": "other.test", "other.test": "a.test"}[l.hosts["a"]])
	}},
	{"connect again", func(l *life, arg byte) {
		l.awaitUp(l.hosts["a"])
		if !strings.Contains(l.path, "?router=") {
			l.leave() // its stream ends
		}
		l.disconnect()
		time.Sleep(pauses[int(arg)%len(pauses)])
		require.Equal(l.t, http.StatusOK, l.connect("a", l.hosts["a"]).Code)
	}},
	{"restart", func(l *life, arg byte) {
		for _, host := range l.hosts {
			l.awaitUp(host)
		}
		l.leave()
		time.Sleep(pauses[int(arg)%len(pauses)])
		l.restartServer()
	}},
	{"a newcomer", func(l *life, _ byte) {
		l.leave()
		l.held.lastID = ""
		l.enter()
	}},
}

var pauses = []time.Duration{0, 10 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second, 6 * time.Second, 12 * time.Second, 40 * time.Second, 3 * time.Minute}

func (l *life) leave() {
	if l.open {
		l.open = false
		l.cut()
	}
}

// enter opens the stream. A client without an id begins again, whatever it got.
func (l *life) enter() {
	if l.open {
		return
	}
	if l.held.lastID == "" {
		l.settle()
		l.held, l.fresh = newHolding(), true
	}
	l.open = true
	l.cell.open()
}

// arrive has a new client see what there is. Nobody promises it a line, or a user who comes,
// before the first reading; after a lost session, that takes some seconds.
func (l *life) arrive() {
	if !l.open || !l.fresh {
		return
	}
	l.settle()
	time.Sleep(20 * time.Second)
	l.read()
	l.fresh = false
	clear(l.held.lines)
	clear(l.held.users)
	l.begin()
}

func (l *life) awaitUp(host string) { time.Sleep(time.Until(l.up[host])) }

// settle waits until the routers answer.
func (l *life) settle() {
	for id, host := range l.hosts {
		l.awaitUp(host)
		for range 180 {
			if l.run(id, "/system/identity/print").Code == http.StatusOK {
				break
			}
			time.Sleep(time.Second)
		}
	}
}

func (l *life) moveTo(host string) {
	l.awaitUp(host)
	l.hosts["a"], l.past["a"], l.begun["a"] = host, nil, 0
	require.Equal(l.t, http.StatusOK, l.connect("a", host).Code)
}

// FuzzResume has clients cut, reconnect, and return while routers lose their sessions,
// reboot and move and the server restarts, in any order: in the end the client's table is
// that of the router, or the client was told to reset. The first two bytes choose the stream
// and whether somebody else watches the same, each further pair is a deed.
func FuzzResume(f *testing.F) {
	named := func(name string) byte {
		for i, deed := range deeds {
			if deed.name == name {
				return byte(i)
			}
		}
		panic(name)
	}
	for i, story := range [][]string{
		{"cut", "users", "rows", "return"}, {"cut", "reboot", "return", "users"}, {"move", "cut", "move", "return and cut inside"},
		{"reboot", "cut", "wait", "return"}, {"restart", "users", "return"}, {"lost session", "users", "cut", "connect again", "return"},
		{"cut", "restart", "return and cut inside", "reboot", "return and cut inside"}, {"users", "lost session", "rows", "reboot", "move"},
		{"a newcomer", "users", "cut", "lost session", "return", "rows"}, {"connect again", "move", "connect again", "return"},
		{"reboot", "lost session", "users", "reboot", "cut", "return"}, {"cut", "users", "return and cut inside", "users", "return and cut inside", "rows"},
	} {
		input := []byte{byte(i), byte(i)}
		for n, name := range story {
			input = append(input, named(name), byte(37*(i+n)))
		}
		f.Add(input)
	}
	chance := rand.New(rand.NewPCG(16, 9))
	for range 12 { // longer than what a fuzzer comes to by itself
		input := make([]byte, mostOfALife)
		for i := range input {
			input[i] = byte(chance.IntN(256))
		}
		f.Add(input)
	}
	f.Fuzz(live)
}

const mostOfALife = 2 + 2*14 // bytes; each deed may take minutes of simulated time

// live has the deeds of an input happen and compares.
func live(t *testing.T, input []byte) {
	if len(input) < 4 || len(input) > mostOfALife {
		return
	}
	name := kindNames[int(input[0])%len(kindNames)]
	kind := kindsOfStreams[name]
	inCell(t, kind.path, input[1]%2 == 0, func(c *cell) {
		l := &life{cell: c, open: true, up: make(map[string]time.Time), story: []string{name}}
		for i := 2; i+1 < len(input); i += 2 {
			deed := deeds[int(input[i])%len(deeds)]
			l.arrive()
			l.story = append(l.story, fmt.Sprintf("%s %d", deed.name, input[i+1]))
			deed.do(l, input[i+1])
		}
		l.enter()
		l.arrive()
		l.settle()
		l.finish(kind.topics)
		if t.Failed() {
			t.Logf("%q", l.story)
		}
	})
}

var kindNames = slices.Sorted(maps.Keys(kindsOfStreams))
