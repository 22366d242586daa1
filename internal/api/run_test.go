package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// The answers of /run byte for byte: nothing typed, nothing renamed.
func TestRunGolden(t *testing.T) {
	for name, args := range map[string][]string{
		"address":     {"/ip/address/print"},
		"some-fields": {"/interface/print", "=.proplist=.id,name,running,mtu", "?type=ether", "?running=true"},
		"add":         {"/ip/address/add", "=address=198.51.100.1/24", "=interface=ether1"},
		"count":       {"/ip/hotspot/active/print", "=count-only="},
		"no-rows":     {"/ppp/active/print", "?name=nobody"},
		"resource":    {"/system/resource/print"},
		"hotspot":     {"/ip/hotspot/active/print"},
		"ping":        {"/ping", "=address=192.0.2.1", "=count=2"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // for a clock that always shows the same
				s := newSite(t, map[string]sim.Options{"r.test": {Personality: sim.HAP(), HotspotUsers: 3, PPPUsers: 2, Seed: 7}})
				require.Equal(t, http.StatusOK, s.connect("r", "r.test").Code)
				got := s.run("r", args...)
				assert.Equal(t, http.StatusOK, got.Code)
				golden(t, "run-"+name+".json", got.Body.String())
				assertStrings(t, got.body.Data)
			})
		})
	}
}

// assertStrings holds rows to the promise that every value is a string.
func assertStrings(t *testing.T, data json.RawMessage) {
	t.Helper()
	var rows []map[string]string
	require.NoError(t, json.Unmarshal(data, &rows), string(data))
}

func TestTextComesBackAsItWasSent(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	s.connect("r", "r.test")
	for _, text := range []string{
		"plain", "0811223344", "true", "", "=a=b=", "!done", "/cancel", ".tag=7", "?name", "\"quoted\" \\ back", "<b>&amp;</b>",
		"two\nlines\r\n", "tab\t", "Ünïcödé 日本語 🙂", " spaces ", strings.Repeat("long ", 60), "\u2028",
	} {
		require.Equal(t, http.StatusOK, s.run("r", "/ip/address/set", "=.id=*1", "=comment="+text).Code, text)
		var rows []map[string]string
		got := s.run("r", "/ip/address/print", "=.proplist=comment", "?.id=*1")
		require.NoError(t, json.Unmarshal(got.body.Data, &rows))
		require.Len(t, rows, 1)
		assert.Equal(t, text, rows[0]["comment"])
	}
}

func TestArgsThatAreNoSingleCommand(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	s.connect("r", "r.test")
	for name, tc := range map[string]struct {
		args []string
		text string
	}{
		"no words":             {[]string{}, "args is empty"},
		"no slash":             {[]string{"ip/address/print"}, "begins with a slash"},
		"an empty path":        {[]string{""}, "args[0]"},
		"a slash alone":        {[]string{"/"}, "not a command path"},
		"attribute first":      {[]string{"=name=x", "/ip/address/print"}, "args[0]"},
		"an empty word":        {[]string{"/ip/address/print", "", "/system/reboot"}, "args[1] is empty"},
		"an empty last word":   {[]string{"/ip/address/print", ""}, "args[1] is empty"},
		"a second command":     {[]string{"/ip/address/print", "/system/reboot"}, "args[1]"},
		"a newline and a path": {[]string{"/ip/address/print", "\n/system/reboot"}, "args[1]"},
		"a bare word":          {[]string{"/ip/address/print", "where"}, "neither an attribute"},
		"a tag":                {[]string{"/ip/address/print", ".tag=1"}, "args[1] sets a tag"},
		"an empty tag":         {[]string{"/ip/address/print", ".tag="}, "args[1] sets a tag"},
		"a reply word":         {[]string{"/ip/address/print", "!done"}, "args[1]"},
		"/cancel":              {[]string{"/cancel"}, "shared with other clients"},
		"/cancel of a tag":     {[]string{"/cancel", "=tag=1"}, "shared with other clients"},
		"/CANCEL":              {[]string{"/CANCEL"}, "shared with other clients"},
		"/cancel with a slash": {[]string{"/cancel/"}, "shared with other clients"},
		"//cancel":             {[]string{"//cancel"}, "shared with other clients"},
		"/ cancel":             {[]string{"/ cancel"}, "shared with other clients"},
		"/cancel and newline":  {[]string{"/cancel\n"}, "shared with other clients"},
		"/quit":                {[]string{"/quit"}, "shared with other clients"},
		"/login":               {[]string{"/login", "=name=admin", "=password="}, "shared with other clients"},
	} {
		t.Run(name, func(t *testing.T) {
			s.use(t)
			got := s.run("r", tc.args...)
			assert.Equal(t, http.StatusBadRequest, got.Code, got.Body)
			assert.Equal(t, "invalid_request", got.body.Code)
			assert.Contains(t, got.body.Error, tc.text)
			batch := s.json(http.MethodPost, "/run/batch", marshal(t, map[string]any{"routers": []string{"r"}, "args": tc.args}))
			assert.Equal(t, got.body.Error, batch.body.Error, "a batch is as strict")
		})
	}
	assert.Equal(t, http.StatusOK, s.run("r", "/system/identity/print").Code, "the session took no harm")
}

func TestALongWordIsNotRepeatedInFull(t *testing.T) {
	s := newSite(t, nil)
	secret := strings.Repeat("x", 60) + "secret"
	got := s.run("r", "/ip/address/print", secret)
	assert.Equal(t, http.StatusBadRequest, got.Code)
	assert.NotContains(t, got.body.Error, "secret")
}

func TestTimeoutsThatARequestMayName(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	s.connect("r", "r.test")
	body := map[string]any{"router_id": "r", "args": []string{"/system/identity/print"}}
	for _, timeout := range []any{0, 0.5, 30, 3600} {
		got := s.json(http.MethodPost, "/run", marshal(t, copied(body, "timeout", timeout)))
		assert.Equal(t, http.StatusOK, got.Code, timeout)
	}
	for _, timeout := range []any{-1, 3601, 1e300} {
		got := s.json(http.MethodPost, "/run", marshal(t, copied(body, "timeout", timeout)))
		assert.Equal(t, http.StatusBadRequest, got.Code, timeout)
		assert.Contains(t, got.body.Error, "MAX_RUN_TIMEOUT")
	}
}

// What is refused never reaches the router.
func TestBadArgsAreNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {}})
		s.connect("a", "r.test")
		for _, args := range [][]string{{}, {"/quit"}, {"/a", ""}, {"/a", ".tag=1"}, {"print"}} {
			assert.Equal(t, "invalid_request", s.run("a", args...).body.Code, "%q", args)
			body := marshal(t, map[string]any{"router_id": "a", "args": args})
			assert.Equal(t, "invalid_request", s.json(http.MethodPost, "/run", body, "Accept", "application/x-ndjson").body.Code, "%q", args)
		}
		assert.Empty(t, s.devices["r.test:8728"].Stats().Commands)
		assert.Equal(t, http.StatusOK, s.run("a", "/system/identity/print").Code)
	})
}
