package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/natsserver"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

// knows waits until a key counts at an instance, or does not any more.
func (p *program) knows(key string, want bool) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("the key counts: %v", want), func() bool {
		status, _ := p.as(key, http.MethodGet, "/whoami", "")
		return (status == http.StatusOK) == want
	})
}

// A key that was made at one instance is a key at all, and so are its tickets; when it is
// taken back at one, its streams end at all.
func TestAKeyOfTheFleetEndsEverywhere(t *testing.T) {
	all := fleetOf(t, 2)
	_, addr := device(t, sim.Options{})
	require.Equal(t, http.StatusOK, all[0].connect("a-1", addr).status)
	for _, p := range all {
		eventually(t, "the router is known", func() bool { return p.routers()["a-1"].State == "up" })
	}
	for i, at := range all {
		other := all[1-i]
		t.Run(fmt.Sprint("taken back at ", i), func(t *testing.T) {
			key := all[0].create("/keys", `{"name":"noc","role":"viewer","routers":["a-*"]}`)
			var streams []*stream
			for _, p := range all {
				p.knows(key, true)
				s := p.openAs(key, "/sse/a-1", "")
				s.snapshot()
				streams = append(streams, s)
			}
			var issued struct{ Ticket string }
			status, text := at.as(key, http.MethodPost, "/tickets", `{"routers":"all"}`)
			require.Equal(t, http.StatusOK, status, text)
			answerOf(t, text).data(t, &issued)
			ticketed := other.watch("/sse/a-1?ticket=" + issued.Ticket)
			ticketed.snapshot()
			streams = append(streams, ticketed)

			begin := time.Now()
			require.Equal(t, http.StatusOK, at.send(http.MethodDelete, "/keys/noc", "").status)
			for _, s := range streams {
				s.ends(t)
			}
			t.Logf("all streams ended after %v", time.Since(begin))
			other.knows(key, false)
			status, _ = other.as("", http.MethodGet, "/sse/a-1?ticket="+issued.Ticket, "")
			assert.Equal(t, http.StatusUnauthorized, status)
		})
	}
	t.Run("an invitation", func(t *testing.T) {
		token := fmt.Sprintf(`{"token":%q}`, all[0].create("/invitations", `{"name":"guest","role":"viewer","routers":["a-*"]}`))
		eventually(t, "the other knows it", func() bool {
			return strings.Contains(all[1].get("/invitations").raw, `"guest"`)
		})
		key := all[1].create("/invitations/exchange", token)
		for _, p := range all {
			p.knows(key, true)
			eventually(t, "it was used", func() bool {
				return p.send(http.MethodPost, "/invitations/exchange", token).status == http.StatusUnauthorized
			})
		}
		s := all[0].openAs(key, "/sse/a-1", "")
		s.snapshot()
		require.Equal(t, http.StatusOK, all[1].send(http.MethodDelete, "/keys/guest", "").status)
		s.ends(t)
	})
}

// While NATS is away, known keys go on and no key is made; what was taken back at an
// instance that an other one did not hear of ends there when it does.
func TestKeysWhileNATSIsAway(t *testing.T) {
	node := natsserver.Start(t)
	link := natsserver.StartLink(t, node)
	env := map[string]string{"NATS_URL": node.URL, "SECRETS_KEY": secret.NewKey(time.Now()), "INSTANCE": "a", "FLEET_LEASE": "2s"}
	one := start(t, env)
	env["NATS_URL"], env["INSTANCE"] = link.URL, "b"
	other := start(t, env)
	key := one.create("/keys", `{"name":"noc","role":"viewer","routers":["*"]}`)
	other.knows(key, true)
	link.Cut()
	var a answer
	eventually(t, "the other notices", func() bool {
		a = other.send(http.MethodPost, "/keys", `{"name":"late","role":"viewer","routers":["*"]}`)
		return a.status == http.StatusServiceUnavailable
	})
	assert.Equal(t, "store_unavailable", a.body.Code)
	s := other.openAs(key, "/sse?router=*", "")
	require.Equal(t, http.StatusOK, one.send(http.MethodDelete, "/keys/noc", "").status)
	one.knows(key, false)
	other.knows(key, true)
	link.Heal()
	s.ends(t)
	other.knows(key, false)
}

// The command line makes keys of a running fleet, and takes them back.
func TestKeysOfAFleetByCommand(t *testing.T) {
	env := fleetEnv(t)
	p := start(t, env)
	var variables []string
	for name, value := range env {
		variables = append(variables, name+"="+value)
	}
	file := binary(t)
	run := func(args ...string) (status int, out, problems string) {
		t.Helper()
		status, out, problems = ended(t, file, variables, append([]string{"key"}, args...)...)
		for _, hidden := range slices.Collect(maps.Values(env)) {
			assert.NotContains(t, out+problems, strings.TrimPrefix(hidden, "nats://127.0.0.1:"))
		}
		return status, out, problems
	}
	status, out, problems := run("add", "-name", "noc", "-role", "viewer", "-routers", "a-*,b")
	require.Zero(t, status, problems)
	key := regexp.MustCompile(`mk_[A-Z2-7]{52}`).FindString(out)
	require.NotEmpty(t, key)
	p.knows(key, true)
	s := p.openAs(key, "/sse?router=*", "")

	status, out, problems = run("add", "-name", "guest", "-role", "viewer", "-invite", "1h")
	require.Zero(t, status, problems)
	token := regexp.MustCompile(`/#invite=(mi_\w+)`).FindStringSubmatch(out)
	require.Len(t, token, 2)
	status, out, _ = run("list")
	require.Zero(t, status)
	assert.Regexp(t, `noc +viewer +a-\*,b, never expires, api by owner`, out)
	assert.Regexp(t, `guest +viewer +\*, never expires, invitation until 20`, out)
	assert.NotContains(t, out, key)

	status, _, problems = run("add", "-name", "noc", "-role", "viewer")
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, "there is a key or an invitation of this name")
	for _, name := range []string{"noc", "guest"} {
		status, out, problems = run("revoke", name)
		require.Zero(t, status, problems)
		assert.Contains(t, out, name+" was taken back")
	}
	s.ends(t)
	p.knows(key, false)
	status, _, problems = run("revoke", "noc")
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, "no key has this name")
	eventually(t, "the invitation has ended", func() bool {
		return p.send(http.MethodPost, "/invitations/exchange", fmt.Sprintf(`{"token":%q}`, token[1])).status == http.StatusUnauthorized
	})

	variables = []string{"NATS_URL=" + env["NATS_URL"], "SECRETS_KEY=" + secret.NewKey(time.Now())}
	status, _, problems = run("add", "-name", "x", "-role", "viewer")
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, "the key ring does not open the register", "nothing is written with another ring")
	variables = nil
	status, _, problems = run("list")
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, "neither NATS_URL nor DATA_DIR is set")
}
