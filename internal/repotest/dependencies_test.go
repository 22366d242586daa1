package repotest_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// onlyForTests are modules that tests and measuring programs need. None of them
// may be linked into the program.
var onlyForTests = []string{
	"github.com/chromedp/cdproto",
	"github.com/chromedp/chromedp",
	"github.com/emersion/go-sasl",
	"github.com/emersion/go-smtp",
	"github.com/go-json-experiment/json",
	"github.com/go-routeros/routeros/v3",
	"github.com/santhosh-tekuri/jsonschema/v6",
	"github.com/standard-webhooks/standard-webhooks/libraries",
	"github.com/stretchr/testify",
}

// goOutput runs the go command at the top of the repository, for the platform of
// the container image, so that the answer is the same on every machine.
func goOutput(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	require.NoError(t, err, args)
	return string(out)
}

// linkedModules are the modules of which the program contains a package.
func linkedModules(t *testing.T) []string {
	t.Helper()
	list := strings.Fields(goOutput(t, "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "."))
	slices.Sort(list)
	return slices.Compact(list)
}

// requiredModules are the modules of go.mod.
func requiredModules(t *testing.T) (list []string) {
	t.Helper()
	var mod struct{ Require []struct{ Path string } }
	require.NoError(t, json.Unmarshal([]byte(goOutput(t, "mod", "edit", "-json")), &mod))
	for _, m := range mod.Require {
		list = append(list, m.Path)
	}
	slices.Sort(list)
	return list
}

// documentedModules are the names in the first column of the table in a section
// of docs/dependencies.md.
func documentedModules(t *testing.T, section string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "dependencies.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), "\n## "+section+"\n")
	require.True(t, found, section)
	table, _, _ = strings.Cut(table, "\n## ")
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+) \\|").FindAllStringSubmatch(table, -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			list = append(list, strings.Trim(name, "`"))
		}
	}
	slices.Sort(list)
	return list
}

// Every module that is linked into the program stands in the document with the
// reason why it was chosen, and no other does.
func TestLinkedModulesAreDocumented(t *testing.T) {
	assert.Equal(t, documentedModules(t, "Linked into the program"), linkedModules(t), "first the document, second the program")
}

// What only tests and measuring programs need is not linked, and what is required
// but not linked is on the list.
func TestModulesOfTestsAreNotLinked(t *testing.T) {
	linked := linkedModules(t)
	for _, name := range onlyForTests {
		assert.NotContains(t, linked, name)
	}
	rest := slices.DeleteFunc(requiredModules(t), func(name string) bool { return slices.Contains(linked, name) })
	assert.Equal(t, onlyForTests, rest)
	assert.Equal(t, onlyForTests, documentedModules(t, "For tests and measurements only"), "first the list, second the document")
}
