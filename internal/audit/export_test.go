package audit

import (
	"slices"
	"strings"
)

// Lost is how many lines were lost since the last that was written.
func (l *Log) Lost() int64 { return l.lost.Load() }

// Waiting is how many lines of Write are not yet written.
func (l *Log) Waiting() int64 { return l.waiting.Load() }

// Redacted is the list in docs/access.md of the names whose values are not shown.
func Redacted() string {
	code := func(list []string) string {
		list = slices.Sorted(slices.Values(list))
		return "`" + strings.Join(list, "` `") + "`"
	}
	var menus []string
	for _, s := range secretsIn {
		menus = append(menus, "/"+s.menu+" ="+s.name+"=")
	}
	return "- names with one of these parts: " + code(secretParts) + "\n" +
		"- names with one of these words between hyphens and dots: " + code(sensitiveWords) + "\n" +
		"- these names and each beginning of them that is no name of its own: " + code(secretNames) + "\n" +
		"- in some menus only: " + code(menus) + "\n"
}
