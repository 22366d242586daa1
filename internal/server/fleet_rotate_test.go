package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/natsserver"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

// rotating is a fleet of two processes whose key ring is replaced while they run, with one
// router.
type rotating struct {
	t      *testing.T
	file   string
	nats   string
	router *sim.Device
	all    [2]*serving
}

// variables are those of the fleet with a ring of these keys.
func (f *rotating) variables(ring ...string) []string {
	return []string{"NATS_URL=" + f.nats, "FLEET_LEASE=2s", "SECRETS_KEY=" + strings.Join(ring, ";")}
}

// restart stops an instance in order, if it runs, and starts it with a ring.
func (f *rotating) restart(i int, ring ...string) {
	f.t.Helper()
	if before := f.all[i]; before != nil {
		require.NoError(f.t, before.cmd.Process.Signal(syscall.SIGTERM))
		_ = before.cmd.Wait()
	}
	f.all[i] = serve(f.t, f.file, append(f.variables(ring...), fmt.Sprint("INSTANCE=instance-", i))...)
}

// works asserts that each instance reaches the router, one of them through the other, and
// takes the tickets of the other.
func (f *rotating) works(when string) {
	f.t.Helper()
	for i, p := range f.all {
		var a answer
		eventually(f.t, fmt.Sprintf("a command at the instance %d, %s", i, when), func() bool {
			a = p.run("r", "/system/identity/print")
			return a.status == http.StatusOK
		})
		assert.Contains(f.t, a.raw, "the router")
		ticket := p.ticket(`{"routers":["r"]}`)
		f.all[1-i].watch("/sse/r?ticket=" + ticket.Ticket).snapshot()
	}
}

// settled waits until no router moves any more: an instance with less than a tenth above its
// share of the 512 shards hands none over.
func (f *rotating) settled() {
	f.t.Helper()
	eventually(f.t, "the shards are spread", func() bool {
		var fleet struct{ Members []struct{ Shards int } }
		f.all[0].get("/fleet").data(f.t, &fleet)
		return len(fleet.Members) == 2 && fleet.Members[0].Shards+fleet.Members[1].Shards == 512 &&
			max(fleet.Members[0].Shards, fleet.Members[1].Shards) <= 281
	})
}

func TestTheKeyRingOfARunningFleetIsRotated(t *testing.T) {
	t.Parallel()
	f := &rotating{t: t, file: binary(t), nats: natsserver.Start(t).URL}
	old, fresh := secret.NewKey(time.Now()), secret.NewKey(time.Now())
	var addr string
	f.router, addr = device(t, sim.Options{Identity: "the router"})
	for i := range f.all {
		f.restart(i, old)
	}
	require.Equal(t, http.StatusOK, f.all[0].connect("r", addr).status)
	key := f.all[0].create("/keys", `{"name":"noc","role":"viewer","routers":["*"]}`)
	f.works("with the old key")

	for _, ring := range [][]string{{old, fresh}, {fresh, old}} {
		for i := range f.all {
			f.restart(i, ring...)
			f.works(fmt.Sprintf("when %d has the ring %v", i, len(ring)))
		}
	}
	f.settled()
	var streams []*stream
	for _, p := range f.all {
		p.knows(key, true)
		s := p.openAs(key, "/sse/r", "")
		s.snapshot()
		streams = append(streams, s)
	}
	before := f.router.Stats()
	rotate := func(passwords, keys int) {
		t.Helper()
		status, out, problems := ended(t, f.file, append(f.variables(fresh, old), "DATA_DIR="+t.TempDir()), "secrets", "rotate")
		require.Zero(t, status, problems)
		id, text, _ := strings.Cut(fresh, "=")
		assert.Contains(t, out, fmt.Sprintf("Passwords sealed again: %d. API keys and invitations sealed again: %d.\nAll of them in NATS are sealed with the key %s now.\n", passwords, keys, id))
		assert.NotContains(t, out+problems, text)
	}
	rotate(1, 1)
	// What was written after the rotation is told after it.
	eventually(t, "the router is changed", func() bool {
		return f.all[0].send(http.MethodPatch, "/routers/r", `{"comment":"roof"}`).status == http.StatusOK
	})
	f.router.AddPPP("late")
	for i, p := range f.all {
		eventually(t, "the change is seen", func() bool { return p.routers()["r"].Comment == "roof" })
		p.knows(key, true)
		streams[i].until("a user who came later, and nothing else but events before", func(e event) bool {
			require.Empty(t, e.Name, e.Data)
			return strings.Contains(e.Data, `"late"`)
		})
	}
	f.works("when it was rotated")
	after := f.router.Stats()
	assert.Equal(t, before.Logins, after.Logins, "no instance logs in again")
	assert.Equal(t, before.Accepted, after.Accepted)
	rotate(0, 0)

	status, _, problems := ended(t, f.file, append(f.variables(old), "MY_API_KEY="+testKey, "PORT=0", "LISTEN_HOST=127.0.0.1"))
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, "the key ring does not open the register")
	for i := range f.all {
		f.restart(i, fresh)
		f.works(fmt.Sprintf("when %d has the new key alone", i))
	}
	for _, p := range f.all {
		p.knows(key, true)
		assert.Equal(t, "roof", p.routers()["r"].Comment)
	}
}
