package api

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// sessionCommands belong to the session that many callers share: /cancel
// without a tag would end everybody's commands, /quit their session, and /login
// would change who they are.
var sessionCommands = map[string]bool{"cancel": true, "quit": true, "login": true}

// checkArgs refuses what is no single command: args[0] is the path, the others
// are attributes (=name=value) and queries (?...).
func checkArgs(args []string) error {
	if len(args) == 0 {
		return errcode.Field("args", "is empty; give the command as the first element, such as /ip/address/print")
	}
	if !strings.HasPrefix(args[0], "/") {
		return errcode.Field("args[0]", fmt.Sprintf("is %q, no command path; it begins with a slash, such as /ip/address/print", clip(args[0])))
	}
	if words := strings.FieldsFunc(args[0], isSeparator); len(words) == 0 || len(words) == 1 && sessionCommands[strings.ToLower(words[0])] {
		return errcode.Field("args[0]", fmt.Sprintf("is %q, not for /run: the session is shared", clip(args[0])))
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
		return errcode.Field(field, "is empty; an empty word would end the command and begin another")
	case strings.HasPrefix(word, ".tag"):
		return errcode.Field(field, "sets a tag; tags are the server's own")
	case word[0] != '=' && word[0] != '?':
		return errcode.Field(field, fmt.Sprintf("is %q, neither an attribute (=name=value) nor a query (?name=value)", clip(word)))
	}
	return nil
}

// clip keeps an error message short, and a secret in a long word out of it.
func clip(s string) string {
	if utf8.RuneCountInString(s) <= 40 {
		return s
	}
	return string([]rune(s)[:40]) + "…"
}
