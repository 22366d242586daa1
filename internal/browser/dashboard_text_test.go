package browser_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// asJSON writes a value into a JavaScript expression.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

// Units and clocks are those of RouterOS in both languages, durations use the words of
// the language.
func TestDashboardFormats(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	for _, tc := range []struct{ call, en, id string }{
		{`rate(0)`, "0 bps", "0 bps"},
		{`rate(850_000)`, "850 kbps", "850 kbps"},
		{`rate(12_460_000)`, "12.5 Mbps", "12,5 Mbps"},
		{`rate(999_600)`, "1 Mbps", "1 Mbps"},
		{`rate(1.2e9)`, "1.2 Gbps", "1,2 Gbps"},
		{`rate(NaN)`, "–", "–"},
		{`bytes(512)`, "512 B", "512 B"},
		{`bytes(1023.7)`, "1 KiB", "1 KiB"},
		{`bytes(1009 * 1024 ** 2)`, "1009 MiB", "1009 MiB"},
		{`bytes(3.4 * 1024 ** 2)`, "3.4 MiB", "3,4 MiB"},
		{`bytes(1.2 * 1024 ** 3)`, "1.2 GiB", "1,2 GiB"},
		{`bytes(undefined)`, "–", "–"},
		{`number(12_345)`, "12,345", "12.345"},
		{`percent(44.6)`, "45%", "45%"},
		{`duration(3 * 86400 + 4 * 3600 + 59)`, "3 d 4 h", "3 hari 4 jam"},
		{`duration(86400)`, "1 d", "1 hari"},
		{`duration(4 * 3600 + 12 * 60)`, "4 h 12 min", "4 jam 12 mnt"},
		{`duration(12 * 60 + 5.9)`, "12 min 5 s", "12 mnt 5 dtk"},
		{`duration(0)`, "0 s", "0 dtk"},
		{`duration(-5)`, "0 s", "0 dtk"},
		{`duration(NaN)`, "–", "–"},
		{`clock(new Date(2026, 10, 26, 14, 5, 9) / 1000)`, "14:05:09", "14:05:09"},
		{`clock(new Date(2026, 10, 26, 0, 0, 0) / 1000)`, "00:00:00", "00:00:00"},
		{`moment(new Date(2020, 7, 6, 14, 5, 9) / 1000)`, "6 Aug 2020 14:05", "6 Agu 2020 14:05"},
		{`moment(new Date().setHours(1, 2, 3) / 1000)`, "01:02:03", "01:02:03"},
	} {
		for language, want := range map[string]string{"en": tc.en, "id": tc.id} {
			got := chromium.Eval[string](d.Tab, fmt.Sprintf(`(async () => {
				const { i18n, format } = await import("/assets/main.js");
				i18n.setLanguage(%q);
				const { rate, bytes, number, percent, duration, clock, moment } = format;
				return %s;
			})()`, language, tc.call))
			assert.Equal(t, want, strings.ReplaceAll(got, "\u00a0", " "), "%s in %s", tc.call, language)
		}
	}
}

// A failure has a headline and an advice in the language of the page. The message of
// the router, or of the server where it names what is wrong, is quoted in English.
func TestDashboardErrors(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	type failure struct {
		Code      string `json:"code"`
		Message   string `json:"message"`
		RequestID string `json:"requestId,omitempty"`
	}
	const quota, request = "this key has all the streams it may have", "K3V7QZ2MTAAUBM7ZRD2LWXEN4Y"
	for _, tc := range []struct {
		name string
		failure
		en, id []string // the lines
	}{
		{
			"a code whose message says no more", failure{Code: "quota_exceeded", Message: quota},
			[]string{"The limit of streams, routers or keys is reached.", "Close another tab, disconnect a router, or take back a key that nobody needs."},
			[]string{"Batas stream, router, atau key tercapai.", "Tutup tab lain, putuskan satu router, atau cabut key yang tidak dipakai."},
		},
		{
			"the words of a router", failure{Code: "router_refused", Message: "failure: already have such address"},
			[]string{"The router refused this command.", "Read the message of the router below. Often a package is not installed, or the user lacks a policy.", "Message of the router: failure: already have such address"},
			[]string{"Router menolak perintah ini.", "Baca pesan router di bawah; sering karena paket belum terpasang atau policy user kurang.", "Pesan router: failure: already have such address"},
		},
		{
			"a fault of the server", failure{Code: "internal", Message: "internal error; the server's log has the details", RequestID: request},
			[]string{"The server has an internal error.", "Report it to the server admin with the request ID.", "Request ID: " + request},
			[]string{"Terjadi error di server.", "Laporkan ke admin server beserta request ID-nya.", "Request ID: " + request},
		},
		{
			"a code of a newer server", failure{Code: "too_hot", Message: "the router is on fire"},
			[]string{"An error occurred.", "Message of the server: the router is on fire"},
			[]string{"Terjadi error.", "Pesan server: the router is on fire"},
		},
		{
			"a known cause", failure{Code: "router_unreachable", Message: "dial: connect: connection refused"},
			[]string{"The router cannot be reached.", "Check power, uplink and IP address of the router, then the service api in IP > Services.",
				"Connection refused: the service api is disabled, or the port is wrong."},
			[]string{"Router tidak bisa dihubungi.", "Cek listrik, uplink, dan IP router, lalu service api di IP > Services.",
				"Koneksi ditolak: service api nonaktif atau port salah."},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d.during(t)
			for language, want := range map[string][]string{"en": tc.en, "id": tc.id} {
				got := chromium.Eval[[]string](d.Tab, fmt.Sprintf(`(async () => {
					const { failure, i18n } = await import("/assets/main.js");
					i18n.setLanguage(%q);
					const box = failure.failureBox(%s);
					if ([...box.querySelectorAll("q")].some((q) => q.lang !== "en")) return ["a quotation without lang"];
					return [...box.querySelectorAll("p")].map((p) => p.textContent);
				})()`, language, asJSON(t, tc.failure)))
				assert.Equal(t, want, got, language)
			}
		})
	}
}

// The page explains frequent causes, which it finds in the messages of the server.
func TestDashboardKnowsCauses(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	for message, key := range map[string]string{
		`dial: dial tcp 127.0.0.1:8728: connect: connection refused`: "cause.refused",
		`dial: lookup core.example: no such host`:                    "cause.host",
		`dial: dial tcp 192.0.2.1:8728: i/o timeout`:                 "cause.silent",
		`dial: no answer within 10s`:                                 "cause.silent",
		`no answer within 7.5s`:                                      "", // the router is connected
		`login: no answer: connected, but the router sent nothing for 5s; check /ip service (address list, max-sessions)`:  "cause.closed",
		`login: the router closed the connection; check /ip service, and whether this port needs TLS (api-ssl, 8729): EOF`: "cause.closed",
		`tls: the router closed the connection during the TLS handshake; check /ip service (EOF)`:                          "cause.closed",
		`read: the router closed the connection`:                                                            "", // after the login
		`login: not a RouterOS API port: it speaks TLS; connect with tls, or to the plain API on port 8728`: "cause.tls",
		`tls: this port does not speak TLS; the plain API is on port 8728, connect to it without tls`:       "cause.tls",
		"tls: " + routeros.ErrNoCommonCipher.Error():                                                        "cause.certificate",
		"tls: " + routeros.ErrOldTLS.Error():                                                                "",
		(&routeros.LoginError{User: "api", Reason: "invalid user name or password (6)"}).Error():            "cause.login",
		(&routeros.LoginError{User: "api", Reason: "cannot log in"}).Error():                                "cause.login",
		`not enough permissions (9)`:                                                                        "cause.policy",
		`no such command prefix`:                                                                            "cause.command",
		`failure: already have such address`:                                                                "",
		`expected end of command (reset-counters)`:                                                          "",
	} {
		got := chromium.Eval[bool](d.Tab, fmt.Sprintf(`(async () => {
			const { failure, i18n } = await import("/assets/main.js");
			return failure.causeOf(%q) === (%[2]q && i18n.t(%[2]q));
		})()`, message, key))
		assert.True(t, got, "%s: %s", message, key)
	}
}
