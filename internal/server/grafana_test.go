package server_test

import (
	"encoding/json"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/aprakasa/mikronec/internal/engine"
	"github.com/aprakasa/mikronec/internal/sim"
)

// labelsOf are the metrics of a scrape with the labels that they have.
func labelsOf(all series) map[string]map[string]bool {
	found := map[string]map[string]bool{}
	for name := range all {
		name, rest, _ := strings.Cut(name, "{")
		if found[name] == nil {
			found[name] = map[string]bool{"job": true, "instance": true} // Prometheus's own
		}
		for _, label := range regexp.MustCompile(`([a-z_]+)="`).FindAllStringSubmatch(rest, -1) {
			found[name][label[1]] = true
		}
	}
	return found
}

var metricName = regexp.MustCompile(`\b(?:mikronec|go|process)_[a-z0-9_]+`)

// queries are the PromQL of the dashboard and of the alert rules, by what they
// are for.
func queries(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	var board struct {
		Panels []struct {
			ID      int
			Title   string
			Type    string
			Targets []struct{ Expr string }
			GridPos struct{ H, W, X, Y int }
		}
		Templating struct {
			List []struct{ Name, Definition string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(document(t, "docs/grafana/dashboard.json")), &board))
	ids := map[int]bool{}
	for _, p := range board.Panels {
		assert.False(t, ids[p.ID], "panel %d is there twice", p.ID)
		ids[p.ID] = true
		assert.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		assert.Equal(t, p.Type != "row", len(p.Targets) > 0, p.Title)
		for _, target := range p.Targets {
			all["panel "+p.Title+": "+target.Expr] = target.Expr
		}
	}
	for _, v := range board.Templating.List {
		all["variable "+v.Name] = v.Definition
	}

	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert       string
				Expr        string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(document(t, "docs/grafana/alerts.yml")), &rules))
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			assert.NotEmpty(t, r.Annotations["summary"], r.Alert)
			assert.Contains(t, []string{"warning", "critical"}, r.Labels["severity"], r.Alert)
			all["alert "+r.Alert] = r.Expr
		}
	}
	require.Greater(t, len(all), 50)
	return all
}

// Whatever the dashboard, the alerts and the documents name is there in a
// running server, with the labels by which they choose.
func TestTheDashboardAndTheAlertsNameRealMetrics(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{PPPUsers: 3, HotspotUsers: 2})
	p := start(t, map[string]string{"METRICS_INTERVAL": "1s", "ALERTS_FILE": alertsFile(t, t.TempDir(), "http://127.0.0.1:1", "alerts: default")})
	p.connect("r", addr)
	p.open("r").snapshot()
	eventually(t, "the facts of the router", func() bool { return p.scrape()[`mikronec_router_ppp_users{router_id="r"}`] == 3 })
	there := labelsOf(p.scrape())

	selector := regexp.MustCompile(`(` + metricName.String() + `)\{([^}]*)\}`)
	label := regexp.MustCompile(`([a-z_]+)[!=]?[=~]`)
	used := map[string]bool{}
	for what, query := range queries(t) {
		for _, name := range metricName.FindAllString(query, -1) {
			assert.Contains(t, slices.Collect(maps.Keys(there)), name, what)
			used[strings.TrimSuffix(name, "_bucket")] = true
		}
		for _, s := range selector.FindAllStringSubmatch(query, -1) {
			for _, l := range label.FindAllStringSubmatch(s[2], -1) {
				assert.True(t, there[s[1]][l[1]], "%s: %s has no label %s", what, s[1], l[1])
			}
		}
	}
	text := document(t, "docs/operation.md")
	for _, name := range metricName.FindAllString(text, -1) {
		if name == "mikronec_" || strings.HasSuffix(name, "_") {
			continue
		}
		assert.True(t, there[name] != nil || there[name+"_bucket"] != nil, "docs/operation.md names %s", name)
	}
	for name := range there {
		name = regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
		if strings.HasPrefix(name, "mikronec_") {
			has(t, "docs/operation.md", text, name)
			assert.True(t, used[name], "neither dashboard nor alerts show %s", name)
		}
	}
}

// A restart takes the series of all routers away, which no comparison of theirs with 0
// notices. What promtool tries on series (testdata/alerts.yml) is looked at here by
// the words of the rule, since that tool is not everywhere.
func TestAnAlertForRoutersThatAreForgotten(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{})
	p := start(t, nil)
	p.connect("a", addr)
	require.Contains(t, p.scrape(), `mikronec_router_up{router_id="a"}`)
	p.post("/disconnect", `{"router_id":"a"}`)
	require.NotContains(t, p.scrape(), `mikronec_router_up{router_id="a"}`, "as after a restart")
	require.Contains(t, p.scrape(), `mikronec_sessions{state="up"}`, "the server is there")

	query := queries(t)["alert RouterForgotten"]
	assert.Regexp(t, `last_over_time\(mikronec_router_up\[\d+h\]\)\) unless max by \(router_id\) \(mikronec_router_up\)`, query, "was there and is not")
	assert.Contains(t, query, "and on () count(mikronec_sessions)", "not while the server is away")
	text := document(t, "docs/grafana/alerts.yml")
	for _, reason := range []string{"The server was restarted", "POST /connect", "after a POST /disconnect on purpose"} {
		assert.Contains(t, text, reason)
	}
}

// Prometheus's own tool reads the rules and tries them on made-up series, and
// reads what the program shows of routers, users and requests.
func TestPromtool(t *testing.T) {
	t.Parallel()
	promtool := engine.Find(t, "promtool", "prometheus")
	for _, args := range [][]string{
		{"check", "rules", "../../docs/grafana/alerts.yml"},
		{"test", "rules", "testdata/alerts.yml"},
	} {
		out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput()
		assert.NoError(t, err, string(out))
	}

	_, addr := device(t, sim.Options{PPPUsers: 3, HotspotUsers: 2})
	p := start(t, map[string]string{"METRICS_INTERVAL": "1s"})
	p.connect("r", addr)
	p.open("r").snapshot()
	eventually(t, "the facts of the router", func() bool { return p.scrape()[`mikronec_router_ppp_users{router_id="r"}`] == 3 })
	check := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	check.Stdin = strings.NewReader(p.metrics())
	out, err := check.CombinedOutput()
	assert.NoError(t, err, string(out))
	assert.Empty(t, string(out), "names, units and help as Prometheus wants them")
}
