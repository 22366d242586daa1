package browser_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// askedFor reads what the page asks a router for, by view, from the table of the document.
func askedFor(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operation.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), "\n| view of the dashboard |")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	list := map[string][]string{}
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(line, "|")
		require.Len(t, cells, 4, line)
		commands := []string{}
		for i, part := range strings.Split(cells[2], "`") {
			if i%2 == 1 {
				commands = append(commands, part)
			}
		}
		list[strings.Trim(cells[1], " `")] = commands
	}
	return list
}

// A router is asked for what the documents say, and for nothing else.
func TestWhatTheDashboardAsksARouterFor(t *testing.T) {
	t.Parallel()
	documented := askedFor(t)
	shown := map[string]string{
		"routers":    `document.querySelectorAll(".card .figure:not([hidden])").length === 3`,
		"users":      `/bps/.test(` + firstRow + `?.querySelector(".value")?.textContent)`,
		"interfaces": `/bps/.test(` + firstRow + `?.textContent)`, "sessions": `document.querySelector("#panel-sessions")`,
		"dhcp": firstRow, "wireless": firstRow, "log": `document.querySelector("#panel-log")`, "terminal": `document.querySelector("#command")`,
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(shown)), slices.Collect(maps.Keys(documented)), "views in docs/operation.md")
	for view, ready := range shown {
		t.Run(view, func(t *testing.T) {
			t.Parallel()
			p := start(t, "", nil)
			r, addr := device(t, sim.Options{HotspotUsers: 5, Personality: sim.HAP()})
			p.connect("r", addr)
			d := newPhone(t, p)
			d.Wait("the list is complete", shown["routers"])
			if view != "routers" {
				d.do(fmt.Sprintf(`location.hash = "#/router/r/%s"`, view))
				d.hears()
			}
			d.Wait("it is shown", ready)
			want := map[string]bool{}
			parts := [][]string{documented["routers"]}
			if view != "routers" {
				parts = append(parts, documented["sessions"], documented[view])
			}
			for _, command := range slices.Concat(parts...) {
				want[command] = true
			}
			asked := func() []string {
				list := slices.Collect(maps.Keys(r.Stats().Commands))
				return slices.DeleteFunc(list, func(name string) bool { return name == "/login" || name == "/cancel" })
			}
			for command := range want {
				require.Eventually(t, func() bool { return slices.Contains(asked(), command) }, time.Minute, 50*time.Millisecond, command)
			}
			assert.ElementsMatch(t, slices.Collect(maps.Keys(want)), asked())
		})
	}
}
