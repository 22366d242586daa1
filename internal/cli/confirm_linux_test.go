package cli

import (
	"bytes"
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// At a terminal doctor asks before it sends the password; nothing but a yes is one.
func TestDoctorAsksAtTheTerminal(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	d := sim.New(sim.Options{})
	served := make(chan error, 1)
	go func() { served <- d.Serve(listener) }()
	defer func() {
		d.Close()
		assert.NoError(t, <-served)
	}()
	logins := 0
	for answer, yes := range map[string]bool{"y": true, "Y": true, "yes": true, " YES ": true, "": false, "n": false, "no": false, "yep": false, "yy": false} {
		screen, keyboard := terminal(t)
		_, err := screen.WriteString("\n" + answer + "\n") // the password, which is empty, and the answer
		require.NoError(t, err)
		var out, problems bytes.Buffer
		p := Program{Args: []string{"doctor", listener.Addr().String()}, Stdin: keyboard, Stdout: &out, Stderr: &problems}
		code := p.Main(context.WithoutCancel(t.Context()))
		assert.Contains(t, problems.String(), "Send the password of admin to "+listener.Addr().String()+", unencrypted, whoever answers there? [y/N]")
		if yes {
			logins++
		}
		assert.Equal(t, yes, code == 0, "%q: %s%s", answer, out.String(), problems.String())
		assert.Equal(t, logins, d.Stats().Logins, answer)
	}
}
