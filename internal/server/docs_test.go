package server_test

import (
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/sim"
	"github.com/aprakasa/mikronec/internal/ticket"
)

var update = flag.Bool("update", false, "write the table of variables into docs/configuration.md")

// translations are documents in English and their Indonesian counterparts.
var translations = map[string]string{
	"README.md":             "README_ID.md",
	"docs/api.md":           "docs/id/api.md",
	"docs/configuration.md": "docs/id/configuration.md",
	"docs/errors.md":        "docs/id/errors.md",
}

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
	require.NoError(t, err)
	return string(text)
}

// documents are the paths of all Markdown files of the repository.
func documents(t *testing.T) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		name, _ := strings.CutPrefix(filepath.ToSlash(path), "../../")
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "dist" || name == "bin" || entry.Name() == "node_modules" || strings.HasPrefix(name, ".") && name != "../.."):
			return fs.SkipDir
		case strings.HasSuffix(name, ".md"):
			names = append(names, name)
		}
		return nil
	}))
	require.Contains(t, names, "docs/deploy/README.md", "the search finds documents")
	return names
}

// has asserts that a document contains what; a failure does not print all of it.
func has(t *testing.T, name, text, what string) {
	t.Helper()
	assert.True(t, strings.Contains(text, what), "%s lacks %s", name, what)
}

// curlUse is curl with an argument, wherever it stands in a document.
var curlUse = regexp.MustCompile(`\bcurl\s+(?:[-'"\\]|https?:)`)

// Every curl command of every document works as it stands, against the running
// program and a router, in the order in which it is written; only the addresses
// are those of the test. The answers shown have the fields of the real ones. A
// command that the test does not find, and so does not run, is a failure.
func TestTheCurlLinesOfTheDocuments(t *testing.T) {
	t.Parallel()
	for _, name := range documents(t) {
		text := document(t, name)
		examples := curlExamples(t, text)
		executed := 0
		for _, e := range examples {
			executed += len(curlUse.FindAllString(e.command, -1))
		}
		assert.Equal(t, len(curlUse.FindAllString(text, -1)), executed, "%s: curl commands, those that are executed", name)
		if len(examples) == 0 {
			continue
		}
		for _, runner := range curlRunners(t) {
			t.Run(name+" by "+runner.name, func(t *testing.T) {
				t.Parallel()
				runExamples(t, text, examples, runner)
			})
		}
	}
}

func runExamples(t *testing.T, text string, examples []curlExample, runner curlRunner) {
	t.Helper()
	if !strings.Contains(text, "/connect'") {
		examples = append([]curlExample{{command: connectCommand}}, examples...)
	}
	user, password := login(t, examples)
	_, addr := device(t, sim.Options{
		User: user, Password: password, Identity: "cabang-jakarta-01", PPPUsers: 2, HotspotUsers: 1,
	})
	p := start(t, map[string]string{"MY_API_KEY": "your-super-secret-api-key"})
	for _, e := range examples {
		command := strings.NewReplacer("http://localhost:8080", p.base, `"192.168.88.1"`, `"`+addr+`"`).Replace(e.command)
		out := runner.run(t, command, isStream(command))
		checkAnswer(t, e.command, out)
		if e.answer != "" {
			assertShape(t, e.command, e.answer, out)
		}
	}
	assert.NotContains(t, p.log.String(), password)
	assert.NotContains(t, p.log.String(), "your-super-secret-api-key")
}

const connectCommand = `curl -sS -X POST 'http://localhost:8080/connect' -H 'X-API-Key: your-super-secret-api-key' ` +
	`-H 'Content-Type: application/json' -d '{"router_id":"cabang-jakarta-01","host":"192.168.88.1","user":"api","pass":"password123"}'`

// login is the login with which the examples connect their router.
func login(t *testing.T, examples []curlExample) (user, password string) {
	t.Helper()
	for _, e := range examples {
		user := regexp.MustCompile(`"user": ?"([^"]+)"`).FindStringSubmatch(e.command)
		password := regexp.MustCompile(`"pass": ?"([^"]+)"`).FindStringSubmatch(e.command)
		if user != nil && password != nil {
			return user[1], password[1]
		}
	}
	t.Fatal("no example connects a router")
	return "", ""
}

// A document and its translation have the same sections, code blocks and
// commands, and link to each other.
func TestTheTranslationsSayTheSame(t *testing.T) {
	t.Parallel()
	heading := regexp.MustCompile("(?m)^#+ ")
	fence := regexp.MustCompile("(?m)^```[a-z]*$")
	top := func(text string) string { return strings.Join(strings.SplitN(text, "\n", 6)[:5], "\n") }
	for name, other := range translations {
		text, translated := document(t, name), document(t, other)
		assert.Equal(t, heading.FindAllString(text, -1), heading.FindAllString(translated, -1), "%s, %s", name, other)
		assert.Equal(t, fence.FindAllString(text, -1), fence.FindAllString(translated, -1), "%s, %s", name, other)
		assert.Equal(t, curlExamples(t, text), curlExamples(t, translated), "%s, %s", name, other)
		for from, to := range map[string]string{name: other, other: name} {
			link, err := filepath.Rel(filepath.Dir(from), to)
			require.NoError(t, err)
			assert.Contains(t, top(document(t, from)), "]("+link+")", "%s links to %s at the top", from, to)
		}
	}
}

func TestTheReferenceHasEveryEndpoint(t *testing.T) {
	routes := api.New(nil, api.Options{Tickets: ticket.New(nil)}).(chi.Routes)
	for _, name := range []string{"docs/api.md", translations["docs/api.md"]} {
		text := document(t, name)
		assert.NoError(t, chi.Walk(routes, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
			switch {
			case route == "/assets/*": // of the page at /
			case route == "/docs" || route == "/docs/" || route == "/swagger" || route == "/swagger/*": // pages, not endpoints
				has(t, name, text, strings.TrimRight(route, "/*"))
			default:
				has(t, name, text, "`"+method+" "+route+"`")
			}
			return nil
		}))
	}
}

// configurationRows are the rows of the table of variables, without the meaning
// where a translation has its own.
func configurationRows(required string, meaning bool) (rows []string) {
	cell := func(v string) string {
		if v == "" {
			return ""
		}
		return "`" + v + "`"
	}
	for _, v := range config.Table() {
		def := cell(v.Default)
		if v.Required {
			def = required
		}
		row := fmt.Sprintf("| `%s` | %s | %s | %s | ", v.Name, def, cell(v.Min), cell(v.Max))
		if meaning {
			row += v.Meaning + " |"
		}
		rows = append(rows, row)
	}
	return rows
}

func TestTheConfigurationIsDocumented(t *testing.T) {
	const english = "docs/configuration.md"
	row := regexp.MustCompile("(?m)^\\| `[A-Z_]+` \\|.*\\|\n")
	if *update {
		table := row.FindAllStringIndex(document(t, english), -1)
		require.NotEmpty(t, table)
		text := document(t, english)
		text = text[:table[0][0]] + strings.Join(configurationRows("required", true), "\n") + "\n" + text[table[len(table)-1][1]:]
		require.NoError(t, os.WriteFile("../../"+english, []byte(text), 0o644))
	}
	for name, rows := range map[string][]string{
		english:               configurationRows("required", true),
		translations[english]: configurationRows("wajib", false),
	} {
		text := document(t, name)
		for _, want := range rows {
			has(t, name, text, "\n"+want)
		}
		assert.Len(t, row.FindAllString(text, -1), len(rows), "%s shows variables that do not exist", name)
	}
}

// The table of topics in docs/streaming.md has those that the server knows, which
// it names to whoever asks for another.
func TestTheTopicsAreDocumented(t *testing.T) {
	refused := start(t, nil).get("/sse?router=*&topics=weather").body.Error
	_, names, found := strings.Cut(refused, "topics are ")
	require.True(t, found, refused)
	_, table, found := strings.Cut(document(t, "docs/streaming.md"), "\n| topic | rows of | interval |\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(table, -1) {
		documented = append(documented, row[1])
	}
	assert.ElementsMatch(t, strings.Split(names, ", "), documented)
}

// docs/development.md names every target of the Makefile, and no document names
// one that does not exist.
func TestTheDocumentsNameRealTargets(t *testing.T) {
	t.Parallel()
	makefile := document(t, "Makefile")
	for _, target := range regexp.MustCompile(`(?m)^([a-z-]+):.*## `).FindAllStringSubmatch(makefile, -1) {
		if target[1] != "help" {
			has(t, "docs/development.md", document(t, "docs/development.md"), "make "+target[1])
		}
	}
	for _, name := range documents(t) {
		for _, used := range regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)").FindAllStringSubmatch(document(t, name), -1) {
			assert.True(t, strings.Contains(makefile, "\n"+used[1]+":"), "%s names make %s", name, used[1])
		}
	}
}

// Links within the repository lead to a file that exists, and to a heading where
// they name one.
func TestTheDocumentsLinkToWhatIsThere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]*))?\)`)
	headings := map[string][]string{} // by file
	for _, name := range documents(t) {
		for _, l := range link.FindAllStringSubmatch(document(t, name), -1) {
			target := name
			if l[1] != "" {
				target = filepath.Join(filepath.Dir(name), l[1])
			}
			assert.True(t, exists("../../"+target), "%s links to %s", name, l[1])
			if l[2] == "" {
				continue
			}
			if headings[target] == nil {
				headings[target] = anchors(document(t, target))
			}
			assert.Contains(t, headings[target], l[2], "%s links to %s", name, l[0])
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// anchors are the names that headings get in HTML.
func anchors(text string) []string {
	var names []string
	for _, h := range regexp.MustCompile("(?m)^#+ (.+)$").FindAllStringSubmatch(text, -1) {
		name := strings.ReplaceAll(strings.ToLower(h[1]), " ", "-")
		names = append(names, regexp.MustCompile(`[^\pL\pN_-]`).ReplaceAllString(name, ""))
	}
	return names
}
