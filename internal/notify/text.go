package notify

import (
	"bytes"
	"embed"
	"fmt"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode/utf16"

	"github.com/aprakasa/mikronec/internal/alert"
)

// Language of texts.
type Language string

// The languages.
const (
	English    Language = "en"
	Indonesian Language = "id"
)

//go:embed texts/*.tmpl
var files embed.FS

// texts are the templates by language: one for each source, one for each that ended with
// the suffix _over, and the parts around them.
var texts = map[Language]*template.Template{
	English:    template.Must(template.New("en").ParseFS(files, "texts/en.tmpl")),
	Indonesian: template.Must(template.New("id").ParseFS(files, "texts/id.tmpl")),
}

// foreign is a text that a router, a user or an operator chose. In the text of a message
// it stands between two control characters, which package alert has removed from it.
type foreign string

const (
	foreignBegin = "\x02"
	foreignEnd   = "\x03"
)

func (f foreign) String() string {
	if f == "" {
		return ""
	}
	return foreignBegin + strings.NewReplacer(foreignBegin, "", foreignEnd, "").Replace(string(f)) + foreignEnd
}

// line is what the templates know of a transition.
type line struct {
	Router, Subject, Reason foreign
	Rule, When              foreign
	Instance                foreign // of alerts of the server, in a fleet
	Value, From             string
	Severity, Status        string
	Count                   int
	Lasted                  string // how long it fired
	Since                   string
	Again, Test             bool
	Text                    string // the text of the source
	// Of a message with several transitions.
	N    int
	List []string
	More int
	Lost int
}

// maxListed is how many routers a message lists; others are a number.
const maxListed = 10

// text is the text of a message; its first line is the title.
func (l Language) text(m Message) marked {
	data := l.data(&m.Items[0])
	data.Lost = m.Lost
	if len(m.Items) == 1 {
		return marked(l.execute("one", data))
	}
	data.N = len(m.Items)
	for i := range m.Items {
		if i == maxListed {
			data.More = data.N - maxListed
			break
		}
		item := l.data(&m.Items[i])
		data.List = append(data.List, strings.TrimRight(l.execute("item", item), "\n"))
	}
	return marked(l.execute("many", data))
}

// line is one transition as one line.
func (l Language) line(t *alert.Transition) marked { return marked(l.execute("item", l.data(t))) }

func (l Language) data(t *alert.Transition) line {
	data := line{
		Router: foreign(t.RouterID), Subject: foreign(t.Subject), Reason: foreign(t.Reason), Rule: foreign(t.Rule), When: foreign(t.When), Instance: foreign(t.Instance),
		Severity: string(t.Severity), Status: string(t.Status), Count: t.Count, Again: t.Again, Test: t.Test,
		Since: t.Since.UTC().Format("2006-01-02 15:04:05 MST"),
	}
	if t.Status == alert.Resolved || t.Again {
		data.Lasted = l.duration(t.At.Sub(t.Started))
	}
	if t.Value != nil {
		data.Value = l.number(t.Source, *t.Value)
	}
	if t.From != nil {
		data.From = l.number(t.Source, *t.From)
	}
	name := t.Source
	if t.Status == alert.Resolved && texts[l].Lookup(name+"_over") != nil {
		name += "_over"
	}
	if t.Count > 0 {
		name = "more"
	}
	data.Text = l.execute(name, data)
	return data
}

func (l Language) execute(name string, data line) string {
	var b bytes.Buffer
	if err := texts[l].ExecuteTemplate(&b, name, data); err != nil {
		return foreign(fmt.Sprint(data.Rule, " ", data.Status)).String() // a test executes all of them
	}
	return strings.TrimSpace(b.String())
}

// number writes a value with the unit of its source.
func (l Language) number(source string, v float64) string {
	unit, decimals := "", 0
	switch source {
	case "cpu", "memory", "disk", "pool":
		unit = " %"
	case "temperature":
		unit = " °C"
	case "voltage":
		unit, decimals = " V", 1
	case "interface.rx", "interface.tx":
		for _, unit = range []string{" bps", " kbps", " Mbps", " Gbps"} {
			if v < 1000 || unit == " Gbps" {
				break
			}
			v, decimals = v/1000, 1
		}
	case "poll.stretched":
		unit = " s"
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if l == Indonesian {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text + unit
}

// duration writes a duration in its two largest units.
func (l Language) duration(d time.Duration) string {
	names := []string{"d", "h", "min", "s"}
	if l == Indonesian {
		names = []string{"hari", "jam", "mnt", "dtk"}
	}
	var parts []string
	d = max(d, 0).Round(time.Second)
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if n := d / unit; n > 0 && len(parts) < 2 {
			parts = append(parts, fmt.Sprintf("%d %s", n, names[i]))
		}
		d %= unit
	}
	if len(parts) == 0 {
		return "0 " + names[3]
	}
	return strings.Join(parts, " ")
}

// marked is a text with marks around what is foreign.
type marked string

// mark marks a text of others.
func mark(text string) marked { return marked(foreign(text).String()) }

// part is a piece of a text.
type part struct {
	text    string
	foreign bool
}

func (m marked) parts() (list []part) {
	for rest := string(m); rest != ""; {
		before, after, found := strings.Cut(rest, foreignBegin)
		if before != "" {
			list = append(list, part{before, false})
		}
		if !found {
			return list
		}
		inside, after, _ := strings.Cut(after, foreignEnd)
		list = append(list, part{inside, true})
		rest = after
	}
	return list
}

// plain is the text without marks.
func plain(m marked) string {
	return strings.NewReplacer(foreignBegin, "", foreignEnd, "").Replace(string(m))
}

// cut cuts a text to a number of characters, as UTF-16 counts them, which is how chats
// count; marks do not count.
func cut(m marked, most int) marked {
	if len(m) <= most {
		return m
	}
	var b strings.Builder
	n, open := 0, false
	if units(plain(m)) <= most {
		return m
	}
	for _, c := range string(m) {
		switch {
		case c == 2:
			open = true
		case c == 3:
			open = false
		default:
			if n += max(1, utf16.RuneLen(c)); n > most-1 {
				if open {
					b.WriteString(foreignEnd)
				}
				return marked(strings.TrimRight(b.String(), " \n") + "…")
			}
		}
		b.WriteRune(c)
	}
	return marked(b.String())
}

func units(text string) (n int) {
	for _, c := range text {
		n += max(1, utf16.RuneLen(c))
	}
	return n
}
