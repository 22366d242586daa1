package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every reference has to lead to a menu with names, and rows may not share what is unique.
func TestTheDeclarationsAreConsistent(t *testing.T) {
	for path, list := range catalog().menus {
		for _, m := range list {
			for _, f := range m.fields {
				for _, to := range f.kind.menus {
					targets := catalog().menus[to]
					if assert.NotEmpty(t, targets, "%s %s refers to %s", path, f.name, to) {
						assert.NotNil(t, targets[0].field("name"), "%s %s refers to %s, which has no names", path, f.name, to)
					}
				}
			}
			for _, u := range m.unique {
				for _, name := range u.fields {
					assert.NotNil(t, m.field(name), "%s: unique %s", path, name)
				}
			}
		}
	}
}

// What a table has at first use is declared, and a value that set would take: clients
// write back what they have read.
func TestFirstRowsAreAsDeclared(t *testing.T) {
	for name, p := range map[string]Personality{"hap": HAP(), "hex": HEX(), "ccr": CCR2004(), "chr": CHR()} {
		t.Run(name, func(t *testing.T) {
			d := New(Options{Personality: p, PPPUsers: 30, HotspotUsers: 30})
			defer d.Close()
			w := &d.world
			faults := map[string]bool{}
			for path := range catalog().menus {
				m := w.menu(path)
				if m == nil || !m.rows() {
					continue
				}
				for _, r := range w.table(path).rows {
					for field, value := range r.words.Attributes() {
						if m.field(string(field)) == nil {
							faults[fmt.Sprintf("%s has %s, which is not declared", path, field)] = true
							continue
						}
						f := w.writable(m, string(field))
						if f == nil || len(value) == 0 || r.text("dynamic") == "true" || value[0] == '*' && len(f.kind.menus) > 0 {
							continue // also a reference to a row that was deleted
						}
						if shown, err := f.kind.check(w, f.name, string(value)); err != nil || shown != string(value) {
							faults[fmt.Sprintf("%s: %s=%s is %q, %v", path, field, value, shown, err)] = true
						}
					}
				}
			}
			assert.Empty(t, faults)
		})
	}
}

func TestDeclarationsThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"  name <text>":                     "line 1: no menu above it",
		"\"\"":                              "line 1: a word is empty",
		"/x  fly":                           `line 1: "fly" is not known`,
		"/x\n  name":                        "line 2: name has no kind",
		"/x\n  name <word>":                 "line 2: <word> is not known",
		"/x\n  name a||b":                   "line 2: an empty alternative",
		"/x\n  n <num:a..b>":                "line 2: limits a..b",
		"/x\n  n <time:1x..2s>":             "line 2: limits 1x..2s",
		"/x\n  name <text> often":           `line 2: "often" is not known`,
		"/x\n  name <text> =\"a":            "line 2: a quote is missing",
		"/x\n  row name=a":                  "line 2: a row has name, which is no field",
		"/x\n  name <text>\n  unique name":  "line 3: unique needs fields and a text",
		"/x\n  name <text>\n  row weight:x": `line 3: strconv.ParseFloat: parsing "x": invalid syntax`,
		"/x\n  @y":                          "line 2: no group @y",
		"/x  health:x\n":                    `line 1: strconv.Atoi: parsing "x": invalid syntax`,
	} {
		err := newMenuSet().parse(text)
		require.Error(t, err, text)
		assert.True(t, strings.HasPrefix(err.Error(), want), "%q: %v", text, err)
	}
}

// FuzzDeclarations: no panic, and what is accepted can be asked.
func FuzzDeclarations(f *testing.F) {
	f.Add("/x  add set v>=7.1\n  name <text> =a must\n  n &<num:1..9>|auto opt\n  unique name \"x\"\n  row id:*5 weight:2 name=b n=2")
	f.Add("@g\n  a !<ip>\n/x  single\n  @g\n  only a board\n  flags b")
	f.Add("/  \n  \"\n@\n  @")
	f.Fuzz(func(_ *testing.T, text string) {
		s := newMenuSet()
		if s.parse(text) != nil {
			return
		}
		d := New(Options{})
		defer d.Close()
		for _, list := range s.menus {
			for _, m := range list {
				_ = m.when.holds(&d.world)
				_ = d.world.presets(m)
				for _, field := range m.fields {
					_, _ = field.kind.check(&d.world, field.name, field.preset)
				}
			}
		}
	})
}

// FuzzValues: what print shows of a value of a declared field is a value that set takes,
// and shows the same.
func FuzzValues(f *testing.F) {
	var kinds []kind
	byText := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(catalog().menus)) {
		for _, m := range catalog().menus[path] {
			for _, field := range m.fields {
				if text := fmt.Sprint(field.kind.list, field.kind.pair, field.kind.not, field.kind.words, field.kind.menus, len(field.kind.forms)); !byText[text] {
					byText[text] = true
					kinds = append(kinds, field.kind)
				}
			}
		}
	}
	for i := range kinds {
		for _, value := range []string{"", "0x10", "10M/5k", "10.0.0.1-10.0.0.9,::1/64", "!02-00-5e-00-53-01", "1d00:00:00", "ether1", "true", "fe80::1%ether1", "*1"} {
			f.Add(uint(i), value)
		}
	}
	d := New(Options{})
	f.Cleanup(d.Close)
	f.Fuzz(func(t *testing.T, i uint, value string) {
		k := kinds[i%uint(len(kinds))]
		shown, err := k.check(&d.world, "x", value)
		if err != nil {
			return
		}
		again, err := k.check(&d.world, "x", shown)
		if err != nil || again != shown {
			t.Fatalf("%v: %q shows %q, which shows %q, %v", k, value, shown, again, err)
		}
	})
}
