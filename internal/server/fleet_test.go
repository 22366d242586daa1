package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/natsserver"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

// fleetEnv is what the instances of one fleet have in common.
func fleetEnv(t *testing.T) map[string]string {
	return map[string]string{"NATS_URL": natsserver.Start(t).URL, "SECRETS_KEY": secret.NewKey(time.Now())}
}

// Routers are kept in NATS: any instance that starts later has them, and takes the tickets
// of another one.
func TestTheRegisterInNATS(t *testing.T) {
	_, one := device(t, sim.Options{Identity: "one"})
	env := fleetEnv(t)
	var ticket struct {
		Ticket string `json:"ticket"`
	}
	runUntil(t, env, func(p *program) {
		require.Equal(t, http.StatusOK, p.connect("a", one).status)
		require.Equal(t, http.StatusOK, p.send(http.MethodPatch, "/routers/a", `{"comment":"roof"}`).status)
		p.post("/tickets", `{"routers":["a"]}`).data(t, &ticket)
	})
	runUntil(t, env, func(p *program) {
		assert.Equal(t, "roof", p.routers()["a"].Comment)
		p.watch("/sse/a?ticket=" + ticket.Ticket).snapshot()
		assert.Equal(t, http.StatusOK, p.send(http.MethodDelete, "/routers/a", "").status)
	})
	runUntil(t, env, func(p *program) { assert.Empty(t, p.routers()) })
}

func TestAStartThatNATSRefuses(t *testing.T) {
	env := fleetEnv(t)
	runUntil(t, env, func(*program) {})
	env["SECRETS_KEY"] = secret.NewKey(time.Now())
	err := refusedStart(t, env)
	require.ErrorContains(t, err, "NATS_URL: the key ring does not open the register")
	_, key, _ := strings.Cut(env["SECRETS_KEY"], "=")
	assert.NotContains(t, err.Error(), key)

	env["NATS_URL"] = natsserver.StartNodes(t, natsserver.Options{Config: "authorization { user: u, password: p }"})[0].URL
	require.ErrorContains(t, refusedStart(t, env), "Authorization Violation")
}
