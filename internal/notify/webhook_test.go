package notify

import (
	"encoding/json"
	"net"
	"net/http"
	"testing"
	"time"

	svix "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/dialpolicy"
	"github.com/aprakasa/mikronec/internal/register"
)

const (
	newSecret = "whsec_bmV3LXNlY3JldC1vZi0zMi1ieXRlcy0uLi4uLi4uLi4="
	oldSecret = "whsec_b2xkLXNlY3JldC1vZi0zMi1ieXRlcy0uLi4uLi4uLi4="
)

// The reference verification of Standard Webhooks accepts what is sent, with the new and
// with the old secret, at every attempt, and the id stays the same.
func TestStandardWebhooks(t *testing.T) {
	s := serve(t, func(n int, _ received) (int, string) {
		if n == 1 {
			return http.StatusServiceUnavailable, "later"
		}
		return http.StatusNoContent, ""
	})
	r := build(t, Spec{Webhook: &WebhookSpec{URLSpec: URLSpec{URL: s.URL + "/hook"}, SecretEnv: "s"}}, map[string]string{"s": newSecret + "\n" + oldSecret + "\n"})
	r.retries = []time.Duration{100 * time.Millisecond}
	o, _, _, _ := run(t, register.NewMemory(), r)
	o.Tell(down("r1"))
	requests := s.wait(t, 2)
	for _, one := range requests {
		for _, key := range []string{newSecret, oldSecret} {
			wh, err := svix.NewWebhook(key)
			require.NoError(t, err)
			require.NoError(t, wh.Verify([]byte(one.body), one.header))
			require.Error(t, wh.Verify([]byte(one.body+" "), one.header))
		}
		assert.Equal(t, "id-r1", one.header.Get("Webhook-Id"))
		assert.Equal(t, "application/json", one.header.Get("Content-Type"))
	}
	assert.Equal(t, requests[0].body, requests[1].body)
	assert.JSONEq(t, `{"type":"router.down","timestamp":"2026-11-26T11:04:05Z","data":{"id":"id-r1","alert":"alert-r1","status":"firing",
		"rule":"router-down","source":"router.down","when":"router.down","severity":"critical","router_id":"r1","reason":"dial: connection refused",
		"since":"2026-11-26T11:03:05Z","started":"2026-11-26T11:04:05Z","at":"2026-11-26T11:04:05Z"}}`, requests[0].body)
	require.Eventually(t, func() bool { return o.Stats()[0].Delivered == 1 }, 10*time.Second, time.Millisecond)
}

func TestFormatsOfWebhooks(t *testing.T) {
	s := serve(t, nil)
	resolved := down("r2")
	resolved.Status, resolved.Reason = alert.Resolved, ""
	r := build(t, Spec{Webhook: &WebhookSpec{URLSpec: URLSpec{URL: s.URL}, Format: "cloudevents", Source: "https://example.org/mikronec"}}, nil)
	require.NoError(t, r.Test(t.Context(), down("r1")))
	r = build(t, Spec{Webhook: &WebhookSpec{URLSpec: URLSpec{URL: s.URL}, Format: "alertmanager"}}, nil)
	require.NoError(t, r.sender.send(t.Context(), Message{ID: "m", Items: []alert.Transition{resolved, resolved}}))

	requests := s.all()
	assert.Equal(t, "application/cloudevents+json", requests[0].header.Get("Content-Type"))
	var event map[string]any
	require.NoError(t, json.Unmarshal([]byte(requests[0].body), &event))
	for name, want := range map[string]string{"specversion": "1.0", "id": "id-r1", "source": "https://example.org/mikronec", "type": "mikronec.router.down", "subject": "r1", "time": "2026-11-26T11:04:05Z", "datacontenttype": "application/json"} {
		assert.Equal(t, want, event[name], name)
	}
	assert.Equal(t, true, event["data"].(map[string]any)["test"])

	var v4 struct {
		Version, GroupKey, Status, Receiver          string
		GroupLabels, CommonLabels, CommonAnnotations map[string]string
		Alerts                                       []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(requests[1].body), &v4))
	assert.Equal(t, "4", v4.Version)
	assert.Equal(t, "resolved", v4.Status)
	assert.Equal(t, map[string]string{"alertname": "router-down", "router_id": "r2", "severity": "critical", "source": "router.down"}, v4.CommonLabels)
	assert.Equal(t, "OK r2: router is up again (after 0 s)", v4.CommonAnnotations["summary"])
	assert.Equal(t, "2026-11-26T11:04:05Z", v4.Alerts[0]["endsAt"])
	assert.Len(t, v4.Alerts, 2)
}

// A receiver that is gone gets nothing until the file is read again.
func TestGone(t *testing.T) {
	s := serve(t, func(int, received) (int, string) { return http.StatusGone, "" })
	r := build(t, Spec{Webhook: &WebhookSpec{URLSpec: URLSpec{URL: s.URL}}}, nil)
	r.retries = []time.Duration{time.Millisecond, time.Millisecond}
	o, _, log, _ := run(t, register.NewMemory(), r)
	o.Tell(down("r1"))
	require.Eventually(t, func() bool { return o.Stats()[0].State == "gone" }, 10*time.Second, time.Millisecond)
	o.Tell(down("r2"))
	time.Sleep(50 * time.Millisecond)
	assert.Len(t, s.all(), 1)
	assert.Contains(t, log.String(), "gone=true")
	s.respond(nil)
	o.Replace([]*Receiver{r})
	s.wait(t, 3)
	require.Eventually(t, func() bool { return o.Stats()[0].Delivered == 2 }, 10*time.Second, time.Millisecond)
}

// Errors have no URL, no token and no address of the server's network.
func TestErrorsHaveNoSecret(t *testing.T) {
	closed := serve(t, nil)
	closed.Close()
	moved := serve(t, func(int, received) (int, string) { return http.StatusFound, "" })
	moved.header.Set("Location", closed.URL)
	refusing := serve(t, func(int, received) (int, string) {
		return http.StatusBadRequest, `{"description":"Bad Request: chat not found s3cr3t-not"}`
	})
	own := serve(t, nil)
	policy, err := dialpolicy.Parse([]string{"127.0.0.1", "example.org", "10.0.0.0/8"})
	require.NoError(t, err)
	policy = policy.Named("ALERT_NETWORKS").Except(own.Listener.Addr().(*net.TCPAddr).AddrPort().Port())
	for name, tc := range map[string]struct{ url, want string }{
		"closed":        {closed.URL + "/s3cr3t", "connection refused"},
		"redirect":      {moved.URL + "/s3cr3t", "status 302"},
		"metadata":      {"http://169.254.169.254/s3cr3t", "link-local"},
		"not in list":   {"http://192.0.2.1/s3cr3t", "it is not in ALERT_NETWORKS"},
		"this program":  {own.URL + "/s3cr3t", "a port of this program"},
		"no such name":  {"http://nobody.invalid/s3cr3t", "no such host|cannot be resolved|server misbehaving"},
		"chat is wrong": {refusing.URL + "/s3cr3t", "status 400: Bad Request: chat not found"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := buildWith(policy, Spec{Slack: &URLSpec{URL: tc.url}}, nil)
			require.NoError(t, err)
			err = r.Test(t.Context(), down("r1"))
			require.Error(t, err)
			assert.Regexp(t, tc.want, err.Error())
			assert.NotContains(t, err.Error(), "/s3cr3t")
		})
	}
	assert.Empty(t, own.all())
}
