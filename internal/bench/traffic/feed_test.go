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
	source, err := os.ReadFile("../../web/assets/main.js")
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
		"one line":      {"\nconst fleetQuery = { routers: \"*\", mode: \"delta\" };\n", "mode=delta&router=%2A"},
		"several lines": {"x\n\nconst fleetQuery = {\n  routers: \"*\",\n  topics: [\"a\", \"b\"],\n};\ny", "router=%2A&topics=a%2Cb"},
		"built":         {"1,fleetQuery={routers:\"*\",topics:[\"a\",\"b\"]},y=2;", "router=%2A&topics=a%2Cb"},
		"older builds":  {"\nconst query = { routers: \"*\" };\n", "router=%2A"},
		"two routers":   {"\nconst fleetQuery = { routers: [\"a\", \"b\"] };\n", "router=a&router=b"},
		"no router":     {"\nconst fleetQuery = { mode: \"delta\" };\n", ""},
		"another form":  {"\nconst fleetQuery = \"router=*\";\n", ""},
		"no query":      {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := feedQuery([]byte(tc.source))
			assert.Equal(t, tc.want, got)
			assert.Equal(t, tc.want == "", err != nil)
		})
	}
}
