package sim

import (
	"fmt"
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
