package alertfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/alertfile"
)

func read(t *testing.T, text string, files map[string]string) (alertfile.Alerts, error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "alerts.yml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return alertfile.Read(path, alertfile.Options{Lookup: func(name string) (string, bool) {
		return map[string]string{"SLACK_URL": "https://hooks.slack.com/services/T/B/s3cr3t", "TOKEN": "123:s3cr3t"}[name], name == "SLACK_URL" || name == "TOKEN"
	}})
}

func TestDefaults(t *testing.T) {
	a, err := read(t, "alerts: default\n", nil)
	require.NoError(t, err)
	assert.Len(t, a.Rules, 10)
	a, err = read(t, "alerts: default\nrules: [{name: cpu, when: cpu > 50}]\n", nil)
	require.NoError(t, err)
	assert.Len(t, a.Rules, 10)
	assert.Equal(t, "cpu > 50", a.Rules[0].When.String())
	text, err := os.ReadFile("../../docs/alerts.md")
	require.NoError(t, err)
	for _, r := range a.Rules {
		assert.Contains(t, string(text), "| `"+r.Name+"` |")
	}
}

// All that is wrong is told at once, with its place, and without a secret.
func TestMistakes(t *testing.T) {
	for name, tc := range map[string]struct {
		text  string
		files map[string]string
		want  []string
	}{
		"empty":          {"", nil, []string{"the file is empty"}},
		"unknown field":  {"rule: []\n", nil, []string{"field rule not found"}},
		"two documents":  {"alerts: default\n---\nalerts: default\n", nil, []string{"more than one YAML document"}},
		"unknown preset": {"alerts: all\n", nil, []string{`"all" is not default or none`}},
		"rules": {`
rules:
  - {name: a b, when: cpu > 1}
  - {name: x, when: cpus > 1}
  - {name: y, when: cpu}
  - {name: z, when: cpu > 1, clear: cpu > 2}
  - {name: w, when: user.up, for: 5m}
  - {name: v, when: cpu > 1, to: [nobody], severity: bad}
  - {name: u, when: cpu > 1, to: [nobody]}
  - {name: u, when: cpu > 1}
  - {name: t, when: log}
  - {name: s, when: 'log matches "("'}
  - {name: r, when: cpu > 1, quiet: never}
  - {name: q, when: users drops 30 in 1m}
  - {name: p, when: cpu > 1, only: [x]}
  - {name: o, when: cpu > 1, for: 1y}
`, nil, []string{
			`rule 1 ("a b"): name:`, `rule 2 ("x"): when: unknown source "cpus"`, `rule 3 ("y"): when: cpu is a number`, `rule 4 ("z"): clear: must compare in the other direction`,
			`rule 5 ("w"): for, clear_for and repeat are for what lasts`, `rule 6 ("v"): severity:`, `rule 7 ("u"): to: there is no receiver "nobody"`, `rule 8 ("u"): this name is there twice`,
			`rule 9 ("t"): log: give topics`, `rule 10 ("s"): when: error parsing regexp`, `rule 11 ("r"): quiet: there is no "never"`, `rule 12 ("q"): when: "30" is not a percentage`,
			`rule 13 ("p"): only: cpu has nothing to choose from`, `rule 14 ("o"): for: "1y" is not a duration`,
		}},
		"receivers": {`
receivers:
  a: {}
  b: {slack: {url: "https://x.example/s3cr3t"}, discord: {url: "https://x.example"}}
  c: {telegram: {token_file: missing, chat: "1"}}
  d: {telegram: {token_env: TOKEN, chat: x}}
  e: {slack: {url: "ftp://x.example/s3cr3t"}}
  f: {webhook: {url: "https://x.example", secret_file: bad}}
  g: {slack: {url_env: UNSET}}
  h: {language: fr, slack: {url_env: SLACK_URL}}
  i: {email: {server: x, from: a@b.example, to: [c@d.example]}}
`, map[string]string{"bad": "s3cr3t"}, []string{
			`receiver "a": give one of`, `receiver "b": give one of`, `receiver "c": telegram: token_file: open`, `receiver "d": telegram: chat:`, `receiver "e": slack: url: it is not a URL`,
			`receiver "f": webhook: secret: it is not whsec_`, `receiver "g": slack: url_env: the variable UNSET is not set`, `receiver "h": language:`, `receiver "i": email: server:`,
		}},
		"times": {"times:\n  a: {at: 25:00-06:00}\n  b: {at: \"22:00-06:00\", zone: Mars}\n  c: {at: \"22:00-06:00\", keep: [x]}\n", nil, []string{"times: a: at:", "times: b: zone:", "times: c: keep:"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, tc.text, tc.files)
			require.Error(t, err)
			lines := strings.Split(err.Error(), "\n")
			require.Len(t, lines, len(tc.want)+1, err.Error())
			for _, want := range tc.want {
				assert.Contains(t, err.Error(), want)
			}
			assert.NotContains(t, err.Error(), "s3cr3t")
		})
	}
}

// The YAML in docs/alerts.md is read, with the files that it names.
func TestTheExamplesOfTheDocuments(t *testing.T) {
	text, err := os.ReadFile("../../docs/alerts.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)\n *```yaml\n(.*?)\n *```").FindAllStringSubmatch(string(text), -1)
	require.Len(t, blocks, 3)
	for _, b := range blocks {
		example := strings.ReplaceAll(b[1], "/run/secrets/", "")
		if strings.HasPrefix(example, "   alerts") { // in a list
			example = regexp.MustCompile("(?m)^   ").ReplaceAllString(example, "")
		}
		a, err := read(t, example, map[string]string{
			"telegram-token": "123456:AAE-abc\n", "telegram": "123456:AAE-abc", "token": "1:a", "webhook": "whsec_bmV3LXNlY3JldC1vZi0zMi1ieXRlcy0uLi4uLi4uLi4=",
			"webhook-secrets": "whsec_bmV3LXNlY3JldC1vZi0zMi1ieXRlcy0uLi4uLi4uLi4=\nwhsec_b2xkLXNlY3JldC1vZi0zMi1ieXRlcy0uLi4uLi4uLi4=",
			"discord-url":     "https://discord.com/api/webhooks/1/x", "ntfy-token": "tk_x", "mail-password": "x",
		})
		require.NoError(t, err, example)
		assert.NotEmpty(t, a.Receivers)
	}
}

// The table of sources in docs/alerts.md is that of the code.
func TestTheSourcesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/alerts.md")
	require.NoError(t, err)
	var table strings.Builder
	table.WriteString("| source | true when, or the number | such as |\n| --- | --- | --- |\n")
	for _, s := range alert.Sources() {
		table.WriteString(fmt.Sprintf("| `%s` | %s | `%s` |\n", s.Name, s.Meaning, s.Example))
	}
	assert.Contains(t, string(text), table.String())
}
