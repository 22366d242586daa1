package repotest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testFunctions are the names of all tests and fuzz targets there are.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(\w+ \*testing\.[TF]\)`)
	require.NoError(t, filepath.WalkDir(filepath.Join(root, "internal"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range function.FindAllStringSubmatch(string(text), -1) {
			names[m[1]] = true
		}
		return err
	}))
	return names
}

// threats are the rows of the table, cell by cell.
func threats(text string) (rows [][]string) {
	_, table, _ := strings.Cut(text, "\n## Threats\n")
	table, _, _ = strings.Cut(table, "\n## ")
	for line := range strings.Lines(table) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "|") {
			rows = append(rows, strings.Split(strings.Trim(line, "|"), "|"))
		}
	}
	if len(rows) < 2 {
		return nil
	}
	return rows[2:] // behind the heading and its rule
}

// Every threat of docs/SECURITY.md is answered by a test that exists.
func TestThreatsAreShownByTests(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "SECURITY.md"))
	require.NoError(t, err)
	rows, names := threats(string(text)), testFunctions(t)
	require.NotEmpty(t, rows)
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	for _, cells := range rows {
		if !assert.Len(t, cells, 4, "%v", cells) {
			continue
		}
		for _, cell := range cells {
			assert.NotEmpty(t, strings.TrimSpace(cell), "%v", cells)
		}
		shown := named.FindAllStringSubmatch(cells[3], -1)
		assert.NotEmpty(t, shown, "no test shows the defence against:%s", cells[1])
		for _, m := range shown {
			assert.True(t, names[m[1]], "docs/SECURITY.md names %s, which there is not", m[1])
		}
	}
	assert.False(t, names["TestOfAName"+"ThatThereIsNot"])
}
