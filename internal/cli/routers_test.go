package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/cli"
)

// ran is the result of a command.
func ran(t *testing.T, env map[string]string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	p := cli.Program{
		Version: "v0.0.0-test", Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &problems,
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}
	status = p.Main(t.Context())
	return status, out.String(), problems.String()
}

func TestRoutersCheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "routers.yaml")
	require.NoError(t, os.WriteFile(path, []byte("routers:\n  - {router_id: a, host: 192.0.2.1, user: api, pass_env: PASS}\n"), 0o600))
	env := map[string]string{"PASS": "s3cr3t-word"}
	status, out, _ := ran(t, env, "routers", "check", path)
	assert.Zero(t, status)
	assert.Contains(t, out, "api@192.0.2.1:8728")
	assert.Contains(t, out, "The file is valid: 1 routers.")
	assert.NotContains(t, out, "s3cr3t")

	status, _, problems := ran(t, nil, "routers", "check", path)
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, "the variable PASS is not set")
	for _, args := range [][]string{{"routers"}, {"routers", "check"}, {"routers", "check", ""}, {"routers", "show", path}} {
		status, _, problems = ran(t, nil, args...)
		assert.Equal(t, 1, status, args)
		assert.Contains(t, problems, "mikronec routers check FILE", args)
	}
	status, _, _ = ran(t, nil, "routers", "-h")
	assert.Zero(t, status)
}

func TestSecrets(t *testing.T) {
	status, key, _ := ran(t, nil, "secrets", "new")
	assert.Zero(t, status)
	assert.Regexp(t, `^\d{8}-[a-z2-7]{3}=[A-Za-z0-9+/]{43}=\n$`, key)
	_, other, _ := ran(t, nil, "secrets", "new")
	assert.NotEqual(t, key, other)

	used := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(used, "routers.db"), nil, 0o600))
	for name, tc := range map[string]struct {
		env  map[string]string
		want string
	}{
		"no store": {nil, "neither NATS_URL nor DATA_DIR is set"},
		"a fleet without a ring": {
			map[string]string{"NATS_URL": "nats://127.0.0.1:1", "DATA_DIR": used}, "NATS_URL: needs SECRETS_KEY_FILE or SECRETS_KEY, the same for all instances",
		},
		"a fleet with a wrong ring": {
			map[string]string{"NATS_URL": "nats://127.0.0.1:1", "SECRETS_KEY": "x"}, "SECRETS_KEY: line 1: is not id=key",
		},
		"no register": {map[string]string{"DATA_DIR": t.TempDir()}, "no register"},
		"two rings":   {map[string]string{"DATA_DIR": used, "SECRETS_KEY": key, "SECRETS_KEY_FILE": "x"}, "must not be set together"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, problems := ran(t, tc.env, "secrets", "rotate")
			assert.Equal(t, 1, status)
			assert.Contains(t, problems, tc.want)
		})
	}
	status, _, problems := ran(t, nil, "secrets")
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, "mikronec secrets rotate")
}
