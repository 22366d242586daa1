package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A command that a router saw and the log does not have is found, of each path and router.
func TestMissingAuditLines(t *testing.T) {
	const ping = `{"action":"run","router":"a","command":["/ping","=address=192.0.2.1"],"outcome":"ok"}` + "\n"
	seen := map[string]map[string]int{"a": {"/ping": 2, "/ppp/active/print": 90}, "b": {"/ip/address/print": 1}}
	other := `{"action":"batch","router":"b","command":["/ip/address/print"],"outcome":"failed","code":"router_unreachable"}` + "\n"
	for name, test := range map[string]struct {
		log     string
		missing int
	}{
		"all there":                       {ping + ping + other, 0},
		"more than there were":            {ping + ping + ping + other + other, 0},
		"one missing":                     {ping + other, 1},
		"none of a router":                {ping + ping, 1},
		"another router":                  {ping + ping + strings.ReplaceAll(other, `"b"`, `"c"`), 1},
		"another path":                    {ping + ping + strings.ReplaceAll(other, "address", "route"), 1},
		"denied, so nothing was sent":     {ping + ping + strings.ReplaceAll(other, "failed", "denied"), 1},
		"several ids, so nothing was":     {ping + ping + strings.ReplaceAll(other, `"b"`, `"a,b"`), 1},
		"nothing at all":                  {"", 2},
		"lines lost of what was not sent": {ping + ping + other + `{"action":"lost","lines":7}` + "\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "audit.jsonl")
			require.NoError(t, os.WriteFile(path, []byte(test.log), 0o600))
			book := newBook()
			lines, err := auditLines(path, book)
			require.NoError(t, err)
			for router, saw := range seen {
				book.compareAudit(router, saw, lines)
			}
			assert.Len(t, book.violations(), test.missing)
		})
	}
	_, err := auditLines(filepath.Join(t.TempDir(), "none"), newBook())
	assert.Error(t, err)
}
