package register_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/secret"
)

const word = "s3cr3t-word"

func ringOf(t *testing.T, lines ...string) *secret.Ring {
	t.Helper()
	ring, err := secret.ParseRing(strings.Join(lines, "\n"))
	require.NoError(t, err)
	return ring
}

// keyLine returns a new key with this id.
func keyLine(id string) string {
	_, key, _ := strings.Cut(secret.NewKey(time.Now()), "=")
	return id + "=" + key
}

func openRegister(t *testing.T, s register.Store, ring *secret.Ring) *register.Register {
	t.Helper()
	g, _, err := register.Open(t.Context(), s, ring)
	require.NoError(t, err)
	return g
}

func some() []register.Router {
	key := pool.Key{Addr: "192.0.2.1:8728", User: "api", Password: secret.New(word)}
	with := func(id string, change func(*register.Router)) register.Router {
		r := register.Router{ID: id, Owner: "owner", Key: key}
		change(&r)
		return r
	}
	return []register.Router{
		with("a", func(*register.Router) {}),
		with("Ünïcode or: space", func(r *register.Router) { r.Comment = "kantor \"pusat\"" }),
		with("no password", func(r *register.Router) { r.Key.Password = secret.Text{} }),
		with("bytes", func(r *register.Router) { r.Key.Password = secret.New("\xff\x00") }),
		with("page", func(r *register.Router) { r.Key.CodePage = "windows-1251" }),
		with("verify", func(r *register.Router) { r.Key.TLS = routeros.TLS{Mode: routeros.Verify, ServerName: "r", CA: "pem"} }),
		with("pin", func(r *register.Router) {
			r.Key.TLS = routeros.TLS{Mode: routeros.Pin, Fingerprint: strings.Repeat("ab", 32)}
		}),
		with("insecure", func(r *register.Router) { r.Key.TLS = routeros.TLS{Mode: routeros.Insecure} }),
	}
}

func TestRoutersComeBackAsTheyWere(t *testing.T) {
	eachStore(t, func(t *testing.T, s register.Store) {
		ring := ringOf(t, keyLine("k"))
		g := openRegister(t, s, ring)
		want := make(map[string]register.Router)
		for _, r := range some() {
			revision, err := g.Put(t.Context(), r)
			require.NoError(t, err)
			r.Revision = revision
			want[r.ID] = r
		}
		_, list, err := register.Open(t.Context(), s, ring)
		require.NoError(t, err)
		got := make(map[string]register.Router)
		for _, r := range list {
			got[r.ID] = r
		}
		assert.True(t, len(want) == len(got))
		for id, r := range want {
			assert.True(t, r == got[id], id)
		}
		entries, err := s.List(t.Context())
		require.NoError(t, err)
		for _, e := range entries {
			assert.NotContains(t, string(e.Value), word)
			assert.Regexp(t, `^[A-Za-z0-9_.=-]+$`, e.Name)
		}
	})
}

// Whoever can write to the store cannot have a password sent elsewhere, or in the clear.
func TestAPasswordOpensForItsRouterAlone(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"another router":  func(m map[string]any) { m["router_id"] = "b" },
		"another address": func(m map[string]any) { m["addr"] = "203.0.113.9:8728" },
		"another user":    func(m map[string]any) { m["user"] = "admin" },
		"without TLS":     func(m map[string]any) { delete(m, "tls") },
		"any certificate": func(m map[string]any) { m["tls"] = map[string]any{"mode": "insecure"} },
		"an authority":    func(m map[string]any) { m["tls"].(map[string]any)["ca"] = "theirs" },
	} {
		t.Run(name, func(t *testing.T) {
			s, ring := register.NewMemory(), ringOf(t, keyLine("k"))
			g := openRegister(t, s, ring)
			_, err := g.Put(t.Context(), register.Router{ID: "a", Key: pool.Key{
				Addr: "192.0.2.1:8729", User: "api", Password: secret.New(word), TLS: routeros.TLS{Mode: routeros.Verify, CA: "ours"},
			}})
			require.NoError(t, err)
			entries, err := s.List(t.Context())
			require.NoError(t, err)
			for _, e := range entries {
				if !strings.HasPrefix(e.Name, "routers.") {
					continue
				}
				var m map[string]any
				require.NoError(t, json.Unmarshal(e.Value, &m))
				change(m)
				value, err := json.Marshal(m)
				require.NoError(t, err)
				name := e.Name
				if m["router_id"] == "b" {
					name, e.Revision = "routers.Yg", 0
				}
				_, err = s.Put(t.Context(), name, value, e.Revision)
				require.NoError(t, err)
			}
			_, _, err = register.Open(t.Context(), s, ring)
			require.ErrorIs(t, err, secret.ErrNotOpened)
			assert.NotContains(t, err.Error(), word)
		})
	}
}

func TestAWrongRingIsFoundAtTheStart(t *testing.T) {
	one, two := keyLine("one"), keyLine("two")
	for name, tc := range map[string]struct {
		routers bool
		ring    []string
		ok      bool
	}{
		"the same":                           {true, []string{one}, true},
		"another":                            {true, []string{two}, false},
		"another, no routers":                {false, []string{two}, false},
		"another under the same id":          {true, []string{keyLine("one")}, false},
		"another under the same id, nothing": {false, []string{keyLine("one")}, false},
		"a new one first":                    {true, []string{two, one}, true},
		"a new one last":                     {true, []string{one, two}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := register.NewMemory()
			g := openRegister(t, s, ringOf(t, one))
			if tc.routers {
				for _, r := range some() {
					_, err := g.Put(t.Context(), r)
					require.NoError(t, err)
				}
			}
			_, list, err := register.Open(t.Context(), s, ringOf(t, tc.ring...))
			if tc.ok {
				require.NoError(t, err)
				assert.Len(t, list, len(some()))
				return
			}
			wrong, ok := err.(*register.WrongRingError) //nolint:errorlint // not wrapped
			require.True(t, ok, "%v", err)
			assert.Equal(t, []string{"one"}, wrong.Register)
			for _, line := range append(tc.ring, one) {
				assert.NotContains(t, err.Error(), line[4:])
			}
		})
	}
}

// A ring that lost the key of some of the routers is an error as well.
func TestAKeyThatIsStillNeeded(t *testing.T) {
	s, one, two := register.NewMemory(), keyLine("one"), keyLine("two")
	for _, lines := range [][]string{{one}, {two, one}} {
		g := openRegister(t, s, ringOf(t, lines...))
		_, err := g.Put(t.Context(), register.Router{ID: fmt.Sprint("r", len(lines)), Key: pool.Key{Addr: "a:1", Password: secret.New(word)}})
		require.NoError(t, err)
	}
	_, _, err := register.Open(t.Context(), s, ringOf(t, two))
	require.ErrorIs(t, err, secret.ErrUnknownKey)
	assert.ErrorContains(t, err, `"r1"`)
	assert.ErrorContains(t, err, `"one"`)
}

func TestErrorsOfTheStore(t *testing.T) {
	s := register.NewMemory()
	g := openRegister(t, s, ringOf(t, keyLine("k")))
	r := some()[0]
	revision, err := g.Put(t.Context(), r)
	require.NoError(t, err)
	_, err = g.Put(t.Context(), r)
	require.ErrorIs(t, err, register.ErrRevision)
	require.ErrorIs(t, g.Delete(t.Context(), r.ID, revision+1), register.ErrRevision)
	r.ID, r.Key.TLS.CA = "large", strings.Repeat("x", register.MaxValue)
	r.Key.TLS.Mode = routeros.Verify
	_, err = g.Put(t.Context(), r)
	assert.Equal(t, errcode.Invalid, errcode.Of(err))
	require.NoError(t, g.Close())
	_, err = g.Put(t.Context(), some()[0])
	assert.Equal(t, errcode.StoreUnavailable, errcode.Of(err))
	assert.Equal(t, errcode.StoreUnavailable, errcode.Of(g.Delete(t.Context(), "a", revision)))
}

func TestSettingsOfAKey(t *testing.T) {
	for _, r := range some() {
		if r.ID == "bytes" {
			continue // clients cannot send it
		}
		key, err := register.SettingsOf(r.Key).Key()
		require.NoError(t, err, r.ID)
		assert.True(t, key == r.Key, r.ID)
	}
	for addr, host := range map[string]string{
		"r:8728": "r", "r:8729": "r:8729", "r:99": "r:99", "[2001:db8::1]:8728": "2001:db8::1", "[fe80::1%eth0]:99": "[fe80::1%eth0]:99",
	} {
		s := register.SettingsOf(pool.Key{Addr: addr})
		assert.Equal(t, host, s.Host)
		key, err := s.Key()
		require.NoError(t, err)
		assert.Equal(t, addr, key.Addr)
	}
}
