package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/sim"
)

// bodies has a good body for each endpoint that reads one; TEXT is a place where a
// client's own text stands.
var bodies = map[string]string{
	"/connect":    `{"router_id":"TEXT","host":"r.test","user":"api","pass":"TEXT"}`,
	"/disconnect": `{"router_id":"TEXT"}`,
	"/run":        `{"router_id":"r","args":["/ip/address/set","=.id=*1","=comment=TEXT"]}`,
	"/run/batch":  `{"routers":["TEXT"],"args":["/ip/address/set","=.id=*1","=comment=TEXT"]}`,
	"/tickets":    `{"routers":["TEXT"]}`,
}

// Text that is not UTF-8 is refused: U+FFFD in its place would be sent to the router, and
// would make two names one.
func TestABodyThatIsNotUTF8IsRefused(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	s.connect("r", "r.test")
	for name, text := range map[string]string{
		"latin-1":                       "jos\xe9",
		"windows-1251":                  "\xef\xf0\xee",
		"an overlong form":              "\xc0\xaf",
		"a surrogate as bytes":          "\xed\xa0\x80",
		"beyond Unicode":                "\xf4\x90\x80\x80",
		"half a character":              "x\xe4\xb8",
		"a lone byte of a character":    "\x80",
		"a high surrogate":              `x\ud800y`,
		"a high surrogate at the end":   `\uDBFF`,
		"a low surrogate":               `x\uDC00y`,
		"a pair the wrong way":          `\udc00\ud800`,
		"a high surrogate twice":        `\ud83d\ud83d\ude00`,
		"a high one and an escape":      `\ud83d\n\ude00`,
		"a high one and another escape": `\ud83d\u0041`,
		"behind an escaped backslash":   `\\\ud800`,
	} {
		for path, body := range bodies {
			for place, sent := range map[string]string{
				"value": strings.ReplaceAll(body, "TEXT", text),
				"key":   strings.Replace(strings.ReplaceAll(body, "TEXT", "r"), "{", `{"`+text+`":1,`, 1),
			} {
				t.Run(path+" "+name+" in a "+place, func(t *testing.T) {
					s.use(t)
					got := s.json(http.MethodPost, path, sent)
					assert.Equal(t, http.StatusBadRequest, got.Code, got.Body)
					assert.Equal(t, "invalid_request", got.body.Code)
					assert.Contains(t, got.body.Error, "not UTF-8")
				})
			}
		}
	}
	assert.Zero(t, s.devices["r.test:8728"].Stats().Commands["/ip/address/set"], "nothing was sent")
}

// What only looks like it is taken.
func TestABodyInUTF8IsTaken(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	s.connect("r", "r.test")
	for _, text := range []string{
		"José", "北京", "🙂", `\ud83d\ude42`, `\uD83D\uDE42\ud83d\ude42`, `\\ud800`, `\\\\ud800 \\udc00`, `\ufffd`, "\ufffd", `\uffff`, `\u0000`, `\/\"`,
	} {
		got := s.json(http.MethodPost, "/run", strings.ReplaceAll(bodies["/run"], "TEXT", text))
		assert.Equal(t, http.StatusOK, got.Code, "%s: %s", text, got.Body)
	}
}

// A byte order mark is no part of the text.
func TestAByteOrderMark(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	s.connect("r", "r.test")
	const mark = "\ufeff"
	for path, body := range bodies {
		body = strings.ReplaceAll(body, "TEXT", "x")
		plain, marked := s.send(http.MethodPost, path, body), s.send(http.MethodPost, path, mark+body)
		assert.Equal(t, plain.Code, marked.Code, path)
		assert.NotEqual(t, http.StatusBadRequest, marked.Code, marked.Body)
	}
	for name, body := range map[string]string{"twice": mark + mark + good["/run"], "inside": strings.Replace(good["/run"], "{", "{"+mark, 1), "alone": mark} {
		assert.Equal(t, http.StatusBadRequest, s.json(http.MethodPost, "/run", body).Code, name)
	}
	utf16 := "\xff\xfe" + strings.Join(strings.Split(good["/run"], ""), "\x00") + "\x00"
	assert.Contains(t, s.json(http.MethodPost, "/run", utf16).body.Error, "UTF-16")
}

func TestTheCharsetOfABody(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	s.connect("r", "r.test")
	for path, body := range bodies {
		body = strings.ReplaceAll(body, "TEXT", "r")
		for _, media := range []string{
			"application/json; charset=iso-8859-1", "application/json;charset=windows-1251", `application/json; charset="GBK"`,
			"application/json; charset=utf-16", "application/json; CHARSET=latin1", `application/json; charset=""`,
			"application/json; charset=utf-8; charset=latin1",
		} {
			got := s.json(http.MethodPost, path, body, "Content-Type", media)
			assert.Equal(t, http.StatusUnsupportedMediaType, got.Code, "%s %s: %s", path, media, got.Body)
			assert.Equal(t, "unsupported_media_type", got.body.Code)
			assert.Contains(t, got.body.Error, "UTF-8")
		}
		got := s.json(http.MethodPost, path, body, "Content-Encoding", "gzip")
		assert.Equal(t, http.StatusUnsupportedMediaType, got.Code, path)
		assert.Contains(t, got.body.Error, "compressed")
	}
	assert.Zero(t, s.devices["r.test:8728"].Stats().Commands["/ip/address/set"], "nothing was sent")
	for path, body := range bodies {
		body = strings.ReplaceAll(body, "TEXT", "r")
		for _, media := range []string{
			"application/json; charset=utf-8", `application/json;charset="UTF-8"`, "application/json; charset=utf8", "application/json; profile=x",
		} {
			got := s.send(http.MethodPost, path, body, "Content-Type", media)
			assert.NotEqual(t, http.StatusUnsupportedMediaType, got.Code, "%s %s", path, media)
		}
	}
}

// Path, query and header are text of the client as well.
func TestAnAddressThatIsNotUTF8IsRefused(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	s.connect("caf\ufffd", "r.test")
	for _, path := range []string{
		"/routers/caf%e9", "/routers/caf%E9", "/routers/caf\xe9", "/system-info?router=caf%e9", "/system-info?router=caf\xe9",
		"/sse/caf%e9", "/sse?router=caf%e9", "/sse/caf?topics=%ff", "/sse/caf?last_event_id=%ff", "/sse/caf?%ff=1", "/sse/caf?mode=%ed%a0%80",
		"/whoami?x=%e9", "/routers?x=%c0%af",
		// escapes that are none: the parameter would be left out
		"/system-info?router=50%", "/system-info?router=%zz", "/sse?router=a;b",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			got := s.send(method, path, "")
			assert.Equal(t, http.StatusBadRequest, got.Code, "%s %q: %s", method, path, got.Body)
			if method == http.MethodGet {
				assert.Contains(t, got.Body.String(), `"code":"invalid_request"`)
			}
		}
	}
	got := s.send(http.MethodGet, "/sse/caf", "", "Last-Event-ID", "\xe9")
	assert.Equal(t, http.StatusBadRequest, got.Code, got.Body)
	assert.Equal(t, http.StatusOK, s.send(http.MethodGet, "/routers/caf%ef%bf%bd", "").Code, "U+FFFD itself is a character")
	assert.Equal(t, http.StatusUnauthorized, s.send(http.MethodGet, "/routers/caf%e9", "", "X-API-Key", "").Code, "the key comes first")
}
