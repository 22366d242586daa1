package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/keys"
	"github.com/aprakasa/mikronec/internal/sim"
)

// field is a field of the data of an answer.
func (r response) field(name string) string {
	var fields map[string]any
	_ = json.Unmarshal(r.body.Data, &fields)
	text, _ := fields[name].(string)
	return text
}

// siteOfKeys is a site with declared keys, whose secrets are their names.
func siteOfKeys(t *testing.T, lines ...string) (*site, *keys.Keys) {
	t.Helper()
	issued := issuedKeys(t)
	var declared keys.Declared
	for _, line := range lines {
		name, _, _ := strings.Cut(line, " ")
		list, err := access.Parse("name=" + line + " hash=" + access.HashOf(name).String())
		require.NoError(t, err)
		declared.File = append(declared.File, list...)
	}
	issued.Declare(declared)
	return newSite(t, map[string]sim.Options{"r.test": {}}, func(o *api.Options) { o.Issued, o.Keys = issued, issued.Set() }), issued
}

func TestAKeyOfTheAPI(t *testing.T) {
	s, _ := siteOfKeys(t, "noc role=viewer routers=*")
	s.connect("in-1", "r.test")
	s.connect("out-1", "r.test")
	made := s.json(http.MethodPost, "/keys", `{"name":"shop","role":"operator","routers":["in-*"],"rules":["/system/identity:print"],"expires":"2127-01-31"}`)
	require.Equal(t, http.StatusOK, made.Code, made.Body)
	assert.Equal(t, "no-store", made.Header().Get("Cache-Control"))
	key := made.field("key")
	require.True(t, strings.HasPrefix(key, "mk_"))
	as := func(method, path, body string) response {
		t.Helper()
		return s.json(method, path, body, "X-API-Key", key)
	}
	assert.JSONEq(t, `{"name":"shop","role":"operator","routers":["in-*"],"expires":4957113600,"read_only":false}`, string(as(http.MethodGet, "/whoami", "").body.Data))
	run := func(id, command string) int {
		return as(http.MethodPost, "/run", marshal(t, map[string]any{"router_id": id, "args": []string{command}})).Code
	}
	assert.Equal(t, http.StatusOK, run("in-1", "/system/identity/print"))
	assert.Equal(t, http.StatusForbidden, run("in-1", "/ip/address/print"))
	assert.Equal(t, http.StatusNotFound, run("out-1", "/system/identity/print"))

	list := s.send(http.MethodGet, "/keys", "").Body.String()
	assert.NotContains(t, list, key)
	assert.NotContains(t, list, access.HashOf(key).String())
	var all struct {
		Data []struct {
			Name, Source string
			CreatedBy    string `json:"created_by"`
			LastUsed     int64  `json:"last_used"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(list), &all))
	require.Len(t, all.Data, 2)
	assert.Equal(t, []string{"noc", "file", "shop", "api", "owner"}, []string{all.Data[0].Name, all.Data[0].Source, all.Data[1].Name, all.Data[1].Source, all.Data[1].CreatedBy})
	assert.InDelta(t, time.Now().Unix(), all.Data[1].LastUsed, 60)
	assert.Zero(t, all.Data[0].LastUsed)

	got := s.json(http.MethodPost, "/keys", `{"name":"shop","role":"viewer","routers":["*"]}`)
	assert.Equal(t, []any{http.StatusConflict, "name_taken"}, []any{got.Code, got.body.Code})
	for method, path := range map[string]string{http.MethodPost: "/keys", http.MethodDelete: "/keys/noc"} {
		body := ""
		if method == http.MethodPost {
			body = `{"name":"noc","role":"viewer","routers":["*"]}`
		}
		got = s.json(method, path, body)
		assert.Equal(t, []any{http.StatusConflict, "declared"}, []any{got.Code, got.body.Code}, method)
	}
	assert.Equal(t, http.StatusOK, s.json(http.MethodDelete, "/keys/shop", "").Code)
	assert.Equal(t, http.StatusUnauthorized, as(http.MethodGet, "/whoami", "").Code)
	got = s.json(http.MethodDelete, "/keys/shop", "")
	assert.Equal(t, []any{http.StatusNotFound, "not_found"}, []any{got.Code, got.body.Code})
}

func TestWhoMayMakeKeys(t *testing.T) {
	s, _ := siteOfKeys(t, "v role=viewer routers=*", "o role=operator routers=*", "a role=admin routers=in-* expires=2127-01-31")
	for _, key := range []string{"v", "o"} {
		for _, req := range [][3]string{
			{http.MethodGet, "/keys", ""}, {http.MethodGet, "/invitations", ""}, {http.MethodDelete, "/keys/a", ""}, {http.MethodDelete, "/invitations/a", ""},
			{http.MethodPost, "/keys", `{"name":"x","role":"viewer","routers":["*"]}`}, {http.MethodPost, "/invitations", `{"name":"x","role":"viewer","routers":["*"]}`},
		} {
			got := s.json(req[0], req[1], req[2], "X-API-Key", key)
			assert.Equal(t, []any{http.StatusForbidden, "forbidden"}, []any{got.Code, got.body.Code}, "%s %v", key, req)
		}
	}
	for _, path := range []string{"/keys", "/invitations"} {
		for name, tc := range map[string]struct {
			body   string
			status int
		}{
			"its routers":    {`{"name":"x%d","role":"admin","routers":["in-1","in-a-*"]}`, http.StatusOK},
			"all routers":    {`{"name":"x%d","role":"viewer","routers":["*"]}`, http.StatusForbidden},
			"wider routers":  {`{"name":"x%d","role":"viewer","routers":["in-1","in*"]}`, http.StatusForbidden},
			"a later expiry": {`{"name":"x%d","role":"viewer","routers":["in-1"],"expires":"2128-01-31"}`, http.StatusForbidden},
			"dangerous":      {`{"name":"x%d","role":"operator","routers":["in-1"],"rules":["dangerous"]}`, http.StatusForbidden},
			"a denial":       {`{"name":"x%d","role":"operator","routers":["in-1"],"rules":["!/ppp"]}`, http.StatusOK},
			"no name":        {`{"role":"viewer","routers":["in-1"],"rules":null}`, http.StatusBadRequest},
			"no such field":  {`{"name":"x%d","role":"viewer","routers":["in-1"],"hash":"%[1]d"}`, http.StatusBadRequest},
			"routers as one": {`{"name":"x%d","role":"viewer","routers":"in-1"}`, http.StatusBadRequest},
			"a bad expiry":   {`{"name":"x%d","role":"viewer","routers":["in-1"],"expires":"soon"}`, http.StatusBadRequest},
			"a key as name":  {`{"name":"mk_x%d","role":"viewer","routers":["in-1"]}`, http.StatusBadRequest},
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				s.use(t)
				body := tc.body
				if strings.Contains(body, "%") {
					body = fmt.Sprintf(body, time.Now().UnixNano())
				}
				got := s.json(http.MethodPost, path, body, "X-API-Key", "a")
				assert.Equal(t, tc.status, got.Code, got.Body)
				if tc.status == http.StatusOK {
					assert.Contains(t, got.Body.String(), `"expires":4957113600`, "no longer than the key that made it")
				}
			})
		}
	}
	got := s.json(http.MethodGet, "/keys", "", "X-API-Key", "a")
	assert.NotContains(t, got.Body.String(), `"name":"v"`, "keys for other routers are not seen")
	assert.Contains(t, got.Body.String(), `"name":"a"`)
	assert.Contains(t, s.json(http.MethodPost, "/keys", `{"name":"x","role":"viewer","routers":[7]}`).body.Error, "routers")
}

func TestAnInvitation(t *testing.T) {
	s, _ := siteOfKeys(t)
	s.connect("in-1", "r.test")
	invite := func(name string) (token string) {
		t.Helper()
		got := s.json(http.MethodPost, "/invitations", marshal(t, map[string]any{"name": name, "role": "viewer", "routers": []string{"in-1"}, "ttl": 3600}))
		require.Equal(t, http.StatusOK, got.Code, got.Body)
		token = got.field("token")
		require.True(t, strings.HasPrefix(token, "mi_"))
		assert.Equal(t, "/#invite="+token, got.field("link"))
		return token
	}
	exchange := func(token string) response {
		t.Helper()
		return s.json(http.MethodPost, "/invitations/exchange", marshal(t, map[string]string{"token": token}), "X-API-Key", "")
	}
	token := invite("guest")
	list := s.send(http.MethodGet, "/invitations", "").Body.String()
	assert.Contains(t, list, `"name":"guest"`)
	assert.NotContains(t, list, token)
	assert.NotContains(t, s.send(http.MethodGet, "/keys", "").Body.String(), "guest")
	assert.Equal(t, http.StatusUnauthorized, s.json(http.MethodGet, "/whoami", "", "X-API-Key", token).Code, "a token is no key")

	made := exchange(token)
	require.Equal(t, http.StatusOK, made.Code, made.Body)
	assert.Equal(t, "no-store", made.Header().Get("Cache-Control"))
	key := made.field("key")
	assert.Equal(t, http.StatusOK, s.json(http.MethodGet, "/routers/in-1", "", "X-API-Key", key).Code)
	again := exchange(token)
	assert.Equal(t, []any{http.StatusUnauthorized, "unauthorized"}, []any{again.Code, again.body.Code})
	assert.Equal(t, http.StatusNotFound, s.json(http.MethodDelete, "/invitations/guest", "").Code)
	assert.Equal(t, http.StatusOK, s.json(http.MethodDelete, "/keys/guest", "").Code)
	assert.Equal(t, http.StatusUnauthorized, s.json(http.MethodGet, "/routers/in-1", "", "X-API-Key", key).Code)

	token = invite("exchange") // as the path is called
	assert.Equal(t, http.StatusNotFound, s.json(http.MethodDelete, "/keys/exchange", "").Code)
	assert.Equal(t, http.StatusOK, s.json(http.MethodDelete, "/invitations/exchange", "").Code)
	assert.Equal(t, http.StatusUnauthorized, exchange(token).Code)
	for _, body := range []string{``, `{}`, `{"token":""}`, `{"token":7}`, `{"token":"x","key":"y"}`} {
		assert.Equal(t, http.StatusBadRequest, s.json(http.MethodPost, "/invitations/exchange", body, "X-API-Key", "", "Content-Type", "application/json").Code, body)
	}
	got := s.json(http.MethodPost, "/invitations/exchange", `{"token":"x"}`, "X-API-Key", "", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	assert.Equal(t, http.StatusForbidden, got.Code, "another page")
	for _, ttl := range []int{-1, 30*24*3600 + 1, 1 << 40} {
		got := s.json(http.MethodPost, "/invitations", marshal(t, map[string]any{"name": "x", "role": "viewer", "routers": []string{"in-1"}, "ttl": ttl}))
		assert.Equal(t, http.StatusBadRequest, got.Code, got.Body)
	}
}

// Who guesses tokens is slowed down as one who guesses keys; a right token is taken
// nevertheless, since it cannot be guessed.
func TestWrongTokensAreSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issued := issuedKeys(t)
		wrong := 0
		s := newSite(t, nil, func(o *api.Options) {
			o.Issued, o.Keys, o.Limits.LoginFailures = issued, issued.Set(), 30
			o.WrongKey = func() { wrong++ }
		})
		_, token, err := issued.Invite(t.Context(), access.Owner, access.Fields{Name: "guest", Role: "viewer", Routers: []string{"*"}}, time.Hour)
		require.NoError(t, err)
		exchange := func(token string) response {
			return s.json(http.MethodPost, "/invitations/exchange", marshal(t, map[string]string{"token": token}), "X-API-Key", "")
		}
		begin := time.Now()
		for range 30 {
			assert.Equal(t, http.StatusUnauthorized, exchange("mi_guess").Code)
		}
		assert.Greater(t, time.Since(begin), 10*time.Second, "each is answered later")
		got := exchange("mi_guess")
		assert.Equal(t, []any{http.StatusTooManyRequests, "rate_limited", "60"}, []any{got.Code, got.body.Code, got.Header().Get("Retry-After")})
		assert.Equal(t, 30, wrong)
		assert.Equal(t, http.StatusTooManyRequests, s.json(http.MethodGet, "/routers", "", "X-API-Key", "guess").Code, "counted together")
		assert.Equal(t, http.StatusOK, exchange(token).Code)
	})
}

// A stream ends with the key that the API has made when it is taken back.
func TestAStreamEndsWhenItsKeyIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := siteOfKeys(t)
		s.connect("in-1", "r.test")
		made := s.json(http.MethodPost, "/keys", `{"name":"noc","role":"viewer","routers":["in-*"]}`)
		issued := s.json(http.MethodPost, "/tickets", `{"routers":"all"}`, "X-API-Key", made.field("key"))
		stream := s.open(s.listen(), "/sse/in-1?ticket="+issued.field("ticket"))
		stream.block()
		begin := time.Now()
		require.Equal(t, http.StatusOK, s.json(http.MethodDelete, "/keys/noc", "").Code)
		var last string
		for !strings.HasPrefix(last, "event: end") {
			last = stream.block()
		}
		assert.Equal(t, "event: end\ndata: {\"reason\":\"revoked\"}\n\n", last)
		assert.Less(t, time.Since(begin), time.Second)
		assert.Equal(t, http.StatusUnauthorized, s.json(http.MethodGet, "/sse/in-1?ticket="+issued.field("ticket"), "", "X-API-Key", "").Code)
	})
}

// The audit log says who gave what to whom, and no secret.
func TestKeysAreAudited(t *testing.T) {
	disk := &slowDisk{}
	issued := issuedKeys(t)
	s := newSite(t, nil)
	log := s.recorded(disk, false, func(o *api.Options) { o.Issued, o.Keys = issued, issued.Set() })
	made := s.json(http.MethodPost, "/keys", `{"name":"boss","role":"admin","routers":["in-*"]}`)
	key := made.field("key")
	invited := s.json(http.MethodPost, "/invitations", `{"name":"guest","role":"viewer","routers":["in-1"],"expires":"2127-01-31"}`, "X-API-Key", key)
	exchange := marshal(t, map[string]string{"token": invited.field("token")})
	used := s.json(http.MethodPost, "/invitations/exchange", exchange, "X-API-Key", "")
	s.json(http.MethodPost, "/invitations/exchange", exchange, "X-API-Key", "")
	s.json(http.MethodPost, "/keys", `{"name":"boss","role":"admin","routers":["*"]}`, "X-API-Key", key)
	s.json(http.MethodPost, "/keys", marshal(t, map[string]any{"name": key, "role": key, "routers": []string{key}, "expires": key}))
	s.json(http.MethodPost, "/invitations", `{"name":"late","role":"viewer","routers":["in-1"]}`)
	s.json(http.MethodDelete, "/invitations/late", "")
	s.json(http.MethodDelete, "/keys/"+key, "")
	s.json(http.MethodDelete, "/keys/guest", "")
	s.json(http.MethodDelete, "/keys/boss", "", "X-API-Key", key) // itself
	log.Close(t.Context())
	text := disk.text.String()
	for _, secret := range []string{key, invited.field("token"), used.field("key"), access.HashOf(key).String()} {
		require.NotEmpty(t, secret)
		assert.NotContains(t, text, secret)
		assert.NotContains(t, s.log.String(), secret)
	}
	var got []string
	for _, e := range disk.entries(t) {
		got = append(got, strings.Join(strings.Fields(fmt.Sprint(e.Action, " ", e.Key, " ", e.Target, " ", e.Outcome, " ", e.Code, " ", e.Grant)), " "))
	}
	assert.Equal(t, []string{
		"key_create owner boss ok role=admin routers=in-*",
		"invite boss guest ok role=viewer routers=in-1 expires=2127-02-01T00:00:00Z",
		"invite_exchange guest ok role=viewer routers=in-1 expires=2127-02-01T00:00:00Z",
		"login_refused denied unauthorized",
		"key_create boss boss denied forbidden",
		"key_create owner failed invalid_request",
		"invite owner late ok role=viewer routers=in-1",
		"invite_withdraw owner late ok role=viewer routers=in-1",
		"key_revoke owner failed not_found",
		"key_revoke owner guest ok role=viewer routers=in-1 expires=2127-02-01T00:00:00Z",
		"key_revoke boss boss ok role=admin routers=in-*",
	}, got)
	assert.Equal(t, audit.KeyCreate, disk.entries(t)[0].Action)
}
