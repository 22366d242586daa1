package api

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// sessionCommands act on the session, which other clients share: /cancel without a tag
// cancels all commands, /quit closes the session, /login changes its user.
var sessionCommands = map[string]bool{"cancel": true, "quit": true, "login": true}

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
	if len(words) == 1 && sessionCommands[strings.ToLower(words[0])] {
		return errcode.Field("args[0]", fmt.Sprintf("is %q, which would affect the session, and that is shared with other clients", clip(args[0])))
	}
	for i, word := range args[1:] {
		if err := checkWord(i+1, word); err != nil {
			return err
		}
	}
	return nil
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
