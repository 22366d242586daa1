package poller_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/poller"
)

// A router that does not know how to answer a part of a menu is read whole, and viewers
// get no error for it: the menu is there.
func TestARouterThatRefusesAPart(t *testing.T) {
	for name, refused := range map[string]func(command []string) bool{
		"the counters": func(command []string) bool {
			return hasList(command) && !strings.Contains(command[1], "version") && command[0] == "/system/resource/print"
		},
		"a list of counters": func(command []string) bool {
			return hasList(command) && !strings.Contains(strings.Join(command, " "), "name") && !strings.Contains(strings.Join(command, " "), "user")
		},
		"the number": func(command []string) bool { return slices.Contains(command, "=count-only=") },
	} {
		t.Run(name, func(t *testing.T) {
			in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
				r.set(func() {
					r.follows = true
					r.tables["/ppp/active"] = users(3)
					r.tables["/ip/hotspot/active"] = [][]string{{"=.id=*1", "=user=guest", "=uptime=1m", "=bytes-in=5"}}
					r.refuse = func(command []string) string {
						if refused(command) {
							return "unknown parameter"
						}
						return ""
					}
				})
				p.Watch(combined)
				p.Watch(pppDelta)
				rest(3 * time.Minute)
				all := s.all(combined)
				require.Greater(t, len(all), 80)
				for _, e := range all {
					assert.NotContains(t, e.body, "unknown parameter")
				}
				assert.Len(t, decode(t, all[len(all)-1].body)["ppp_active"], 3)
			})
		})
	}
}
