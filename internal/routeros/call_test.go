package routeros_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

func TestReplies(t *testing.T) {
	type traps = []routeros.Trap
	for name, tt := range map[string]struct {
		answer []string // sentences, words split at blanks
		rows   []string
		ret    string
		traps  traps
	}{
		"nothing": {
			answer: []string{"!done .tag=1"},
		},
		"tag right behind the reply word": {
			answer: []string{"!re .tag=1 =a=1 =b=2", "!done .tag=1 =ret=*5"},
			rows:   []string{"!re .tag=1 =a=1 =b=2"}, ret: "*5",
		},
		"tag last": {
			answer: []string{"!re =a=1 =b=2 .tag=1", "!done =ret=*5 .tag=1"},
			rows:   []string{"!re =a=1 =b=2 .tag=1"}, ret: "*5",
		},
		"tag in the middle": {
			answer: []string{"!re =a=1 .tag=1 =b=2", "!done .tag=1"},
			rows:   []string{"!re =a=1 .tag=1 =b=2"},
		},
		"an attribute that looks like a tag": {
			answer: []string{"!re =.tag=9 =comment=.tag=8 .tag=1", "!done .tag=1"},
			rows:   []string{"!re =.tag=9 =comment=.tag=8 .tag=1"},
		},
		"sentences without a tag belong to nobody": {
			answer: []string{"!re =a=1", "!trap =message=no", "!done", "!re =a=2 .tag=1", "!done .tag=1"},
			rows:   []string{"!re =a=2 .tag=1"},
		},
		"tags of others belong to nobody": {
			answer: []string{
				"!re =a=1 .tag=2", "!re =a=1 .tag=c1", "!re =a=1 .tag=", "!re =a=1 .tag=-1", "!re =a=1 .tag=1x",
				"!re =a=1 .tag=18446744073709551617", // 1, if it were cut to 64 bits
				"!trap =message=no .tag=2", "!done .tag=2", "!done .tag=c1", "!done .tag=1",
			},
		},
		"empty, since 7.18": {
			answer: []string{"!empty .tag=1", "!done .tag=1"},
		},
		"reply words that are not known": {
			answer: []string{"!news =a=1 .tag=1", "!RE =a=1 .tag=1", "!re =a=2 .tag=1", "! =a=1 .tag=1", "!done .tag=1"},
			rows:   []string{"!re =a=2 .tag=1"},
		},
		"rows without words of their own": {
			answer: []string{"!re .tag=1", "!re .tag=1", "!done .tag=1"},
			rows:   []string{"!re .tag=1", "!re .tag=1"},
		},
		"trap": {
			answer: []string{"!trap =category=0 =message=no-such-item .tag=1", "!done .tag=1"},
			traps:  traps{{Category: routeros.CategoryMissing, Message: "no-such-item"}},
		},
		"trap without a category": {
			answer: []string{"!trap .tag=1 =message=no", "!done .tag=1"},
			traps:  traps{{Category: routeros.CategoryNone, Message: "no"}},
		},
		"trap without a message": {
			answer: []string{"!trap =category=7 .tag=1", "!done .tag=1"},
			traps:  traps{{Category: routeros.CategoryReturn, Message: "the router gave no reason"}},
		},
		"several traps": {
			answer: []string{"!trap =category=1 =message=first .tag=1", "!trap =message=second .tag=1", "!trap =category=2 =message=third .tag=1", "!done .tag=1"},
			traps: traps{
				{Category: routeros.CategoryArgument, Message: "first"},
				{Category: routeros.CategoryNone, Message: "second"},
				{Category: routeros.CategoryInterrupted, Message: "third"},
			},
		},
		"rows before and behind a trap": {
			answer: []string{"!re =a=1 .tag=1", "!trap =message=no .tag=1", "!re =a=2 .tag=1", "!done =ret=x .tag=1"},
			rows:   []string{"!re =a=1 .tag=1", "!re =a=2 .tag=1"},
			traps:  traps{{Category: routeros.CategoryNone, Message: "no"}},
			ret:    "x",
		},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
				c := start(t, s, "/x/print", "=.proplist=a", "?b=1")
				p.hears("/x/print", "=.proplist=a", "?b=1", ".tag=1")
				p.recites(tt.answer...)
				r, err := c.Wait()
				assert.Equal(t, tt.rows, lines(r.Rows))
				assert.Equal(t, len(tt.rows), r.Len)
				ret, ok := r.Ret()
				assert.Equal(t, tt.ret, string(ret))
				assert.Equal(t, tt.ret != "", ok)
				if tt.traps == nil {
					require.NoError(t, err)
				} else {
					trap := asType[*routeros.TrapError](t, err)
					assert.Equal(t, tt.traps, trap.Traps)
					assert.EqualError(t, err, tt.traps[0].Message)
				}
				works(t, s, p)
			})
		})
	}
}

func TestTrapCategories(t *testing.T) {
	for text, want := range map[string]int{
		"0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7,
		"8": -1, "": -1, "-1": -1, "x": -1, "07": -1, "1 ": -1,
	} {
		t.Run(text, func(t *testing.T) {
			inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
				c := start(t, s, "/x/print")
				p.hears("/x/print", ".tag=1")
				p.says("!trap", "=category="+text, "=message=no", ".tag=1")
				p.recites("!done .tag=1")
				_, err := c.Wait()
				require.Equal(t, want, asType[*routeros.TrapError](t, err).Traps[0].Category)
			})
		})
	}
}

func TestTrapOfAMissingMenu(t *testing.T) {
	for name, tt := range map[string]struct {
		messages []string
		missing  bool
	}{
		"menu":     {[]string{"no such command or directory (hotspot)", "no such command prefix"}, true},
		"command":  {[]string{"no such command"}, true},
		"second":   {[]string{"failure", "no such command prefix"}, true},
		"item":     {[]string{"no such item (4)"}, false},
		"argument": {[]string{"unknown parameter follow-only"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
				c := start(t, s, "/ip/hotspot/active/print")
				p.hears("/ip/hotspot/active/print", ".tag=1")
				for _, m := range tt.messages {
					p.says("!trap", "=message="+m, ".tag=1")
				}
				p.recites("!done .tag=1")
				_, err := c.Wait()
				trap := asType[*routeros.TrapError](t, err)
				assert.Equal(t, tt.missing, trap.Missing())
				assert.EqualError(t, err, tt.messages[0])
			})
		})
	}
}

// A router writes text in whatever code page its administrator's tools use.
func TestTextThatIsNotUTF8(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		c := start(t, s, "/x/print")
		p.hears("/x/print", ".tag=1")
		p.says("!re", "=comment=B\xfcro\x00\n=x", ".tag=1")
		p.says("!trap", "=message=B\xfcro", ".tag=1")
		p.says("!trap", "=message=B\u00fcro", ".tag=1")
		p.says("!done", ".tag=1")
		r, err := c.Wait()
		require.Len(t, asType[*routeros.TrapError](t, err).Traps, 2)
		for _, trap := range asType[*routeros.TrapError](t, err).Traps {
			assert.Equal(t, "B\u00fcro", trap.Message)
		}
		row, _ := r.Rows.Cut()
		comment, _ := row.Get("comment")
		assert.Equal(t, "B\xfcro\x00\n=x", string(comment), "rows keep their bytes")
	})
}

// Traps without end must not fill the memory any more than rows do.
func TestTrapsAreBounded(t *testing.T) {
	for name, tt := range map[string]struct{ sent, size, kept int }{
		"small": {100, 10, 64},
		"large": {100, 20 << 10, 3},
		"huge":  {100, 100 << 10, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
				c := start(t, s, "/x/print")
				p.hears("/x/print", ".tag=1")
				for i := range tt.sent {
					p.says("!trap", "=message="+strconv.Itoa(i)+strings.Repeat("x", tt.size), ".tag=1")
				}
				p.says("!done", ".tag=1")
				_, err := c.Wait()
				assert.Len(t, asType[*routeros.TrapError](t, err).Traps, tt.kept)
				assert.True(t, strings.HasPrefix(err.Error(), "0x"), "the first one counts")
				works(t, s, p)
			})
		})
	}
}

func TestManyCommandsInterleaved(t *testing.T) {
	const commands, rows = 50, 20
	inSession(t, routeros.Options{MaxInFlight: commands + 1}, func(t *testing.T, s *routeros.Session, p *peer) {
		var calls []*routeros.Call
		for i := range commands {
			calls = append(calls, start(t, s, fmt.Sprintf("/x%d/print", i)))
			p.hears(fmt.Sprintf("/x%d/print", i), fmt.Sprintf(".tag=%d", i+1))
		}
		for row := range rows {
			for i := range commands {
				p.recites(fmt.Sprintf("!re =row=%d =of=%d .tag=%d", row, i, i+1))
			}
		}
		// They end in another order than they began.
		for i := range commands {
			i = (i*7 + 3) % commands
			p.recites(fmt.Sprintf("!done =ret=%d .tag=%d", i, i+1))
		}
		for i, c := range calls {
			r, err := c.Wait()
			require.NoError(t, err)
			require.Equal(t, rows, r.Len)
			for row, line := range slices.All(lines(r.Rows)) {
				require.Equal(t, fmt.Sprintf("!re =row=%d =of=%d .tag=%d", row, i, i+1), line)
			}
			ret, _ := r.Ret()
			require.Equal(t, strconv.Itoa(i), string(ret))
		}
	})
}

func TestWordsThatAreRefused(t *testing.T) {
	for name, words := range map[string][]string{
		"none":             {},
		"empty command":    {""},
		"no path":          {"print"},
		"a reply word":     {"!done"},
		"an attribute":     {"=a=b"},
		"empty word":       {"/x/print", "", "/system/reboot"},
		"empty at the end": {"/x/print", "=a=b", ""},
		"tag":              {"/x/print", ".tag=7"},
		"tag of nothing":   {"/x/print", ".tag"},
		"tag at the end":   {"/x/print", "=a=b", ".tag=c1"},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
				_, err := s.Start(t.Context(), words...)
				require.Error(t, err)
				_, err = s.Run(t.Context(), words...)
				require.Error(t, err)
				_, err = s.StartAll(t.Context(), routeros.Command{Words: []string{"/x/print"}}, routeros.Command{Words: words})
				require.Error(t, err, "with another one that is in order")
				p.hearsNothing()
				assert.Equal(t, 0, s.Load().InFlight)
				works(t, s, p)
			})
		})
	}
}

func TestWordsOfAllLengths(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		for i, n := range []int{0x7F, 0x80, 0x100, 0x3FFF, 0x4000, 0x1FFFFF, 0x200000} {
			word := "=a=" + strings.Repeat("\x00", n-3)
			c := start(t, s, "/x/set", word)
			tag := fmt.Sprintf(".tag=%d", i+1)
			p.hears("/x/set", word, tag)
			p.says("!re", word, tag)
			p.says("!done", tag)
			r, err := c.Wait()
			require.NoError(t, err)
			require.Equal(t, proto.AppendSentence(nil, "!re", word, tag), []byte(r.Rows))
		}
	})
}
