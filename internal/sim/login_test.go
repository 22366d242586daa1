package sim_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/sim"
)

const wrong = "!trap =message=invalid user name or password (6)"

func TestLogin(t *testing.T) {
	o := sim.Options{User: "api", Password: "secret", Users: []sim.User{
		{Name: "viewer", Password: "v", Group: "read"}, {Name: "nobody", Password: "n", Group: "read,write"},
	}}
	for _, tc := range []struct {
		name, user, password string
		ok                   bool
	}{
		{"right", "api", "secret", true},
		{"further account", "viewer", "v", true},
		{"wrong password", "api", "Secret", false},
		{"empty password", "api", "", false},
		{"unknown user", "root", "secret", false},
		{"without policy api", "nobody", "n", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in(t, o, func(t *testing.T, d *sim.Device) {
				c := dial(t, d)
				c.send("/login", "=name="+tc.user, "=password="+tc.password, ".tag=7")
				if tc.ok {
					c.wants("!done .tag=7")
					assert.Equal(t, 1, d.Stats().Logins)
					c.send("/system/identity/print")
					c.wants("!re =name=MikroTik", "!done")
					return
				}
				c.wants(wrong+" .tag=7", "!done .tag=7")
				c.send("/login", "=name=api", "=password=secret")
				c.wants("!done")
				assert.Equal(t, 1, d.Stats().LoginFailures)
			})
		})
	}
}

func TestFifthFailureIsFatal(t *testing.T) {
	in(t, sim.Options{Password: "secret"}, func(t *testing.T, d *sim.Device) {
		c := dial(t, d)
		for range 4 {
			c.send("/login", "=name=admin", "=password=guess")
			c.wants(wrong, "!done")
		}
		c.send("/login", "=name=admin", "=password=guess")
		c.wants("!fatal too many commands before login")
		c.wantsEnd()
	})
}

func TestFatalEnds(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := dial(t, d)
		c.send("/system/identity/print", ".tag=1")
		c.wants("!fatal not logged in")
		c.wantsEnd()
		assert.Empty(t, d.Stats().Commands)

		c = login(t, d)
		_, err := c.conn.Write(proto.AppendSentence(proto.AppendSentence(nil, "/quit"), "/system/identity/print"))
		require.NoError(t, err)
		c.wants("!fatal session terminated on request")
		c.wantsEnd()
		assert.NotContains(t, d.Stats().Commands, "/system/identity/print", "nothing counts behind a fatal")
	})
}

func TestChallengeDialect(t *testing.T) {
	p := sim.HAP()
	p.Version, p.ChallengeLogin = "6.42.12", true
	in(t, sim.Options{Personality: p, Password: "passTest"}, func(t *testing.T, d *sim.Device) {
		c := dial(t, d)
		answer := func(password string) string {
			r := c.run("/login", "=name=admin", "=password="+password) // arguments are ignored
			raw, err := hex.DecodeString(r[0].attrs["ret"])
			require.NoError(t, err)
			require.Len(t, raw, 16)
			return fmt.Sprintf("00%x", md5.Sum([]byte("\x00"+password+string(raw))))
		}
		c.send("/login", "=name=admin", "=response="+answer("wrong"))
		c.wants(wrong, "!done")
		response := answer("passTest")
		c.send("/login", "=name=admin", "=response="+response)
		c.wants("!done")
		assert.Equal(t, 1, d.Stats().Logins)

		response = answer("passTest")
		c.send("/login", "=name=admin", "=response=00")
		c.wants(wrong, "!done")
		c.send("/login", "=name=admin", "=response="+response)
		c.wants(wrong, "!done") // a challenge serves once

		again := dial(t, d)
		again.send("/login", "=name=admin", "=response="+response)
		again.wants(wrong, "!done") // no challenge was asked for on this connection
	})
}

func TestBareLoginDrawsAChallengeThatIsRefused(t *testing.T) {
	p := sim.HAP()
	p.Version, p.BareChallenge = "6.47.6", true
	in(t, sim.Options{Personality: p}, func(t *testing.T, d *sim.Device) {
		c := dial(t, d)
		raw, err := hex.DecodeString(c.run("/login")[0].attrs["ret"])
		require.NoError(t, err)
		c.send("/login", "=name=admin", fmt.Sprintf("=response=00%x", md5.Sum([]byte("\x00"+string(raw)))))
		c.wants(wrong, "!done")
		c.send("/login", "=name=admin", "=password=")
		c.wants("!done")
	})
}

func TestSessionsAreVisibleAndLogged(t *testing.T) {
	in(t, sim.Options{User: "api", Password: "x"}, func(t *testing.T, d *sim.Device) {
		c := dial(t, d)
		c.send("/login", "=name=api", "=password=nope")
		c.wants(wrong, "!done")
		c.send("/login", "=name=api", "=password=x")
		c.wants("!done")
		other := dial(t, d)
		other.send("/login", "=name=api", "=password=x")
		other.wants("!done")
		rows := c.rows("/user/active/print")
		require.Len(t, rows, 2)
		assert.Equal(t, "api", rows[0]["via"])
		assert.Equal(t, "192.0.2.10", rows[0]["address"])

		_ = other.conn.Close()
		synctest.Wait()
		assert.Len(t, c.rows("/user/active/print"), 1, "the row goes away with the connection")
		s := d.Stats()
		assert.Equal(t, []int{1, 1, 2, 2, 1}, []int{s.Connections, s.Sessions, s.Accepted, s.Logins, s.Logouts})

		var lines []string
		for _, l := range d.Log() {
			lines = append(lines, fmt.Sprint(l.Topics, " ", l.Message))
		}
		assert.Equal(t, []string{
			"[system error critical] login failure for user api from 192.0.2.10 via api",
			"[system info account] user api logged in from 192.0.2.10 via api",
			"[system info account] user api logged in from 192.0.2.10 via api",
			"[system info account] user api logged out from 192.0.2.10 via api",
		}, lines)
	})
}

func TestASessionCanBeEnded(t *testing.T) {
	for command, p := range map[string]sim.Personality{"/user/active/remove": sim.CHR(), "/user/active/request-logout": sim.HEX()} {
		t.Run(command, func(t *testing.T) {
			in(t, sim.Options{Personality: p}, func(t *testing.T, d *sim.Device) {
				victim, c := login(t, d), login(t, d)
				c.send(command, "=.id="+c.rows("/user/active/print")[0][".id"])
				c.wants("!done")
				victim.wantsEnd()
			})
		})
	}
}

func TestMaxSessions(t *testing.T) {
	for _, tc := range []struct {
		name    string
		o       sim.Options
		allowed int
	}{
		{"default of 7.16", sim.Options{}, 20},
		{"set", sim.Options{MaxSessions: 2}, 2},
		{"mute", sim.Options{MaxSessions: 2, Refusal: sim.RefuseMute}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in(t, tc.o, func(t *testing.T, d *sim.Device) {
				var first *client
				for range tc.allowed {
					if c := login(t, d); first == nil {
						first = c
					}
				}
				c := dial(t, d)
				if tc.o.Refusal == sim.RefuseMute {
					c.send("/login", "=name=admin", "=password=")
					require.NoError(t, c.conn.SetReadDeadline(time.Now().Add(time.Hour)))
				}
				c.wantsEnd()
				assert.Equal(t, 1, d.Stats().Refused)
				_ = first.conn.Close()
				synctest.Wait()
				login(t, d)
			})
		})
	}
}

func TestVersion6HasNoSessionLimit(t *testing.T) {
	in(t, sim.Options{Personality: sim.HAP()}, func(t *testing.T, d *sim.Device) {
		for range 30 {
			login(t, d)
		}
		assert.Equal(t, 30, d.Stats().Sessions)
	})
}

func TestPolicies(t *testing.T) {
	const refused = "not enough permissions (9)"
	o := sim.Options{PPPUsers: 2, Users: []sim.User{
		{Name: "reader", Group: "read"}, {Name: "writer", Group: "write"},
		{Name: "blind", Group: "api,read"}, {Name: "mute", Group: "api"},
	}}
	for _, tc := range []struct {
		user    string
		command []string
		refused bool
	}{
		{"reader", []string{"/ppp/active/print"}, false},
		{"reader", []string{"/ppp/active/remove", "=.id=*800001"}, true},
		{"reader", []string{"/ping", "=address=192.0.2.1", "=count=1"}, false},
		{"writer", []string{"/ppp/active/remove", "=.id=*800001"}, false},
		{"writer", []string{"/user/active/request-logout", "=.id=*1"}, true},
		{"blind", []string{"/ppp/active/print"}, false},
		{"blind", []string{"/ping", "=address=192.0.2.1", "=count=1"}, true},
		{"blind", []string{"/system/reboot"}, true},
		{"mute", []string{"/system/resource/print"}, true},
		{"mute", []string{"/ppp/active/listen"}, true},
	} {
		t.Run(tc.user+" "+tc.command[0], func(t *testing.T) {
			in(t, o, func(t *testing.T, d *sim.Device) {
				c := dial(t, d)
				c.send("/login", "=name="+tc.user, "=password=")
				c.wants("!done")
				if tc.refused {
					assert.Equal(t, refused, c.refused(tc.command...))
					return
				}
				c.rows(tc.command...)
			})
		})
	}
}

func TestAccountsThatAreEdited(t *testing.T) {
	in(t, sim.Options{Password: "owner", Users: []sim.User{{Name: "ops", Password: "old", Group: "read"}}}, func(t *testing.T, d *sim.Device) {
		enter := func(name, password string) bool {
			c := dial(t, d)
			return c.run("/login", "=name="+name, "=password="+password)[0].word == "!done"
		}
		c := dial(t, d)
		c.rows("/login", "=name=admin", "=password=owner")
		c.rows("/user/set", "=.id=ops", "=password=new")
		require.False(t, enter("ops", "old"))
		require.True(t, enter("ops", "new"))
		for _, r := range c.rows("/user/print") {
			require.NotContains(t, r, "password")
		}
		require.Empty(t, c.rows("/user/print", "?password=new"))
		require.Empty(t, c.run("/user/get", "=number=ops", "=value-name=password")[0].attrs["ret"])
		c.rows("/user/group/add", "=name=poll", "=policy=api,read")
		c.rows("/user/add", "=name=tv", "=group=poll", "=password=x")
		require.True(t, enter("tv", "x"))
		tv := dial(t, d)
		tv.rows("/login", "=name=tv", "=password=x")
		require.Equal(t, "not enough permissions (9)", tv.refused("/system/identity/set", "=name=x"))
		c.rows("/user/disable", "=.id=tv")
		require.False(t, enter("tv", "x"))
		c.rows("/user/remove", "=.id=tv")
		require.False(t, enter("tv", "x"))
		require.True(t, enter("admin", "owner"))
	})
}
