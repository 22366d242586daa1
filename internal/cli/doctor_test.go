package cli_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/cli"
	"github.com/aprakasa/mikronec/internal/sim"
)

const (
	testUser = "api"
	testPass = "s3cret-pass-word"
)

// device runs a simulated router on loopback and returns its address.
func device(t *testing.T, o sim.Options) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	d := sim.New(o)
	served := make(chan error, 1)
	go func() { served <- d.Serve(listener) }()
	t.Cleanup(func() {
		d.Close()
		assert.NoError(t, <-served)
	})
	return listener.Addr().String()
}

// TestDoctor runs the subcommand as a script would: the password comes from
// standard input and is printed nowhere.
func TestDoctor(t *testing.T) {
	t.Parallel()
	addr := device(t, sim.Options{User: testUser, Password: testPass, PPPUsers: 3, Users: []sim.User{{Name: "\xee\xef\xe5\xf0", Password: "\xef\xe0\xf0", Group: "api,read"}}})
	for name, tt := range map[string]struct {
		args  []string
		stdin string
		code  int
		out   string
		err   string
	}{
		"a healthy router": {[]string{"-yes", "-user", testUser, addr}, testPass + "\n", 0, "This router is ready for monitoring.", ""},
		"no newline":       {[]string{"-yes", "-user", testUser, addr}, testPass, 0, "ok    /ppp/active", ""},
		"a wrong password": {[]string{"-yes", "-user", testUser, addr}, "not-the-password\n", 1, "FAIL  login", "not ready for monitoring yet"},
		"a code page":      {[]string{"-yes", "-user", "опер", "-code-page", "windows-1251", addr}, "пар\n", 0, "This router is ready for monitoring.", ""},
		"not its page":     {[]string{"-yes", "-user", "опер", addr}, "пар\n", 1, "-code-page windows-1251", "not ready"},
		"nobody says yes":  {[]string{"-user", testUser, addr}, testPass + "\n", 1, "FAIL  login                 not tried", "not ready"},
		"a fingerprint":    {[]string{"-user", testUser, "-fingerprint", strings.Repeat("ab", 32), addr}, testPass + "\n", 1, "FAIL  tls", "not ready"},
		"no fingerprint":   {[]string{"-fingerprint", "abc", addr}, testPass, 1, "", "the fingerprint must be a SHA-256"},
		"no authority":     {[]string{"-ca", "doctor_test.go", addr}, testPass, 1, "", "doctor_test.go has no certificate in PEM form"},
		"no file":          {[]string{"-ca", "nowhere.pem", addr}, testPass, 1, "", "nowhere.pem"},
		"no address":       {nil, "", 1, "", "use mikronec doctor [flags] ROUTER-ADDRESS"},
		"help":             {[]string{"-h"}, "", 0, "", "mikronec doctor [flags] ROUTER-ADDRESS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, problems bytes.Buffer
			p := cli.Program{Args: append([]string{"doctor"}, tt.args...), Stdin: strings.NewReader(tt.stdin), Stdout: &out, Stderr: &problems}
			assert.Equal(t, tt.code, p.Main(context.WithoutCancel(t.Context())))
			assert.Contains(t, out.String(), tt.out)
			assert.Contains(t, problems.String(), tt.err)
			for _, secret := range []string{testPass, "not-the-password"} {
				assert.NotContains(t, out.String()+problems.String(), secret)
			}
		})
	}
}
