package server_test

import (
	"fmt"
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
)

// readmes are the two languages of the same document.
var readmes = []string{"README.md", "README_ID.md"}

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
	require.NoError(t, err)
	return string(text)
}

// has holds a document to naming something; a failure does not print all of it.
func has(t *testing.T, name, text, what string) {
	t.Helper()
	assert.True(t, strings.Contains(text, what), "%s lacks %s", name, what)
}

// Every curl line of the documents works as it stands, against the running
// program and a router, in the order in which it is written; only the addresses
// are those of the test. The answers shown have the fields of the real ones.
func TestTheCurlLinesOfTheDocuments(t *testing.T) {
	for _, name := range append([]string{"docs/streaming.md"}, readmes...) {
		for _, runner := range curlRunners(t) {
			t.Run(name+" by "+runner.name, func(t *testing.T) {
				_, addr := device(t, sim.Options{
					User: "api", Password: "password123", Identity: "cabang-jakarta-01", PPPUsers: 2, HotspotUsers: 1,
				})
				p := start(t, map[string]string{"MY_API_KEY": "your-super-secret-api-key"})
				examples := curlExamples(t, document(t, name))
				require.NotEmpty(t, examples)
				if !strings.Contains(document(t, name), "/connect'") {
					examples = append([]curlExample{{command: connectCommand}}, examples...)
				}
				for _, e := range examples {
					command := strings.NewReplacer("http://localhost:8080", p.base, `"192.168.88.1"`, `"`+addr+`"`).Replace(e.command)
					out := runner.run(t, command, isStream(command))
					checkAnswer(t, e.command, out)
					if e.answer != "" {
						assertShape(t, e.command, e.answer, out)
					}
				}
				assert.NotContains(t, p.log.String(), "password123")
				assert.NotContains(t, p.log.String(), "your-super-secret-api-key")
			})
		}
	}
}

const connectCommand = `curl -sS -X POST 'http://localhost:8080/connect' -H 'X-API-Key: your-super-secret-api-key' ` +
	`-H 'Content-Type: application/json' -d '{"router_id":"cabang-jakarta-01","host":"192.168.88.1","user":"api","pass":"password123"}'`

// Whoever reads one README has read the other.
func TestTheReadmesSayTheSame(t *testing.T) {
	heading := regexp.MustCompile("(?m)^#+ ")
	fence := regexp.MustCompile("(?m)^```[a-z]*$")
	var headings, fences [2][]string
	var commands [2][]curlExample
	for i, name := range readmes {
		text := document(t, name)
		headings[i] = heading.FindAllString(text, -1)
		fences[i] = fence.FindAllString(text, -1)
		commands[i] = curlExamples(t, text)
		assert.Contains(t, strings.Join(strings.SplitN(text, "\n", 6)[:5], "\n"), readmes[1-i], "%s links to the other at the top", name)
	}
	assert.Equal(t, headings[0], headings[1])
	assert.Equal(t, fences[0], fences[1])
	assert.Equal(t, commands[0], commands[1])
}

func TestTheReadmesHaveEveryEndpoint(t *testing.T) {
	routes := api.New(nil, api.Options{}).(chi.Routes)
	for _, name := range readmes {
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

func TestTheReadmesShowTheConfiguration(t *testing.T) {
	cell := func(v string) string {
		if v == "" {
			return ""
		}
		return "`" + v + "`"
	}
	for _, name := range readmes {
		text := document(t, name)
		rows := 0
		for _, v := range config.Table() {
			def := cell(v.Default)
			if v.Required {
				def = map[string]string{"README.md": "required", "README_ID.md": "wajib"}[name]
			}
			row := fmt.Sprintf("| `%s` | %s | %s | %s | ", v.Name, def, cell(v.Min), cell(v.Max))
			if name == "README.md" { // the other has it in its own words
				row += v.Meaning + " |"
			}
			has(t, name, text, "\n"+row)
			rows++
		}
		shown := regexp.MustCompile("(?m)^\\| `[A-Z_]+` \\|").FindAllString(text, -1)
		assert.Len(t, shown, rows, "%s shows variables that there are not", name)
	}
}

// Make targets that the documents name are there.
func TestTheReadmesNameRealTargets(t *testing.T) {
	targets := regexp.MustCompile(`(?m)^([a-z-]+):.*## `).FindAllStringSubmatch(document(t, "Makefile"), -1)
	for _, name := range readmes {
		text := document(t, name)
		for _, target := range targets {
			if target[1] != "help" {
				has(t, name, text, "make "+target[1])
			}
		}
		for _, used := range regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)").FindAllStringSubmatch(text, -1) {
			has(t, "Makefile", document(t, "Makefile"), "\n"+used[1]+":")
		}
	}
}

// Links within the repository lead somewhere, to a heading where they name one.
func TestTheDocumentsLinkToWhatIsThere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]*))?\)`)
	for _, name := range append([]string{"docs/SECURITY.md", "docs/errors.md", "docs/operation.md", "docs/streaming.md"}, readmes...) {
		for _, l := range link.FindAllStringSubmatch(document(t, name), -1) {
			target := name
			if l[1] != "" {
				target = filepath.Join(filepath.Dir(name), l[1])
			}
			assert.FileExists(t, "../../"+target, name)
			if l[2] != "" {
				assert.Contains(t, anchors(document(t, target)), l[2], "%s links to %s", name, l[0])
			}
		}
	}
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
