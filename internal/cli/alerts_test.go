package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The commands of docs/alerts.md work with the file of docs/alerts.md, from nothing to a
// message; only the address of the Bot API is that of a stand-in.
func TestFromNothingToATelegramMessage(t *testing.T) {
	var got atomic.Pointer[string]
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		text := r.URL.Path + " " + string(body)
		got.Store(&text)
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	defer bot.Close()
	document, err := os.ReadFile("../../docs/alerts.md")
	require.NoError(t, err)
	example := regexp.MustCompile("(?s)```yaml\n(   alerts: default.*?)\n   ```").FindSubmatch(document)
	require.NotNil(t, example)
	dir := t.TempDir()
	file := strings.Replace(string(example[1]), `chat: "`, `url: "`+bot.URL+`", chat: "`, 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "alerts.yml"), []byte(file), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "telegram-token"), []byte("123456:AAE-abc\n"), 0o600))

	executed := 0
	for _, line := range regexp.MustCompile(`(?m)^ *((?:ALERTS_FILE=\S+ )?mikronec alerts .*)$`).FindAllSubmatch(document, -1) {
		words := strings.Fields(strings.ReplaceAll(string(line[1]), "/etc/mikronec", dir))
		env := map[string]string{}
		if name, value, ok := strings.Cut(words[0], "="); ok {
			env[name], words = value, words[1:]
		}
		status, out, problems := ran(t, env, words[1:]...)
		assert.Zero(t, status, problems)
		assert.NotContains(t, out+problems, "AAE")
		executed++
		switch words[2] {
		case "check":
			assert.Contains(t, out, "The file is valid: 10 rules, 1 receivers.")
			assert.Contains(t, out, "asks      hardware           every 30s")
			assert.Contains(t, out, "asks      log                as it happens")
		case "test":
			assert.Equal(t, "noc: delivered\n", out)
			assert.Contains(t, *got.Load(), `/bot123456:AAE-abc/sendMessage {"chat_id":"-1001234567890"`)
		}
	}
	assert.Equal(t, 2, executed)

	env := map[string]string{"ALERTS_FILE": filepath.Join(dir, "alerts.yml")}
	status, out, _ := ran(t, env, "alerts", "test", "cpu")
	assert.Zero(t, status)
	assert.Equal(t, "noc: delivered\n", out)
	assert.Contains(t, *got.Load(), "TEST WARNING")
	status, _, problems := ran(t, env, "alerts", "test", "nobody")
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, `has no receiver "nobody"`)
	bot.Close()
	status, _, problems = ran(t, env, "alerts", "test", "noc")
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, "noc: dial tcp: connection refused")
	assert.NotContains(t, problems, "AAE")
}

func TestAlertsCommand(t *testing.T) {
	status, out, _ := ran(t, nil, "alerts", "default")
	assert.Zero(t, status)
	assert.Contains(t, out, "name: router-down")
	status, _, problems := ran(t, nil, "alerts", "test", "x")
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, "ALERTS_FILE is not set")
	path := filepath.Join(t.TempDir(), "alerts.yml")
	require.NoError(t, os.WriteFile(path, []byte("rules: [{name: x, when: cpu}]\n"), 0o600))
	status, _, problems = ran(t, nil, "alerts", "check", path)
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, `rule 1 ("x"): when: cpu is a number`)
	for _, args := range [][]string{{"alerts"}, {"alerts", "check"}, {"alerts", "show", path}} {
		status, _, problems = ran(t, nil, args...)
		assert.Equal(t, 1, status, args)
		assert.Contains(t, problems, "mikronec alerts check FILE", args)
	}
	status, _, _ = ran(t, nil, "alerts", "-h")
	assert.Zero(t, status)
}
