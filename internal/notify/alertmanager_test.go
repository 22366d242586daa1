package notify

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"os"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/engine"
	"github.com/aprakasa/mikronec/internal/register"
)

// realAlertmanager starts an Alertmanager that sends all alerts to a webhook, and returns
// its URL.
func realAlertmanager(t *testing.T, webhook string) string {
	t.Helper()
	binary := engine.Find(t, "prometheus-alertmanager", "prometheus-alertmanager")
	if _, err := os.Stat("/usr/share/prometheus/alertmanager/default.tmpl"); err != nil { // Debian's looks for it there
		engine.Missing(t, "WITH prometheus-alertmanager", "its templates are not in /usr/share/prometheus/alertmanager")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	dir := t.TempDir()
	cfg, err := yaml.Marshal(map[string]any{
		"route":     map[string]any{"receiver": "hook", "group_by": []string{"alertname"}, "group_wait": "100ms", "group_interval": "200ms"},
		"receivers": []any{map[string]any{"name": "hook", "webhook_configs": []any{map[string]any{"url": webhook, "send_resolved": true}}}},
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "am.yml"), cfg, 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary, "--config.file="+filepath.Join(dir, "am.yml"), "--storage.path="+dir, "--web.listen-address="+addr, "--cluster.listen-address=")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	url := "http://" + addr
	require.Eventually(t, func() bool {
		resp, err := http.Get(url + "/-/ready") //nolint:noctx // of a test
		if err != nil {
			return false
		}
		return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
	}, 20*time.Second, 20*time.Millisecond)
	return url
}

// A real Alertmanager takes what fires and what has ended, and its own webhook has the
// same shape as ours.
func TestAlertmanager(t *testing.T) {
	hook := serve(t, nil)
	url := realAlertmanager(t, hook.URL)
	r := build(t, Spec{Alertmanager: &AlertmanagerSpec{URLSpec: URLSpec{URL: url}}}, nil)
	o, _, _, _ := run(t, register.NewMemory(), r)
	one := down("r1")
	one.Started, one.At = time.Now(), time.Now()
	o.Tell(one)
	first := hook.wait(t, 1)[0]
	resolved := one
	resolved.ID, resolved.Status, resolved.At = "id-2", alert.Resolved, time.Now()
	o.Tell(resolved)
	second := hook.wait(t, 2)[1]

	ours := serve(t, nil)
	v4 := build(t, Spec{Webhook: &WebhookSpec{URLSpec: URLSpec{URL: ours.URL}, Format: "alertmanager"}}, nil)
	require.NoError(t, v4.sender.send(t.Context(), Message{ID: "m", Items: []alert.Transition{one}}))
	require.NoError(t, v4.sender.send(t.Context(), Message{ID: "m", Items: []alert.Transition{resolved}}))
	for i, theirs := range []received{first, second} {
		var want, got map[string]any
		require.NoError(t, json.Unmarshal([]byte(theirs.body), &want))
		require.NoError(t, json.Unmarshal([]byte(ours.all()[i].body), &got))
		for name := range want {
			assert.Contains(t, got, name)
		}
		assert.Equal(t, want["status"], got["status"])
		assert.Equal(t, want["commonLabels"], got["commonLabels"])
		assert.Equal(t, want["commonAnnotations"], got["commonAnnotations"])
		theirAlert, ourAlert := want["alerts"].([]any)[0].(map[string]any), got["alerts"].([]any)[0].(map[string]any)
		for name := range theirAlert {
			assert.Contains(t, ourAlert, name)
		}
		assert.Equal(t, theirAlert["labels"], ourAlert["labels"])
	}
}

// What fires is sent again before the Alertmanager would resolve it.
func TestWhatFiresIsRepeated(t *testing.T) {
	s := serve(t, nil)
	r := build(t, Spec{Alertmanager: &AlertmanagerSpec{URLSpec: URLSpec{URL: s.URL}, User: "u", PassEnv: "p"}}, map[string]string{"p": "s3cr3t"})
	r.resend = 50 * time.Millisecond
	o, _, _, _ := run(t, register.NewMemory(), r)
	o.Tell(down("r1"))
	requests := s.wait(t, 3)
	assert.Equal(t, "/api/v2/alerts", requests[2].path)
	assert.Contains(t, requests[2].header.Get("Authorization"), "Basic ")
	var list []postableAlert
	require.NoError(t, json.Unmarshal([]byte(requests[2].body), &list))
	assert.WithinDuration(t, time.Now().Add(pushLife), list[0].EndsAt, time.Minute)
}
