package repotest_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rooms is the table of allowed imports, as the document has it.
func rooms() map[string][]string { return allowed }

// reachable adds to found the rooms that a room needs, itself included.
func reachable(table map[string][]string, name string, found map[string]bool) map[string]bool {
	if !found[name] {
		found[name] = true
		for _, imported := range table[name] {
			reachable(table, imported, found)
		}
	}
	return found
}

// arrows are the imports of the rooms of the program but for those that follow
// from others: where a imports b and c, and b imports c, only a → b is drawn.
func arrows(table map[string][]string) (list []string) {
	for name := range reachable(table, "main", make(map[string]bool)) {
		for _, imported := range table[name] {
			follows := slices.ContainsFunc(table[name], func(other string) bool {
				return other != imported && reachable(table, other, make(map[string]bool))[imported]
			})
			if arrow := name + " --> " + imported; !follows && !slices.Contains(list, arrow) {
				list = append(list, arrow)
			}
		}
	}
	slices.Sort(list)
	return list
}

// section is a part of docs/architecture.md, from its heading to the next one.
func section(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	require.NoError(t, err)
	_, part, found := strings.Cut(string(text), "\n## "+heading+"\n")
	require.True(t, found, heading)
	part, _, _ = strings.Cut(part, "\n## ")
	return part
}

var (
	mermaidNode  = regexp.MustCompile(`^(\w+)\["([^"]+)"\]$`)
	mermaidArrow = regexp.MustCompile(`^(\w+) --> (\w+(?: & \w+)*)$`)
)

// drawn are the arrows of the graph in a section. The graph has names of rooms,
// names with their labels, and arrows, nothing else.
func drawn(t *testing.T, heading string) (list []string) {
	t.Helper()
	_, graph, found := strings.Cut(section(t, heading), "```mermaid\nflowchart TD\n")
	require.True(t, found, "the graph of %s", heading)
	graph, _, _ = strings.Cut(graph, "```")
	labels := make(map[string]string)
	label := func(id string) string {
		if text, found := labels[id]; found {
			return text
		}
		return id
	}
	for line := range strings.Lines(graph) {
		line = strings.TrimSpace(line)
		if m := mermaidNode.FindStringSubmatch(line); m != nil {
			labels[m[1]] = m[2]
			continue
		}
		m := mermaidArrow.FindStringSubmatch(line)
		require.NotNil(t, m, "%q is neither a name with a label nor an arrow", line)
		for to := range strings.SplitSeq(m[2], " & ") {
			list = append(list, label(m[1])+" --> "+label(to))
		}
	}
	slices.Sort(list)
	return list
}

// The graph of the rooms is that of the table of allowed imports, which
// TestImportsGoOneWay holds against the code.
func TestTheGraphOfTheRoomsIsThatOfTheTable(t *testing.T) {
	assert.Equal(t, arrows(rooms()), drawn(t, "Rooms"), "first the table, second docs/architecture.md")
}

// Every room has one line that says what it is for.
func TestEveryRoomHasAPurpose(t *testing.T) {
	purposes := make(map[string]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\| (.+) \\|$").FindAllStringSubmatch(section(t, "Rooms"), -1) {
		assert.Empty(t, purposes[row[1]], "%s is there twice", row[1])
		purposes[row[1]] = row[2]
	}
	assert.Equal(t, slices.Sorted(maps.Keys(rooms())), slices.Sorted(maps.Keys(purposes)), "first the table, second docs/architecture.md")
}

// A permission that nobody uses is taken back, so that the table shows how the
// rooms are and not how they might be.
func TestEveryAllowedImportIsUsed(t *testing.T) {
	used := make(map[string][]string)
	for _, p := range listPackages(t) {
		used[room(p.ImportPath)] = []string{}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, module) {
				used[room(p.ImportPath)] = append(used[room(p.ImportPath)], room(imported))
			}
		}
	}
	for name, imports := range allowed {
		if !assert.Contains(t, used, name, "there is no such package") {
			continue
		}
		for _, imported := range imports {
			assert.Contains(t, used[name], imported, "%s may import %s and does not", name, imported)
		}
	}
}
