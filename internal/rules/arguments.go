package rules

import (
	"slices"
	"strings"
)

// argument returns the name in =name=value. Names such as basic-rates-a/g, .id and
// !name, which unsets a value, exist.
func argument(word string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(word, "=")
	if !ok {
		return "", false
	}
	name, _, _ = strings.Cut(rest, "=")
	name = strings.ToLower(name)
	invalid := strings.ContainsFunc(name, func(r rune) bool { return !isWord(r) && !strings.ContainsRune("./!", r) })
	name = strings.TrimLeft(name, "!")
	return name, name != "" && !invalid
}

// scripts are the arguments of RouterOS that take a script, or an expression that may
// contain one, and do not say so in their names as those with on- and script do.
var scripts = []string{"do", "source", "where", "up-script", "down-script", "lease-script", "binding-script", "test-script", "script", "on-"}

// isScript reports whether an argument is a script, or an expression that may contain
// one. A name counts as any that it is the beginning of: =up-s= could be up-script.
func isScript(name string) bool {
	if name == "on" || strings.HasPrefix(name, "on-") {
		return true
	}
	parts := strings.Split(name, "-")
	last := parts[len(parts)-1]
	return slices.Contains(parts, "script") || len(last) > 1 && strings.HasPrefix("script", last) || strings.HasPrefix(last, "script") ||
		beginsOneOf(name, scripts)
}

// isFile reports whether an argument of a command that reads makes it write a file: its
// name, or the beginning of it, or what older versions call it.
func isFile(name string) bool {
	return strings.HasPrefix(name, "file") || beginsOneOf(name, []string{"file", "append"})
}

func beginsOneOf(name string, list []string) bool {
	return slices.ContainsFunc(list, func(whole string) bool { return strings.HasPrefix(whole, name) })
}
