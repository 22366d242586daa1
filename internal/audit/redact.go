package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/rules"
)

const redacted = "[redacted]"

// Limits for a command in a line.
const (
	maxQueries = 64
	maxWord    = 256     // bytes
	maxText    = 4 << 10 // bytes of all words
)

// Redact returns the words of a command as they may be logged: the path up to its
// verb, then the attributes, then the queries, so that these cannot push the attributes
// out. Names are always shown. Not shown are values of names that are known to hold
// secrets, words without a name, and values that are equal to the secret of an attribute:
// hotspot vouchers often use the name as password. Long texts are clipped.
func Redact(words []string) []string {
	shown, _ := redactWords(words)
	return shown
}

// redactWords is Redact. whole is the SHA-256 of all words as they would be without
// clipping, each followed by a zero byte, in hexadecimal digits; empty if none was
// clipped. Secrets are not in it: they could be guessed by trying.
func redactWords(words []string) (_ []string, whole string) {
	if len(words) == 0 {
		return nil, ""
	}
	path := rules.Path(words[0])
	list := redactAll(path, words[1:])
	shown, all := fit(path, list, maxWord, nil)
	if !all {
		ends := endsOf(list)
		for _, limit := range []int{maxWord, 64, 16, 0} {
			if shown, all = fit(path, list, limit, ends); all {
				break
			}
		}
	}
	if !slices.EqualFunc(list, shown[1:], func(w shownWord, s string) bool { return strings.ToValidUTF8(w.head+w.value, "\ufffd") == s }) {
		whole = hash(path, list)
	}
	return shown, whole
}

// shownWord is a word without its secret. The head has the name.
type shownWord struct {
	head, value string
	query       bool
}

// redactAll removes the secrets and moves the queries behind the attributes.
func redactAll(path string, words []string) []shownWord {
	secrets := map[string]bool{}
	for _, w := range words {
		head, name, value := splitWord(w)
		bare := head == "" // no command that is sent has such a word
		if value != "" && (bare || w[0] == '=' && name != "" && secret(path, name)) {
			secrets[value] = true
		}
	}
	list := make([]shownWord, 0, len(words))
	for _, w := range words {
		list = append(list, redactWord(path, w, secrets))
	}
	slices.SortStableFunc(list, func(a, b shownWord) int {
		switch {
		case a.query == b.query:
			return 0
		case b.query:
			return -1
		}
		return 1
	})
	return list
}

func redactWord(path, word string, secrets map[string]bool) shownWord {
	head, name, value := splitWord(word)
	query := strings.HasPrefix(word, "?")
	switch {
	case strings.HasPrefix(word, "?#"):
		if strings.Trim(word[2:], "|&!.0123456789") != "" {
			return shownWord{redacted, "", query}
		}
		return shownWord{"?#", word[2:], query} // operators
	case name == "":
		return shownWord{redacted, "", query}
	case value != "" && (secret(path, name) || secrets[value]):
		return shownWord{truncate(head, maxWord) + redacted, "", query}
	}
	return shownWord{head, value, query}
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

// endsOf has the index of the first and of the last word with each head.
func endsOf(list []shownWord) map[string][2]int {
	ends := make(map[string][2]int)
	for i, w := range list {
		e, found := ends[w.head]
		if !found {
			e[0] = i
		}
		e[1] = i
		ends[w.head] = e
	}
	return ends
}

// fit returns the path and the words, each clipped to limit bytes or to its name, as many
// as have room; all tells that none was left out for want of room. With ends, words are
// left out that have their name in common with one before and one behind them.
func fit(path string, list []shownWord, limit int, ends map[string][2]int) (shown []string, all bool) {
	shown = append(make([]string, 0, min(len(list), maxText/4)+2), path)
	room, queries, left := maxText-len(path), 0, false
	for i, w := range list {
		if e, found := ends[w.head]; found && i != e[0] && i != e[1] {
			left = true
			continue
		}
		text := truncate(w.head+w.value, max(limit, min(len(w.head), maxWord)))
		if w.query {
			queries++
		}
		if room -= len(text); room < 0 || queries > maxQueries {
			return append(shown, "…"), room >= 0
		}
		shown = append(shown, text)
	}
	if left {
		shown = append(shown, "…")
	}
	return shown, true
}

// hash is the SHA-256 of a command without its secrets.
func hash(path string, list []shownWord) string {
	h := sha256.New()
	for _, text := range []string{path, "\x00"} {
		_, _ = h.Write([]byte(text))
	}
	for _, w := range list {
		_, _ = h.Write([]byte(w.head + w.value + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// truncate shortens a text to limit bytes and "…", without splitting a character.
// Invalid UTF-8 is replaced.
func truncate(s string, limit int) string {
	if len(s) <= limit {
		return strings.ToValidUTF8(s, "\ufffd")
	}
	end := limit
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.ToValidUTF8(s[:end], "\ufffd") + "…"
}
