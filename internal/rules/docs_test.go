package rules_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/rules"
)

var update = flag.Bool("update", false, "write the table of default denials into docs/access.md")

const document = "../../docs/access.md"

// denialTable is the table of default denials as it stands in the document.
func denialTable(t *testing.T, doc string) string {
	t.Helper()
	_, section, found := strings.Cut(doc, "\n### Default denials\n")
	require.True(t, found)
	at := strings.Index(section, "| denied |")
	require.Positive(t, at)
	table, _, _ := strings.Cut(section[at:], "\n\n")
	return table + "\n"
}

// The document has the default denials with their reasons, and its rules are rules.
func TestTheDocument(t *testing.T) {
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	doc := string(text)
	table := denialTable(t, doc)
	if *update {
		require.NoError(t, os.WriteFile(document, []byte(strings.Replace(doc, table, rules.DenialTable(), 1)), 0o600))
		return
	}
	assert.Equal(t, rules.DenialTable(), table, "go test ./internal/rules -run Document -update writes the table")
	for _, rule := range rules.Defaults() {
		assert.Contains(t, table, "`"+strings.TrimPrefix(rule, "!")+"`")
	}
	for name := range strings.FieldsSeq("do source where up-script down-script lease-script binding-script test-script script on-…") {
		assert.Contains(t, doc, "`="+name+"=`")
	}
	example := regexp.MustCompile(`(?m)^COMMAND_RULES='(.*)'$`).FindStringSubmatch(doc)
	require.NotNil(t, example)
	set(t, example[1])
	rows := regexp.MustCompile("(?m)^\\| `([^`]{2,})` \\| ").FindAllStringSubmatch(strings.Replace(doc, table, "", 1), -1)
	shown := 0
	for _, row := range rows {
		if strings.HasPrefix(row[1], "/") || row[1] == "dangerous" {
			set(t, row[1])
			shown++
		}
	}
	assert.Equal(t, 8, shown)
}
