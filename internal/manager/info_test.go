package manager_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

func info(t *testing.T, m *manager.Manager, id string) map[string]any {
	t.Helper()
	b, err := m.Info(t.Context(), id)
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(b, &fields))
	for name := range fields {
		assert.Equal(t, 1, strings.Count(string(b), `"`+name+`":`), "fields of several menus are there once: %s", name)
	}
	return fields
}

func TestInfo(t *testing.T) {
	for name, tc := range map[string]struct {
		device   sim.Personality
		model    any // of /system/routerboard
		mhz      any
		noBoard  string // why there is no routerboard
		identity string
	}{
		"a board":         {device: sim.HEX(), model: "RB750Gr3", mhz: 880.0, identity: "Kantor Pusat"},
		"no frequency":    {device: sim.CCR2004(), model: "CCR2004-16G-2S+", identity: "name \"in\"\nquotes"},
		"no routerboard":  {device: sim.CHR(), mhz: 2200.0, noBoard: "no such command", identity: "\xff"},
		"RouterOS 6, tag": {device: sim.HAP(), model: "RB952Ui-5ac2nD", mhz: 650.0, identity: "0811"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := sim.New(sim.Options{Personality: tc.device, User: "api", Password: "secret", Identity: tc.identity, Latency: time.Second})
				m := simulated(t, poller.Options{}, map[string]*sim.Device{"r:8728": d})
				connect(t, m, "a", "r:8728")
				began := time.Now()
				fields := info(t, m, "a")
				assert.Equal(t, time.Second, time.Since(began), "one round trip for all menus")
				assert.Equal(t, "a", fields["router_id"])
				identity := tc.identity
				if identity == "\xff" {
					identity = "ÿ"
				}
				assert.Equal(t, identity, fields["identity"])
				assert.Equal(t, tc.device.Board, fields["board-name"])
				assert.Equal(t, tc.model, fields["model"])
				assert.Equal(t, tc.mhz, fields["cpu-frequency"])
				assert.IsType(t, 0.0, fields["total-memory"])
				assert.IsType(t, "", fields["uptime"])
				assert.IsType(t, 0.0, fields["uptime-seconds"])
				if tc.noBoard == "" {
					assert.NotContains(t, fields, "errors")
					assert.Equal(t, true, fields["routerboard"])
					return
				}
				assert.Contains(t, fields["errors"].(map[string]any)["routerboard"], tc.noBoard)
			})
		})
	}
}

func TestInfoFailsOnlyAsAWhole(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		connect(t, m, "a", "r:8728")
		refuse := sim.Fault{Kind: sim.Trap, Text: "not enough permissions (9)", Count: 1}
		for _, path := range []string{"/system/resource/print", "/system/identity/print"} {
			refuse.Path = path
			r.Inject(refuse)
		}
		fields := info(t, m, "a")
		assert.Equal(t, map[string]any{"resource": refuse.Text, "identity": refuse.Text}, fields["errors"])
		assert.Equal(t, "CCR2004-16G-2S+", fields["model"])

		refuse.Path, refuse.Count = "", 3
		r.Inject(refuse)
		_, err := m.Info(t.Context(), "a")
		assert.Equal(t, manager.CodeRefused, manager.CodeOf(err))

		r.Inject(sim.Fault{Kind: sim.HangUp, Count: 1})
		_, err = m.Info(t.Context(), "a")
		assert.Equal(t, manager.CodeUnreachable, manager.CodeOf(err))
	})
}

func TestListAndGet(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		assert.Equal(t, []manager.Router{}, m.List(), "an empty list, not null")
		connect(t, m, "b", "r:8728")
		connect(t, m, "a", "r:8728")
		up := time.Now().Unix()
		view := open(t, m, watch("b"))
		view.named("")
		time.Sleep(10*time.Second + time.Millisecond)
		synctest.Wait()

		want := manager.Router{
			RouterID: "a", Host: "r:8728", User: "api", State: "up", Since: up, SharedWith: []string{"b"}, Logins: 1,
			Polling: true, IntervalMS: 2000, Budget: manager.Budget{MaxInFlight: 4, MaxStreams: 8, MaxQueued: 256},
		}
		list := m.List()
		require.Len(t, list, 2)
		poll := list[0].LastPoll
		require.NotNil(t, poll)
		assert.InDelta(t, 5.5, poll.Polls, 1)
		assert.InDelta(t, time.Now().Unix(), poll.TS, 2)
		assert.Zero(t, poll.Skipped)
		assert.Empty(t, poll.Error)
		assert.Nil(t, poll.Topics)
		list[0].LastPoll = nil
		assert.Equal(t, want, list[0])
		want.RouterID, want.SharedWith, want.Viewers, want.LastPoll = "b", []string{"a"}, 1, poll
		assert.Equal(t, want, list[1])
		one, err := m.Get("b")
		require.NoError(t, err)
		assert.Equal(t, list[1], one)

		r.Inject(sim.Fault{Kind: sim.Trap, Path: "/ppp/active/print", Text: "not enough permissions (9)"})
		time.Sleep(2 * time.Second)
		one, err = m.Get("b")
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"ppp_active": "not enough permissions (9)"}, one.LastPoll.Topics)

		r.Inject(sim.Fault{Kind: sim.ResetAtLogin})
		lost := time.Now().Unix()
		r.DropSessions()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		for _, router := range m.List() {
			assert.Contains(t, []string{"down", "connecting"}, router.State)
			assert.Equal(t, lost, router.Since)
			assert.Equal(t, manager.CodeUnreachable, router.Code)
			assert.Contains(t, router.Error, "login: the router closed the connection")
			assert.Contains(t, router.LastPoll.Error, "next attempt in")
			assert.NotZero(t, router.NextAttempt)
			encoded, err := json.Marshal(router)
			require.NoError(t, err)
			assert.NotContains(t, string(encoded), "secret")
		}
	})
}

func TestARouterToldToGoDownHasDoneWhatItWasTold(t *testing.T) {
	for _, path := range []string{"/system/reboot", "/system/shutdown", "/System reboot"} {
		t.Run(path, func(t *testing.T) {
			in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
				connect(t, m, "a", "r:8728")
				r.Inject(sim.Fault{Kind: sim.HangUp, Path: path, Count: 1})
				reply, err := m.Run(t.Context(), "a", []string{path})
				require.NoError(t, err)
				assert.Zero(t, reply.Len)

				r.Inject(sim.Fault{Kind: sim.ResetAtLogin})
				r.DropSessions()
				time.Sleep(time.Hour)
				_, err = m.Run(t.Context(), "a", []string{path})
				assert.Equal(t, manager.CodeUnreachable, manager.CodeOf(err), "it was never told")
			})
		})
	}
}

// A reboot that still waits for its turn when the session is lost was not done:
// it goes to the next session, and fails where there is none.
func TestARebootThatWasNotSentIsNotReportedAsDone(t *testing.T) {
	for name, returns := range map[string]bool{"the router returns": true, "it stays away": false} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
				connect(t, m, "a", "r:8728")
				r.Inject(sim.Fault{Kind: sim.Slow, Path: "/ping", Delay: time.Hour})
				r.Inject(sim.Fault{Kind: sim.HangUp, Path: "/system/reboot", Count: 1})
				var wg sync.WaitGroup
				for range 4 { // as many as may be in flight
					wg.Go(func() {
						_, err := m.Run(t.Context(), "a", []string{"/ping", "=address=192.0.2.1", "=count=1"})
						assert.Equal(t, manager.CodeUnreachable, manager.CodeOf(err))
					})
				}
				synctest.Wait()
				wg.Go(func() {
					_, err := m.Run(t.Context(), "a", []string{"/system/reboot"})
					if returns {
						assert.NoError(t, err)
						assert.Equal(t, 1, r.Stats().Commands["/system/reboot"])
						return
					}
					assert.Equal(t, manager.CodeUnreachable, manager.CodeOf(err))
					assert.Zero(t, r.Stats().Commands["/system/reboot"])
				})
				synctest.Wait()
				if !returns {
					r.Inject(sim.Fault{Kind: sim.ResetAtLogin})
				}
				r.DropSessions()
				wg.Wait()
			})
		})
	}
}

func TestAccess(t *testing.T) {
	tls := func(mode string) manager.Access {
		return manager.Access{Host: "r", TLS: &manager.TLSAccess{Mode: mode}}
	}
	with := func(a manager.Access, change func(*manager.TLSAccess)) manager.Access { change(a.TLS); return a }
	fingerprint := strings.Repeat("AB:", 31) + "AB"
	for name, tc := range map[string]struct {
		access manager.Access
		want   manager.Key
		field  string // of the error
	}{
		"plain":       {access: manager.Access{Host: "R", User: "api", Password: "p"}, want: manager.Key{Addr: "r:8728", User: "api", Password: "p"}},
		"port":        {access: manager.Access{Host: "r:99"}, want: manager.Key{Addr: "r:99"}},
		"code page":   {access: manager.Access{Host: "r", CodePage: "windows-1251"}, want: manager.Key{Addr: "r:8728", CodePage: "windows-1251"}},
		"verify":      {access: tls("verify"), want: manager.Key{Addr: "r:8729", TLS: routeros.TLS{Mode: routeros.Verify}}},
		"insecure":    {access: tls("insecure"), want: manager.Key{Addr: "r:8729", TLS: routeros.TLS{Mode: routeros.Insecure}}},
		"pin nothing": {access: tls("pin"), want: manager.Key{Addr: "r:8729", TLS: routeros.TLS{Mode: routeros.Pin}}},
		"pin": {
			access: with(tls("pin"), func(a *manager.TLSAccess) { a.Fingerprint = fingerprint }),
			want:   manager.Key{Addr: "r:8729", TLS: routeros.TLS{Mode: routeros.Pin, Fingerprint: strings.Repeat("ab", 32)}},
		},
		"verify, with name and authority": {
			access: with(tls("verify"), func(a *manager.TLSAccess) { a.ServerName, a.CA = "n", "pem" }),
			want:   manager.Key{Addr: "r:8729", TLS: routeros.TLS{Mode: routeros.Verify, ServerName: "n", CA: "pem"}},
		},

		"no host":                  {field: "host"},
		"a URL for a host":         {access: manager.Access{Host: "http://r"}, field: "host"},
		"no such code page":        {access: manager.Access{Host: "r", CodePage: "ebcdic"}, field: "code_page"},
		"no mode":                  {access: tls(""), field: "tls.mode"},
		"no such mode":             {access: tls("PIN"), field: "tls.mode"},
		"pin rubbish":              {access: with(tls("pin"), func(a *manager.TLSAccess) { a.Fingerprint = "ab" }), field: "tls.fingerprint"},
		"pin with an authority":    {access: with(tls("pin"), func(a *manager.TLSAccess) { a.CA = "pem" }), field: "tls"},
		"insecure with a name":     {access: with(tls("insecure"), func(a *manager.TLSAccess) { a.ServerName = "n" }), field: "tls"},
		"insecure, pinned":         {access: with(tls("insecure"), func(a *manager.TLSAccess) { a.Fingerprint = fingerprint }), field: "tls.fingerprint"},
		"verify and a fingerprint": {access: with(tls("verify"), func(a *manager.TLSAccess) { a.Fingerprint = fingerprint }), field: "tls.fingerprint"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.access.Key()
			if tc.field == "" {
				require.NoError(t, err)
				assert.True(t, tc.want == got)
				return
			}
			var input *manager.InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, tc.field, input.Field)
		})
	}
}
