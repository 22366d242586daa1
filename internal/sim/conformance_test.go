package sim_test

import (
	"testing"
	"time"

	"github.com/go-routeros/routeros/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// The device is driven here by a client that others wrote against real
// routers, so that device and own client cannot agree on a mistake.

func TestConformanceOfLoginAndRun(t *testing.T) {
	challenge := sim.HAP()
	challenge.Version, challenge.ChallengeLogin = "6.42.12", true
	all := personalities()
	all["challenge"] = challenge
	for name, p := range all {
		t.Run(name, func(t *testing.T) {
			d, addr := serve(t, sim.Options{Personality: p, User: "api", Password: "secret", PPPUsers: 200})
			_, err := routeros.DialTimeout(addr, "api", "wrong", 5*time.Second)
			require.ErrorContains(t, err, "invalid user name or password (6)")
			c, err := routeros.DialTimeout(addr, "api", "secret", 5*time.Second)
			require.NoError(t, err)
			defer func() { _ = c.Close() }()

			r, err := c.Run("/system/resource/print")
			require.NoError(t, err)
			require.Len(t, r.Re, 1)
			assert.Equal(t, p.Board, r.Re[0].Map["board-name"])
			r, err = c.Run("/ppp/active/print", "=.proplist=name")
			require.NoError(t, err)
			assert.Len(t, r.Re, 200)
			r, err = c.Run("/ip/hotspot/active/print") // with or without !empty
			require.NoError(t, err)
			assert.Empty(t, r.Re)
			require.NotNil(t, r.Done)
			r, err = c.Run("/ip/address/add", "=address=10.1.1.1/24", "=interface=ether2")
			require.NoError(t, err)
			assert.Equal(t, "*4", r.Done.Map["ret"])
			_, err = c.Run("/ip/address/add", "=address=10.1.1.1/24", "=interface=ether2")
			require.ErrorContains(t, err, "failure: already have such address")
			_, err = c.Run("/no/such/print")
			require.ErrorContains(t, err, "no such command prefix", "this client keeps the last trap")
			assert.Equal(t, 1, d.Stats().LoginFailures)
		})
	}
}

// apart keeps replies from overtaking the client's own bookkeeping: go-routeros
// 3.0.1 registers the tag of an asynchronous command only after it was sent.
const apart = 20 * time.Millisecond

func TestConformanceOfTags(t *testing.T) {
	_, addr := serve(t, sim.Options{PPPUsers: 30, HotspotUsers: 20, Latency: apart})
	c, err := routeros.DialTimeout(addr, "admin", "", 5*time.Second)
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	failed := c.Async()

	type result struct {
		rows int
		err  error
	}
	results := make(chan result)
	paths := []string{"/ppp/active/print", "/ip/hotspot/active/print", "/interface/print", "/no/such/print"}
	const rounds = 10
	for range rounds {
		for _, path := range paths {
			go func() {
				r, err := c.Run(path, "=.proplist=.id")
				if err != nil {
					results <- result{0, err}
					return
				}
				results <- result{len(r.Re), nil}
			}()
		}
	}
	rows, refused := 0, 0
	for range rounds * len(paths) {
		select {
		case r := <-results:
			rows += r.rows
			if r.err != nil {
				require.ErrorContains(t, r.err, "no such command or directory (no)")
				refused++
			}
		case err := <-failed:
			t.Fatal(err)
		}
	}
	// Five ports, a bridge and an interface for each PPP session.
	assert.Equal(t, rounds*(30+20+36), rows)
	assert.Equal(t, rounds, refused)
}

func TestConformanceOfListen(t *testing.T) {
	for name, order := range map[string]sim.CancelOrder{"cancel first": sim.CancelFirst, "cancel last": sim.CancelLast} {
		t.Run(name, func(t *testing.T) {
			d, addr := serve(t, sim.Options{CancelOrder: order, PPPUsers: 1, Latency: apart})
			c, err := routeros.DialTimeout(addr, "admin", "", 5*time.Second)
			require.NoError(t, err)
			defer func() { _ = c.Close() }()
			c.Async()
			l, err := c.Listen("/ppp/active/print", "=follow=")
			require.NoError(t, err)
			row := <-l.Chan() // from here on the device is following
			assert.Equal(t, "user-0000", row.Map["name"])
			d.AddPPP("anna")
			row = <-l.Chan()
			assert.Equal(t, "anna", row.Map["name"])
			d.RemovePPP("anna")
			row = <-l.Chan()
			assert.Equal(t, "true", row.Map[".dead"])

			_, err = l.Cancel()
			require.NoError(t, err)
			_, open := <-l.Chan()
			assert.False(t, open)
			require.NoError(t, l.Err())
			r, err := c.Run("/system/identity/print")
			require.NoError(t, err)
			assert.Equal(t, "MikroTik", r.Re[0].Map["name"])
		})
	}
}
