package notify

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/alert"
)

var update = flag.Bool("update", false, "write the golden files")

// Every source has a text in every language, for its beginning and its end.
func TestTexts(t *testing.T) {
	for _, lang := range []Language{English, Indonesian} {
		var b strings.Builder
		for _, s := range alert.Sources() {
			v := 91.5
			one := alert.Transition{
				Status: alert.Firing, Rule: "rule", Source: s.Name, When: s.Example, Severity: alert.Warning, RouterID: "r1", Value: &v,
				Subject: "sub", Reason: "why", Since: began, Started: began, At: began.Add(26*time.Hour + 3*time.Minute),
			}
			if strings.HasPrefix(s.Name, "server.") {
				one.RouterID = ""
			}
			fmt.Fprintln(&b, plain(lang.line(&one)))
			one.Again = true
			one.Reason, one.Subject = "", ""
			fmt.Fprintln(&b, plain(lang.line(&one)))
			one.Again, one.Status, one.Subject = false, alert.Resolved, "sub"
			fmt.Fprintln(&b, plain(lang.line(&one)))
		}
		many := Message{Lost: 4}
		for i := range 37 {
			many.Items = append(many.Items, down(fmt.Sprintf("r%d", i)))
		}
		more := down("r1")
		more.Status, more.Count = alert.Event, 45
		many2 := Message{Items: []alert.Transition{more}}
		fmt.Fprintf(&b, "\n%s\n\n%s\n", plain(lang.text(many)), plain(lang.text(many2)))
		golden(t, string(lang)+".txt", b.String())
	}
}

func TestCut(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		most int
		want string
	}{
		"short":                  {"abc", 3, "abc"},
		"long":                   {"abcd", 3, "ab…"},
		"characters":             {"éééé", 3, "éé…"},
		"two units each":         {"😀😀😀", 4, "😀…"},
		"within what is other's": {"a\x02bcdef\x03g", 4, "a\x02bc\x03…"},
		"marks do not count":     {"\x02a\x03\x02b\x03\x02c\x03", 3, "\x02a\x03\x02b\x03\x02c\x03"},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, string(cut(marked(tc.text), tc.most))) })
	}
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 59 * time.Second: "59 s", 61 * time.Second: "1 min 1 s", 2 * time.Hour: "2 h", 49*time.Hour + time.Minute: "2 d 1 h",
	} {
		assert.Equal(t, want, English.duration(d))
	}
	assert.Equal(t, "3 hari 4 jam", Indonesian.duration(76*time.Hour))
}
