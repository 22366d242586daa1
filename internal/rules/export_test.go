package rules

import (
	"strings"
)

// DenialTable is the table of the default denials in docs/access.md.
func DenialTable() string {
	var b strings.Builder
	b.WriteString("| denied | because it |\n| --- | --- |\n")
	for _, d := range denials {
		b.WriteString("| `" + strings.Join(strings.Fields(strings.ReplaceAll(d.rules, "!", "")), "`, `") + "` | " + d.reason + " |\n")
	}
	return b.String()
}
