package rules_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/rules"
)

// The document names every default denial, and its rules are rules.
func TestTheDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/access.md")
	require.NoError(t, err)
	doc := string(text)
	for _, rule := range rules.Defaults() {
		path, _, _ := strings.Cut(strings.TrimPrefix(rule, "!"), ":")
		assert.Contains(t, doc, "`"+strings.TrimSuffix(path, "/**")+"`", rule)
	}
	example := regexp.MustCompile(`(?m)^COMMAND_RULES='(.*)'$`).FindStringSubmatch(doc)
	require.NotNil(t, example)
	set(t, example[1])
	rows := regexp.MustCompile("(?m)^\\| `([^`]{2,})` \\| ").FindAllStringSubmatch(doc, -1)
	shown := 0
	for _, row := range rows {
		if strings.HasPrefix(row[1], "/") || row[1] == "dangerous" {
			set(t, row[1])
			shown++
		}
	}
	assert.Equal(t, 8, shown)
}
