package sim_test

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/sim"
)

// client is a bare client: it writes words and reads sentences.
type client struct {
	t    *testing.T
	conn net.Conn
	r    *proto.Reader
}

// dial connects to the device over a pipe. Device and pipe end with the test.
func dial(t *testing.T, d *sim.Device) *client {
	t.Helper()
	ours, theirs := net.Pipe()
	over := make(chan struct{})
	go func() { defer close(over); d.ServeConn(theirs) }()
	t.Cleanup(func() { _ = ours.Close(); <-over })
	return &client{t, ours, proto.NewReader(ours, proto.Limits{})}
}

// login connects and logs in as admin without a password.
func login(t *testing.T, d *sim.Device) *client {
	t.Helper()
	c := dial(t, d)
	c.send("/login", "=name=admin", "=password=")
	c.wants("!done")
	return c
}

func (c *client) send(words ...string) {
	c.t.Helper()
	_, err := c.conn.Write(proto.AppendSentence(nil, words...))
	require.NoError(c.t, err)
}

// next reads one sentence as its words joined by spaces.
func (c *client) next() string {
	c.t.Helper()
	s, err := c.r.Next()
	require.NoError(c.t, err)
	return strings.Join(s.Strings(), " ")
}

func (c *client) wants(sentences ...string) {
	c.t.Helper()
	for _, want := range sentences {
		require.Equal(c.t, want, c.next())
	}
}

// wantsEnd expects the connection to be over.
func (c *client) wantsEnd() {
	c.t.Helper()
	_, err := c.r.Next()
	require.Error(c.t, err)
}

// run sends a command and returns its sentences up to and with !done.
func (c *client) run(words ...string) []reply {
	c.t.Helper()
	c.send(words...)
	return c.collect()
}

func (c *client) collect() []reply {
	c.t.Helper()
	var all []reply
	for {
		s, err := c.r.Next()
		require.NoError(c.t, err)
		r := reply{word: string(s.Name()), tag: string(s.Tag()), attrs: map[string]string{}}
		for name, value := range s.Attributes() {
			r.attrs[string(name)] = string(value)
		}
		all = append(all, r)
		if r.word == "!done" {
			return all
		}
	}
}

// rows runs a command that must succeed and returns its !re sentences.
func (c *client) rows(words ...string) []map[string]string {
	c.t.Helper()
	var rows []map[string]string
	for _, r := range c.run(words...) {
		require.NotEqual(c.t, "!trap", r.word, "%v: %v", words, r.attrs)
		if r.word == "!re" {
			rows = append(rows, r.attrs)
		}
	}
	return rows
}

// refused runs a command that must fail and returns the text of the first trap.
func (c *client) refused(words ...string) string {
	c.t.Helper()
	r := c.run(words...)
	require.Equal(c.t, "!trap", r[0].word, "%v", words)
	return r[0].attrs["message"]
}

type reply struct {
	word, tag string
	attrs     map[string]string
}

// in runs f in a bubble with a device that is closed at the end.
func in(t *testing.T, o sim.Options, f func(t *testing.T, d *sim.Device)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := sim.New(o)
		t.Cleanup(d.Close)
		f(t, d)
	})
}

// every personality by name.
func personalities() map[string]sim.Personality {
	return map[string]sim.Personality{"hap": sim.HAP(), "hex": sim.HEX(), "ccr2004": sim.CCR2004(), "chr": sim.CHR()}
}

func TestSentencesInPiecesAndLongWords(t *testing.T) {
	password := strings.Repeat("p", 256) // a word whose length has the byte 0x00 in it
	password = password[:256-len("=password=")]
	in(t, sim.Options{Password: password}, func(t *testing.T, d *sim.Device) {
		c := dial(t, d)
		wire := proto.AppendSentence(nil, "/login", "=name=admin", "=password="+password)
		for i := range wire {
			_, err := c.conn.Write(wire[i : i+1])
			require.NoError(t, err)
		}
		c.wants("!done")
		for _, n := range []int{0x7F, 0x80, 0x3FFF, 0x4000, 0x20000} {
			comment := strings.Repeat("c", n)
			c.rows("/interface/set", "=.id=ether2", "=comment="+comment)
			require.Equal(t, comment, c.rows("/interface/print", "?name=ether2")[0]["comment"])
		}
	})
}

func TestHiddenMenusDoNotDisturb(t *testing.T) {
	missing := []string{"/ip/hotspot", "/ppp", "/log", "/user"}
	in(t, sim.Options{Missing: missing, PPPUsers: 5, HotspotUsers: 5}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		require.Empty(t, d.AddPPP("anna"))
		require.Empty(t, d.AddHotspot("anna"))
		require.Empty(t, c.rows("/interface/print", "?dynamic=true"))
		require.Empty(t, c.rows("/queue/simple/print", "?dynamic=true"))
		for _, path := range missing {
			require.Contains(t, c.refused(path+"/active/print"), "no such command or directory")
		}
		d.Reboot()
		login(t, d)
	})
}
