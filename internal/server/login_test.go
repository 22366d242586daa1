package server_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/sim"
)

// User and password are sent in the code page of the router, in both dialects, and in
// UTF-8 where that is refused: two logins at most.
func TestConnectLogsInInTheCodePage(t *testing.T) {
	t.Parallel()
	users := []sim.User{
		{Name: "\xee\xef\xe5\xf0\xe0\xf2\xee\xf0", Password: "\xef\xe0\xf0\xee\xeb\xfc"}, // windows-1251
		{Name: "操作", Password: "密码"},
	}
	old := sim.HAP()
	old.ChallengeLogin = true
	for name, board := range map[string]sim.Personality{"plain": sim.CCR2004(), "challenge": old} {
		t.Run(name, func(t *testing.T) {
			d, addr := device(t, sim.Options{Personality: board, Users: users})
			p := start(t, nil)
			for _, tc := range []struct {
				user, pass, page string
				status, refused  int
			}{
				{"оператор", "пароль", "windows-1251", 200, 0},
				{"оператор", "пароль", "1251", 200, 0},
				{"оператор", "пароль", "", 422, 1},
				{"оператор", "пароль", "koi8-r", 422, 2},
				{"оператор", "пароль", "windows-1252", 422, 1},
				{"操作", "密码", "gbk", 200, 1},
				{"操作", "密码", "", 200, 0},
				{testUser, testPass, "windows-1251", 200, 0},
				{testUser, "wrong", "windows-1251", 422, 1},
			} {
				before := d.Stats().LoginFailures
				a := p.post("/connect", fmt.Sprintf(`{"router_id":"a","host":%q,"user":%q,"pass":%q,"code_page":%q}`, addr, tc.user, tc.pass, tc.page))
				assert.Equal(t, tc.status, a.status, "%v: %s", tc, a.raw)
				assert.Equal(t, tc.refused, d.Stats().LoginFailures-before, "%v", tc)
				assert.NotContains(t, p.log.String(), "пароль")
			}
		})
	}
}

// A login that is refused is in the log and in the audit log, once for each change,
// also where nobody asked for it.
func TestARefusedLoginIsOnRecord(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	d, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"AUDIT_LOG": path, "RECONNECT_MIN": "5ms", "RECONNECT_MAX": "20ms"})
	a := p.connectAs("a", addr, testUser, "hush")
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Equal(t, http.StatusOK, p.connect("a", addr).status)
	d.Inject(sim.Fault{Kind: sim.Trap, Path: "/login", Text: "invalid user name or password (6)", Category: -1})
	d.DropSessions()
	eventually(t, "the login is given up", func() bool { return strings.Contains(p.get("/routers/a").raw, `"state":"login_failed"`) })
	lines := auditLines(t, path, 3)
	for i, want := range []struct {
		action  audit.Action
		outcome audit.Outcome
	}{{audit.Connect, audit.Failed}, {audit.Connect, audit.OK}, {audit.RouterLogin, audit.Failed}} {
		assert.Equal(t, want.action, lines[i].Action)
		assert.Equal(t, want.outcome, lines[i].Outcome)
		assert.Equal(t, want.outcome == audit.Failed, lines[i].Code == "login_failed", lines[i].Code)
		assert.Equal(t, addr, lines[i].Host)
		assert.Equal(t, testUser, lines[i].User)
		assert.Equal(t, "a", lines[i].Router)
	}
	var refused []string
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(line, "router refused the login") {
			refused = append(refused, line)
			for _, part := range []string{"level=WARN", "router_id=a", "address=" + addr, "user=" + testUser, "invalid user name or password (6)"} {
				assert.Contains(t, line, part)
			}
			assert.NotContains(t, line, "hush")
		}
	}
	require.Len(t, refused, 3)
	for i, state := range []string{"login_failed", "down", "login_failed"} {
		assert.Contains(t, refused[i], " state="+state)
	}
}
