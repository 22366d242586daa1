package sim_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// docs/simulator.md lists the menus that some device has.
func TestTheMenusAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/simulator.md")
	require.NoError(t, err)
	_, section, _ := strings.Cut(string(text), "\n## Menus\n")
	section, _, _ = strings.Cut(section, "\n## ")
	table := regexp.MustCompile("(?m)^\\| `/[^|]*\\|").FindAllString(section, -1)
	listed := map[string]bool{}
	for _, line := range table {
		for _, m := range regexp.MustCompile("`(/[^`]*)`").FindAllStringSubmatch(line, -1) {
			assert.False(t, listed[m[1]], "%s is listed twice", m[1])
			listed[m[1]] = true
		}
	}
	missing := map[string]bool{}
	for _, path := range sim.Menus() {
		if !listed[path] {
			missing[path] = true
		}
		delete(listed, path)
	}
	assert.Empty(t, missing, "are not in docs/simulator.md")
	assert.Empty(t, listed, "are no menus")
}
