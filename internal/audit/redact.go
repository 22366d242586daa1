package audit

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/rules"
)

const redacted = "[redacted]"

// Limits for a command in a line.
const (
	maxWords = 64
	maxWord  = 256     // bytes
	maxText  = 4 << 10 // bytes of all words
)

// Redact returns the words of a command as they may be logged: the path up to its
// verb, names, and the values of names that are not known to hold secrets. Not shown
// are words without a name, and values that are equal to a secret elsewhere in the
// command: hotspot vouchers often use the name as password. Long texts are truncated.
func Redact(words []string) []string {
	if len(words) == 0 {
		return nil
	}
	path := rules.Path(words[0])
	secrets := map[string]bool{}
	for _, w := range words[1:] {
		if _, name, value := splitWord(w); value != "" && (name == "" || secret(path, name)) {
			secrets[value] = true
		}
	}
	shown := []string{path}
	room := maxText - len(path)
	for i, w := range words[1:] {
		w = redact(path, w, secrets)
		if room -= len(w); i >= maxWords || room < 0 {
			return append(shown, "…")
		}
		shown = append(shown, w)
	}
	return shown
}

func redact(path, word string, secrets map[string]bool) string {
	head, name, value := splitWord(word)
	switch {
	case strings.HasPrefix(word, "?#"):
		if strings.Trim(word[2:], "|&!.0123456789") != "" {
			return redacted
		}
		return truncate(word) // operators
	case head == "", name == "":
		return redacted
	case secrets[name] || head == word && secrets[strings.TrimLeft(word, "=?")]:
		return redacted
	case value == "":
		return truncate(word)
	case secret(path, name) || secrets[value]:
		return truncate(head) + redacted
	}
	return truncate(word)
}

// splitWord splits a word into the part before its value, the name in lower case, and
// the value. head is empty for a word that is neither an attribute nor a query.
func splitWord(word string) (head, name, value string) {
	if word == "" || word[0] != '=' && word[0] != '?' {
		return "", "", word
	}
	rest := word[1:]
	if rest != "" && (word[0] == '?' && strings.ContainsRune("=<>-", rune(rest[0])) || rest[0] == '!') {
		rest = rest[1:]
	}
	name, value, found := strings.Cut(rest, "=")
	head = word
	if found {
		head = word[:len(word)-len(value)]
	}
	return head, strings.ToLower(strings.TrimSpace(name)), value
}

// sensitiveParts are parts of names, between hyphens and dots, of values that are or may
// contain secrets: scripts, whole files, URLs with a password.
var sensitiveParts = []string{
	"pin", "puk", "otp", "psk", "pwd", "pas", "sec", "community", "response", "challenge", "cookie", "input", "code", "seed",
	"script", "source", "do", "on", "where", "url", "contents", "data", "http", "header", "env", "envs", "cmd", "text", "body",
}

// secret reports whether values of this name must not be shown. It hides too much
// rather than too little: public keys and key sizes are hidden as well.
func secret(path, name string) bool {
	if strings.ContainsFunc(name, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_./", r) }) {
		return true // not a name of RouterOS
	}
	for _, part := range []string{"passw", "passp", "passc", "secret", "token", "credential", "authorization", "bearer", "key"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	if name == "name" && strings.Contains(path, "/community") {
		return true // the name of an SNMP community is its password
	}
	return slices.ContainsFunc(strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '.' || r == '_' || r == ' ' }), func(part string) bool {
		return part == "pass" || slices.Contains(sensitiveParts, part)
	})
}

// truncate shortens a text to maxWord bytes and "…", without splitting a character.
// Invalid UTF-8 is replaced.
func truncate(s string) string {
	if len(s) <= maxWord {
		return strings.ToValidUTF8(s, "\ufffd")
	}
	end := maxWord
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.ToValidUTF8(s[:end], "\ufffd") + "…"
}
