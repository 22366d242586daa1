package manager

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// sessionCommands belong to the session that many callers share: /cancel
// without a tag would end everybody's commands, /quit their session, and /login
// would change who they are.
var sessionCommands = map[string]bool{"cancel": true, "quit": true, "login": true}

// CheckArgs refuses what is no single command: args[0] is the path, the others
// are attributes (=name=value) and queries (?...).
func CheckArgs(args []string) error {
	if len(args) == 0 {
		return &InputError{"args", "is empty; give the command as the first element, such as /ip/address/print"}
	}
	if !strings.HasPrefix(args[0], "/") {
		return &InputError{"args[0]", fmt.Sprintf("is %q, no command path; it begins with a slash, such as /ip/address/print", clip(args[0]))}
	}
	if words := strings.FieldsFunc(args[0], isSeparator); len(words) == 0 || len(words) == 1 && sessionCommands[strings.ToLower(words[0])] {
		return &InputError{"args[0]", fmt.Sprintf("is %q, not for /run: the session is shared", clip(args[0]))}
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
		return &InputError{field, "is empty; an empty word would end the command and begin another"}
	case strings.HasPrefix(word, ".tag"):
		return &InputError{field, "sets a tag; tags are the server's own"}
	case word[0] != '=' && word[0] != '?':
		return &InputError{field, fmt.Sprintf("is %q, neither an attribute (=name=value) nor a query (?name=value)", clip(word))}
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

// checkID admits what can stand in a path, in a query and in a log line.
func checkID(id string) error {
	switch {
	case id == "":
		return &InputError{"router_id", "is missing"}
	case len(id) > 128:
		return &InputError{"router_id", "is longer than 128 bytes"}
	case strings.TrimSpace(id) != id:
		return &InputError{"router_id", "begins or ends with a space"}
	case !utf8.ValidString(id):
		return &InputError{"router_id", "is not UTF-8"}
	}
	for _, r := range id {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\?#*,"`, r) {
			return &InputError{"router_id", fmt.Sprintf("contains %q; use letters, digits and signs such as . _ - :", r)}
		}
	}
	return nil
}

// encodeArgs turns text into the bytes that the router's own tools write, where
// a code page was asked for; without one the router gets UTF-8.
func encodeArgs(args []string, codePage string) ([]string, error) {
	if codePage == "" {
		return args, nil
	}
	page, err := charset.Lookup(codePage)
	if err != nil {
		return nil, &InputError{"code_page", err.Error()}
	}
	out := make([]string, len(args))
	for i, word := range args {
		if out[i], err = page.Encode(word); err != nil {
			return nil, &InputError{fmt.Sprintf("args[%d]", i), "cannot be sent: " + err.Error()}
		}
	}
	return out, nil
}
