package api

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// sessionCommands act on the session, which other clients share: /cancel without a tag
// cancels all commands, /quit closes the session, /login changes its user.
var sessionCommands = []string{"cancel", "quit", "login"}

// queryVerbs are the verbs that select rows by query words. The documentation of
// RouterOS names print and getall; listen takes them as well.
var queryVerbs = []string{"print", "getall", "get", "find", "listen"}

// checkArgs refuses words that are not exactly one command: args[0] is the path, the
// others are attributes (=name=value) and queries (?...). See the RouterOS API,
// "API sentence".
func checkArgs(args []string) error {
	if len(args) == 0 {
		return errcode.Field("args", "is empty; give the command as the first element, such as /ip/address/print")
	}
	words := strings.FieldsFunc(args[0], isSeparator)
	if !strings.HasPrefix(args[0], "/") || len(words) == 0 {
		return errcode.Field("args[0]", fmt.Sprintf("is %q, not a command path; a path begins with a slash, such as /ip/address/print", clip(args[0])))
	}
	if isSessionCommand(words) {
		return errcode.Field("args[0]", fmt.Sprintf("is %q, which would or could affect the session, and that is shared with other clients", clip(args[0])))
	}
	queries := slices.Contains(queryVerbs, strings.ToLower(words[len(words)-1]))
	for i, word := range args[1:] {
		if err := checkWord(i+1, word); err != nil {
			return err
		}
		if word[0] == '?' && !queries {
			return errcode.Field(fmt.Sprintf("args[%d]", i+1), fmt.Sprintf("is a query (?…), which selects rows of print, getall, get, find and listen; %q selects none", clip(args[0])))
		}
	}
	return nil
}

// isSessionCommand reports whether a path is a command that acts on the session, or could
// be short for one. With more words behind it, which the router could take for arguments,
// a beginning of two letters is that of a menu, and so is /log.
func isSessionCommand(path []string) bool {
	first := strings.ToLower(path[0])
	return slices.ContainsFunc(sessionCommands, func(c string) bool {
		return strings.HasPrefix(c, first) && (len(path) == 1 || len(first) > 2 && first != "log")
	})
}

func isSeparator(r rune) bool { return r == '/' || unicode.IsSpace(r) || unicode.IsControl(r) }

func checkWord(i int, word string) error {
	field := fmt.Sprintf("args[%d]", i)
	switch {
	case word == "":
		return errcode.Field(field, "is empty; an empty word would end the command")
	case strings.HasPrefix(word, ".tag"):
		return errcode.Field(field, "sets a tag; the server sets the tags")
	case word[0] != '=' && word[0] != '?':
		return errcode.Field(field, fmt.Sprintf("is %q, neither an attribute (=name=value) nor a query (?name=value)", clip(word)))
	}
	return nil
}

// clip shortens a word for an error message, also because a long one may hold a secret.
func clip(s string) string {
	if utf8.RuneCountInString(s) <= 40 {
		return s
	}
	return string([]rune(s)[:40]) + "…"
}
