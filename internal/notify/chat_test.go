package notify

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/register"
)

// nasty is what a user may call himself.
func nasty() alert.Transition {
	t := down("r1")
	t.Source, t.Rule, t.When, t.Status, t.Severity = "user.up", "users", "user.up", alert.Event, alert.Info
	t.Subject = `<b>@everyone</b> *x* [l](http://evil.example) & ` + "`tick`"
	return t
}

const botToken = "123456:AAE-s3cr3t_token"

// A stand-in for the Bot API: it asks for patience once, and then the group has another
// id.
func TestTelegram(t *testing.T) {
	s := serve(t, func(n int, r received) (int, string) {
		switch {
		case r.path != "/bot"+botToken+"/sendMessage":
			return http.StatusNotFound, `{"ok":false,"error_code":404,"description":"Not Found"}`
		case n == 1:
			return http.StatusTooManyRequests, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}`
		case strings.Contains(r.body, `"chat_id":"-100"`):
			return http.StatusBadRequest, `{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1009}}`
		}
		return http.StatusOK, `{"ok":true,"result":{}}`
	})
	r := build(t, Spec{Telegram: &TelegramSpec{TokenEnv: "t", Chat: "-100", Thread: 7, URL: s.URL}}, map[string]string{"t": botToken})
	r.retries = []time.Duration{time.Millisecond}
	o, _, log, _ := run(t, register.NewMemory(), r)
	o.Tell(nasty())
	requests := s.wait(t, 3)
	assert.GreaterOrEqual(t, requests[1].at.Sub(requests[0].at), time.Second, "retry_after is obeyed")
	var m telegramMessage
	require.NoError(t, json.Unmarshal([]byte(requests[2].body), &m))
	assert.Equal(t, "-1009", m.ChatID)
	assert.Equal(t, int64(7), m.Thread)
	assert.True(t, m.Silent)
	assert.True(t, m.Preview["is_disabled"])
	assert.Equal(t, "HTML", m.ParseMode)
	assert.Equal(t, "INFO <code>r1</code>: user <code>&lt;b&gt;@everyone&lt;/b&gt; *x* [l](http://evil.example) &amp; `tick`</code> has connected\n"+
		"Rule <code>users</code>: <code>user.up</code>, since 2026-11-26 11:03:05 UTC", m.Text)
	require.Eventually(t, func() bool { return o.Stats()[0].Delivered == 1 }, 10*time.Second, time.Millisecond)
	assert.NotContains(t, log.String(), "s3cr3t")
}

func TestTelegramErrorsHaveNoToken(t *testing.T) {
	r := build(t, Spec{Telegram: &TelegramSpec{TokenEnv: "t", Chat: "@noc", URL: "http://127.0.0.1:1"}}, map[string]string{"t": botToken})
	err := r.Test(t.Context(), down("r1"))
	require.ErrorContains(t, err, "connection refused")
	assert.NotContains(t, err.Error(), "s3cr3t")
}

func TestDiscord(t *testing.T) {
	s := serve(t, nil)
	r := build(t, Spec{Discord: &URLSpec{URL: s.URL + "/api/webhooks/1/t"}}, nil)
	require.NoError(t, r.Test(t.Context(), nasty()))
	long := nasty()
	long.Reason, long.Source = strings.Repeat("é*", 3000), "log"
	require.NoError(t, r.Test(t.Context(), long))
	var m struct {
		Content         string              `json:"content"`
		AllowedMentions map[string][]string `json:"allowed_mentions"`
	}
	requests := s.all()
	require.NoError(t, json.Unmarshal([]byte(requests[0].body), &m))
	assert.Equal(t, "TEST INFO `r1`: user `<b>@everyone</b> *x* [l](http://evil.example) & 'tick'` has connected\nRule `users`: `user.up`, since 2026-11-26 11:03:05 UTC", m.Content)
	assert.Equal(t, map[string][]string{"parse": {}}, m.AllowedMentions)
	require.NoError(t, json.Unmarshal([]byte(requests[1].body), &m))
	assert.LessOrEqual(t, len([]rune(m.Content)), discordMost)
	assert.Equal(t, 0, strings.Count(m.Content, "`")%2, "code ends where the text is cut")
}

func TestSlack(t *testing.T) {
	s := serve(t, func(int, received) (int, string) { return http.StatusOK, "ok" })
	r := build(t, Spec{Slack: &URLSpec{URLEnv: "u"}}, map[string]string{"u": s.URL + "/services/T/B/x"})
	require.NoError(t, r.Test(t.Context(), nasty()))
	assert.JSONEq(t, `{"text":"TEST INFO r1: user &lt;b&gt;@everyone&lt;/b&gt; *x* [l](http://evil.example) &amp; `+"`tick`"+` has connected","mrkdwn":false,
		"blocks":[{"type":"section","text":{"type":"plain_text","emoji":false,"text":"TEST INFO r1: user <b>@everyone</b> *x* [l](http://evil.example) & `+"`tick`"+` has connected\nRule users: user.up, since 2026-11-26 11:03:05 UTC"}}]}`, s.all()[0].body)
}

func TestNtfy(t *testing.T) {
	s := serve(t, nil)
	r := build(t, Spec{Language: "id", Ntfy: &NtfySpec{URL: s.URL, Topic: "noc", TokenEnv: "t"}}, map[string]string{"t": "tk_s3cr3t"})
	require.NoError(t, r.Test(t.Context(), down("r1")))
	assert.Equal(t, "Bearer tk_s3cr3t", s.all()[0].header.Get("Authorization"))
	assert.JSONEq(t, `{"topic":"noc","title":"TES KRITIS r1: router offline: dial: connection refused","message":"Aturan router-down: router.down, sejak 2026-11-26 11:03:05 UTC","priority":5}`, s.all()[0].body)
}
