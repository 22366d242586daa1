package main

import (
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheQueryOfTheDashboardIsFound: the fleet view is measured with the query of the
// page, which is not repeated here.
func TestTheQueryOfTheDashboardIsFound(t *testing.T) {
	source, err := os.ReadFile("../../web/assets/feed.js")
	require.NoError(t, err)
	text, err := feedQuery(source)
	require.NoError(t, err)
	query, err := url.ParseQuery(text)
	require.NoError(t, err)
	assert.Equal(t, "*", query.Get("router"))
	assert.NotEmpty(t, query.Get("topics"))
}

func TestFeedQuery(t *testing.T) {
	for name, tc := range map[string]struct{ source, want string }{
		"one line":      {"\nconst query = { routers: \"*\", mode: \"delta\" };\n", "mode=delta&router=%2A"},
		"several lines": {"x\n\nconst query = {\n  routers: \"*\",\n  topics: [\"a\", \"b\"],\n};\ny", "router=%2A&topics=a%2Cb"},
		"two routers":   {"\nconst query = { routers: [\"a\", \"b\"] };\n", "router=a&router=b"},
		"no router":     {"\nconst query = { mode: \"delta\" };\n", ""},
		"another form":  {"\nconst query = \"router=*\";\n", ""},
		"no query":      {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := feedQuery([]byte(tc.source))
			assert.Equal(t, tc.want, got)
			assert.Equal(t, tc.want == "", err != nil)
		})
	}
}
