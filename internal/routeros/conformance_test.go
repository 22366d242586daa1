package routeros_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/sim"
)

// The tests of this file are about what every router does. They run against the
// simulator, or against the router that MIKRONEC_TEST_ROUTER names (host, or
// host:port), as MIKRONEC_TEST_USER with MIKRONEC_TEST_PASS. With
// MIKRONEC_TEST_TLS=insecure they speak TLS and take any certificate. A router of
// one's own is only read, unless MIKRONEC_TEST_WRITE=1.

// target is a router that the tests run against.
type target struct {
	addr  string
	login routeros.Credentials
	tls   routeros.TLS
	write bool // it may be changed
}

// targets are the routers to test, by name.
func targets(t *testing.T) map[string]target {
	t.Helper()
	if host := os.Getenv("MIKRONEC_TEST_ROUTER"); host != "" {
		return map[string]target{"router": realTarget(t, host)}
	}
	challenge := sim.HAP()
	challenge.Version, challenge.ChallengeLogin = "6.42.12", true
	list := make(map[string]target)
	for name, p := range map[string]sim.Personality{"RouterOS 6.42": challenge, "RouterOS 6.49": sim.HAP(), "RouterOS 7": sim.CCR2004()} {
		device := sim.New(sim.Options{Personality: p, User: api.User, Password: api.Password, PPPUsers: 30, HotspotUsers: 5})
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		var serving sync.WaitGroup
		serving.Go(func() { _ = device.Serve(listener) })
		t.Cleanup(func() { device.Close(); serving.Wait() })
		list[name] = target{addr: listener.Addr().String(), login: api, write: true}
	}
	return list
}

func realTarget(t *testing.T, host string) target {
	t.Helper()
	r := target{
		addr:  host,
		login: routeros.Credentials{User: os.Getenv("MIKRONEC_TEST_USER"), Password: os.Getenv("MIKRONEC_TEST_PASS")},
		write: os.Getenv("MIKRONEC_TEST_WRITE") == "1",
	}
	require.NotEmpty(t, r.login.User, "MIKRONEC_TEST_ROUTER needs MIKRONEC_TEST_USER, and MIKRONEC_TEST_PASS where there is a password")
	port := "8728"
	switch mode := os.Getenv("MIKRONEC_TEST_TLS"); mode {
	case "insecure":
		r.tls.Mode, port = routeros.Insecure, "8729"
	default:
		require.Empty(t, mode, "MIKRONEC_TEST_TLS is insecure or empty")
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		r.addr = net.JoinHostPort(strings.Trim(host, "[]"), port)
	}
	return r
}

// open logs in.
func (r target) open(t *testing.T) *routeros.Session {
	t.Helper()
	s, err := routeros.Dial(within(t, 20*time.Second), r.addr, r.tls, r.login, routeros.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// rows runs a command and returns its rows by attribute.
func rows(t *testing.T, s *routeros.Session, words ...string) (list []map[string]string) {
	t.Helper()
	reply, err := s.Run(within(t, 30*time.Second), words...)
	require.NoError(t, err, "%q", words)
	for sentence := range reply.Rows.All() {
		row := make(map[string]string)
		for name, value := range sentence.Attributes() {
			row[string(name)] = reply.Page.String(value)
		}
		list = append(list, row)
	}
	require.Len(t, list, reply.Len)
	return list
}

func TestConformance(t *testing.T) {
	tests := map[string]func(t *testing.T, r target){
		"login":                conformanceOfLogin,
		"rows":                 conformanceOfRows,
		"queries":              conformanceOfQueries,
		"refusals":             conformanceOfRefusals,
		"menus that are shown": conformanceOfMenus,
		"commands at a time":   conformanceOfTags,
		"cancel":               conformanceOfCancel,
		"streams":              conformanceOfStreams,
	}
	writing := map[string]func(t *testing.T, r target){
		"add, set, remove": conformanceOfChanges,
		"listen":           conformanceOfListen,
	}
	for name, r := range targets(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // a second of a stream each
			for name, test := range tests {
				t.Run(name, func(t *testing.T) { test(t, r) })
			}
			if !r.write {
				return
			}
			for name, test := range writing {
				t.Run(name, func(t *testing.T) { test(t, r) })
			}
		})
	}
}

func conformanceOfLogin(t *testing.T, r target) {
	wrong := r.login
	wrong.Password += "-wrong"
	_, err := routeros.Dial(within(t, 20*time.Second), r.addr, r.tls, wrong, routeros.Options{})
	refused := asType[*routeros.LoginError](t, err)
	assert.Contains(t, refused.Reason, "invalid user name or password")
	assert.NotContains(t, err.Error(), wrong.Password)

	one, two := r.open(t), r.open(t)
	for _, s := range []*routeros.Session{one, two} {
		assert.Len(t, rows(t, s, "/system/identity/print"), 1)
		assert.Equal(t, r.tls.Mode != routeros.Plain, s.Fingerprint() != "")
	}
	require.NoError(t, one.Close())
	assert.Len(t, rows(t, two, "/system/identity/print"), 1, "sessions do not touch each other")
}

func conformanceOfRows(t *testing.T, r target) {
	s := r.open(t)
	resource := rows(t, s, "/system/resource/print")
	require.Len(t, resource, 1)
	for _, field := range []string{"version", "board-name", "uptime", "cpu-load", "free-memory", "total-memory"} {
		assert.NotEmpty(t, resource[0][field], field)
	}
	for _, row := range rows(t, s, "/interface/print", "=.proplist=name,type") {
		assert.Len(t, row, 2, "no fields beyond the list: %v", row)
	}
	assert.NotEmpty(t, rows(t, s, "/log/print"))
}

func conformanceOfQueries(t *testing.T, r target) {
	s := r.open(t)
	all := rows(t, s, "/interface/print")
	require.NotEmpty(t, all)
	last := all[len(all)-1]
	assert.Len(t, rows(t, s, "/interface/print", "?name="+last["name"]), 1)
	found := rows(t, s, "/interface/print", "?.id="+last[".id"], "=.proplist=.id,name")
	require.Len(t, found, 1)
	assert.Equal(t, map[string]string{".id": last[".id"], "name": last["name"]}, found[0])
	assert.Empty(t, rows(t, s, "/interface/print", "?name=no-such-interface"), "with !empty or without")
	assert.Len(t, rows(t, s, "/interface/print", "?name=no-such-interface", "?name="+last["name"], "?#|"), 1)

	reply, err := s.Run(within(t, 30*time.Second), "/interface/print", "=count-only=")
	require.NoError(t, err)
	count, ok := reply.Ret()
	require.True(t, ok)
	assert.Equal(t, strconv.Itoa(len(all)), string(count))
}

func conformanceOfRefusals(t *testing.T, r target) {
	s := r.open(t)
	_, err := s.Run(within(t, 30*time.Second), "/no/such/menu/print")
	refused := asType[*routeros.TrapError](t, err)
	assert.True(t, refused.Missing(), "%+v", refused.Traps)
	_, err = s.Run(within(t, 30*time.Second), "/interface/monitor-traffic", "=interface=no-such-interface", "=once=")
	asType[*routeros.TrapError](t, err)
	assert.False(t, routeros.SafeToRetry(err))
	assert.Len(t, rows(t, s, "/system/identity/print"), 1, "the session goes on")
}

// conformanceOfMenus asks for what viewers are shown, field by field as the poller
// does. A menu may be missing, where a package is not installed.
func conformanceOfMenus(t *testing.T, r target) {
	s := r.open(t)
	for _, m := range []*menu.Menu{
		menu.Resource, menu.Identity, menu.Routerboard, menu.HotspotActive, menu.PPPActive, menu.Interface,
		menu.QueueSimple, menu.DHCPLease, menu.Log, menu.Health,
	} {
		words := []string{m.Print()}
		if len(m.Fields) > 0 {
			words = append(words, "=.proplist="+strings.Join(m.Fields, ","))
		}
		_, err := s.Run(within(t, 30*time.Second), words...)
		if err != nil {
			assert.True(t, asType[*routeros.TrapError](t, err).Missing(), "%s: %v", m.Path, err)
		}
	}
}

func conformanceOfTags(t *testing.T, r target) {
	s := r.open(t)
	interfaces := rows(t, s, "/interface/print", "=.proplist=.id,name")
	require.NotEmpty(t, interfaces)
	var callers sync.WaitGroup
	for i := range 40 {
		callers.Go(func() {
			want := interfaces[i%len(interfaces)]
			reply, err := s.Run(within(t, 30*time.Second), "/interface/print", "?.id="+want[".id"], "=.proplist=name")
			if !assert.NoError(t, err) || !assert.Equal(t, 1, reply.Len) {
				return
			}
			row, _ := reply.Rows.Cut()
			name, _ := row.Get("name")
			assert.Equal(t, want["name"], reply.Page.String(name), "the answer of another command")
		})
	}
	callers.Wait()
	assert.Zero(t, s.Load().InFlight+s.Load().Queued)
}

// conformanceOfCancel ends a command that goes on and on: the router lets go of it
// soon, and the session goes on.
func conformanceOfCancel(t *testing.T, r target) {
	s := r.open(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	calls, err := s.StartAll(ctx, routeros.Command{Words: []string{"/interface/listen"}, Class: routeros.Streaming})
	require.NoError(t, err)
	assert.Len(t, rows(t, s, "/system/identity/print"), 1, "a stream holds up nobody")
	cancel(errGaveUp)
	for err == nil {
		_, _, err = calls[0].Next(nil)
	}
	require.ErrorIs(t, err, errGaveUp)
	assert.Eventually(t, func() bool { return s.Load().Streams == 0 }, 10*time.Second, 10*time.Millisecond, "the router's last word")
	assert.Len(t, rows(t, s, "/system/identity/print"), 1)
}

func conformanceOfStreams(t *testing.T, r target) {
	s := r.open(t)
	name := rows(t, s, "/interface/print", "=.proplist=name")[0]["name"]
	calls, err := s.StartAll(within(t, 30*time.Second), routeros.Command{
		Words: []string{"/interface/monitor-traffic", "=interface=" + name}, Class: routeros.Streaming,
	})
	require.NoError(t, err)
	for n := 0; n < 2; { // about one a second
		batch, more, err := calls[0].Next(nil)
		require.NoError(t, err)
		n += more
		row, _ := batch.Cut()
		value, ok := row.Get("rx-bits-per-second")
		require.True(t, ok, "%q", row)
		_, err = strconv.ParseUint(string(value), 10, 64)
		require.NoError(t, err)
	}
	calls[0].Cancel(errGaveUp)
	assert.Eventually(t, func() bool { return s.Load().Streams == 0 }, 10*time.Second, 10*time.Millisecond)
}

// secret adds a disabled PPP secret and returns its id. It is removed at the end.
func secret(t *testing.T, s *routeros.Session, name string) (id string) {
	t.Helper()
	reply, err := s.Run(within(t, 30*time.Second), "/ppp/secret/add", "=name="+name, "=password=not-used", "=disabled=yes", "=comment=Kantor Ünïted")
	require.NoError(t, err)
	ret, ok := reply.Ret()
	require.True(t, ok, "the id of what was added")
	t.Cleanup(func() { // refused where the test has removed it
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
		defer cancel()
		_, _ = s.Run(ctx, "/ppp/secret/remove", "=.id="+string(ret))
	})
	return string(ret)
}

func conformanceOfChanges(t *testing.T, r target) {
	s := r.open(t)
	name := fmt.Sprintf("mikronec-test-%d", time.Now().UnixNano())
	id := secret(t, s, name)
	find := func() []map[string]string {
		return rows(t, s, "/ppp/secret/print", "?name="+name, "=.proplist=.id,name,disabled,comment")
	}
	assert.Equal(t, []map[string]string{{".id": id, "name": name, "disabled": "true", "comment": "Kantor Ünïted"}}, find())
	_, err := s.Run(within(t, 30*time.Second), "/ppp/secret/add", "=name="+name, "=disabled=yes")
	asType[*routeros.TrapError](t, err)

	rows(t, s, "/ppp/secret/set", "=.id="+id, "=comment=b=c")
	assert.Equal(t, "b=c", find()[0]["comment"])
	rows(t, s, "/ppp/secret/remove", "=.id="+id)
	assert.Empty(t, find())
	_, err = s.Run(within(t, 30*time.Second), "/ppp/secret/remove", "=.id="+id)
	assert.ErrorContains(t, asType[*routeros.TrapError](t, err), "no such item")
}

func conformanceOfListen(t *testing.T, r target) {
	s := r.open(t)
	calls, err := s.StartAll(within(t, 30*time.Second), routeros.Command{
		Words: []string{"/ppp/secret/listen"}, Class: routeros.Streaming,
	})
	require.NoError(t, err)
	defer calls[0].Cancel(errGaveUp)
	id := secret(t, s, fmt.Sprintf("mikronec-test-%d", time.Now().UnixNano()))
	sees := func(field string) {
		t.Helper()
		for {
			batch, _, err := calls[0].Next(nil)
			require.NoError(t, err)
			for row := range batch.All() {
				got, _ := row.Get(".id")
				if v, ok := row.Get(field); string(got) == id && ok && !strings.HasPrefix(string(v), "Kantor") {
					return
				}
			}
		}
	}
	// Commands run at the same time, so nothing says when the router listens: it is
	// changed again and again until that shows.
	listening, changing := make(chan struct{}), sync.WaitGroup{}
	changing.Go(func() {
		for n := 0; ; n++ {
			_, err := s.Run(within(t, 30*time.Second), "/ppp/secret/set", "=.id="+id, fmt.Sprintf("=comment=change-%d", n))
			assert.NoError(t, err)
			select {
			case <-time.After(100 * time.Millisecond):
			case <-listening:
				return
			}
		}
	})
	sees("comment")
	close(listening)
	changing.Wait()
	rows(t, s, "/ppp/secret/remove", "=.id="+id)
	sees(".dead")
}
