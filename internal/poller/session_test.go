package poller_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/poller"
)

// prints are the commands that read a menu, each as listed or bare, and empties the
// list.
func (r *router) prints(path string) (list []string) {
	r.set(func() {
		for _, sentence := range r.sent {
			switch {
			case !strings.HasPrefix(sentence, path+"/print"):
			case strings.Contains(sentence, "=.proplist="):
				list = append(list, "listed")
			default:
				list = append(list, "bare")
			}
		}
		r.sent = nil
	})
	return list
}

func hasList(command []string) bool {
	return slices.ContainsFunc(command, func(word string) bool { return strings.HasPrefix(word, "=.proplist=") })
}

// What was learned about a router is forgotten at a login, and when its version
// changes: it may have other packages, other versions of them, and other counters.
func TestWhatWasLearnedEndsWithTheSession(t *testing.T) {
	events := map[string]func(r *router){
		"another session": (*router).logIn,
		"another version": func(r *router) {
			r.set(func() { r.tables["/system/resource"] = [][]string{{"=uptime=2s", "=version=7.21"}} })
		},
	}
	for event, happen := range events {
		t.Run(event, func(t *testing.T) {
			test := func(name string, watched string, learn func(t *testing.T, r *router), check func(t *testing.T, r *router, after []published)) {
				t.Run(name, func(t *testing.T) {
					in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
						r.tables["/system/resource"] = [][]string{{"=uptime=1m", "=version=7.20"}}
						learn(t, r)
						p.Watch(hardware)
						p.Watch(variant(watched, false, false))
						rest(30 * time.Second)
						r.prints("")
						seen := len(s.all(variant(watched, false, false)))
						happen(r)
						rest(2 * interval)
						check(t, r, s.all(variant(watched, false, false))[seen:])
					})
				})
			}
			test("a missing menu", "dhcp_leases", func(_ *testing.T, r *router) {
				r.trap["/ip/dhcp-server/lease"] = "no such command prefix"
			}, func(t *testing.T, r *router, _ []published) {
				assert.NotEmpty(t, r.prints("/ip/dhcp-server/lease"))
			})
			test("a missing menu that is rarely read", "health", func(_ *testing.T, r *router) {
				r.trap["/system/health"] = "no such command prefix"
			}, func(t *testing.T, r *router, _ []published) {
				assert.Equal(t, []string{"bare"}, r.prints("/system/health"))
			})
			test("a list that was refused", "dhcp_leases", func(_ *testing.T, r *router) {
				r.refuse = func(command []string) string {
					if hasList(command) {
						return "unknown parameter"
					}
					return ""
				}
			}, func(t *testing.T, r *router, _ []published) {
				assert.Contains(t, r.prints("/ip/dhcp-server/lease"), "listed")
			})
			test("counters", "interfaces", func(_ *testing.T, r *router) {
				r.tables["/interface"] = [][]string{{"=.id=*1", "=name=ether1", "=rx-byte=1000", "=tx-byte=0"}}
			}, func(t *testing.T, _ *router, after []published) {
				assert.True(t, slices.ContainsFunc(after, func(p published) bool { return !strings.Contains(p.body, "rx-bits-per-second") }),
					"the first reading has no rate")
				assert.Contains(t, after[len(after)-1].body, "rx-bits-per-second")
			})
			test("a listen that failed", "log", func(*testing.T, *router) {}, func(t *testing.T, r *router, _ []published) {
				assert.Contains(t, r.words, "/log/listen")
				n := 0
				r.set(func() {
					for _, sentence := range r.sent {
						if sentence == "/log/listen" {
							n++
						}
					}
				})
				assert.Equal(t, 1, n)
			})
		})
	}
}

// Nothing else is asked of a router that lacks the only menu which is watched, so
// the login alone is noticed.
func TestAMissingMenuIsAskedAgainAfterALogin(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		hotspot := variant("hotspot_active", false, false)
		r.trap["/ip/hotspot/active"] = "no such command prefix"
		p.Watch(hotspot)
		rest(time.Minute)
		assert.Equal(t, 1, r.asked("/ip/hotspot/active"))
		r.set(func() { clear(r.trap); r.tables["/ip/hotspot/active"] = users(2) })
		r.logIn()
		synctest.Wait()
		events := s.all(hotspot)
		assert.Len(t, decode(t, events[len(events)-1].body)["rows"], 2, "at once")
	})
}

// Facts of before a login are not shown as the present.
func TestFactsEndWithTheSession(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
		p.Watch(hardware)
		rest(5 * time.Second)
		assert.NotNil(t, p.Facts().Hardware)
		r.set(func() { r.mute = true })
		r.logIn()
		synctest.Wait()
		assert.Nil(t, p.Facts().Hardware)
	})
}

// A trap that passes teaches nothing. A list of fields is given up only where the
// command without it works and the one with it is refused again.
func TestTheListOfFields(t *testing.T) {
	for name, tc := range map[string]struct {
		traps   int  // the first commands are refused
		refused bool // commands with a list are always refused
		later   int  // a trap at this command
		want    []string
	}{
		"taken":                   {want: []string{"listed", "listed", "listed"}},
		"a trap that passes":      {traps: 1, want: []string{"listed", "bare", "listed", "listed", "listed"}},
		"two":                     {traps: 2, want: []string{"listed", "bare", "listed", "listed", "listed"}},
		"three":                   {traps: 3, want: []string{"listed", "bare", "listed", "bare", "listed", "listed"}},
		"the list is refused":     {refused: true, want: []string{"listed", "bare", "listed", "bare", "bare", "bare", "bare"}},
		"refused, and a trap too": {refused: true, traps: 2, want: []string{"listed", "bare", "listed", "bare", "listed", "bare", "bare"}},
		"refused, a trap later":   {refused: true, later: 5, want: []string{"listed", "bare", "listed", "bare", "bare", "bare", "bare"}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, _ *screen) {
				n := 0
				r.refuse = func(command []string) string {
					if command[0] != "/ppp/active/print" {
						return ""
					}
					if n++; n <= tc.traps || n == tc.later || tc.refused && hasList(command) {
						return "std failure: timeout (13)"
					}
					return ""
				}
				p.Watch(pppDelta)
				rest(20 * interval)
				got := r.prints("/ppp/active")
				assert.Equal(t, fmt.Sprint(tc.want), fmt.Sprint(got[:len(tc.want)]))
				assert.Equal(t, tc.want[len(tc.want)-1], got[len(got)-1], "and so on")
			})
		})
	}
}
