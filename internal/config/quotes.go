package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// Files of variables are read by different rules: a shell and Compose take quotation
// marks off and drop comments, docker --env-file, kubectl --from-env-file and
// Windows' set keep both as a part of the value.

// quotation are marks that people put around values, and word processors for them.
const quotation = "\"'`“”„‘’«»"

const kept = "which docker --env-file and others keep as a part of the value"

// quoted reports whether a value begins or ends with a quotation mark.
func quoted(value string) bool {
	return value != "" && strings.Trim(value, quotation) != value
}

// withoutQuotes are secrets in formats that have no quotation marks.
var withoutQuotes = []string{"API_KEYS", "SECRETS_KEY", "NATS_URL"}

// checkQuotes adds a mistake for each value in quotation marks and removes it from
// environ. A secret may have them on purpose, so it is left to Warnings, but for those of
// withoutQuotes.
func checkQuotes(environ map[string]string, found *Error) {
	for v := range variables() {
		if v.field.Type == reflect.TypeFor[Secret]() && !slices.Contains(withoutQuotes, v.name) || !quoted(environ[v.name]) {
			continue
		}
		found.addf(v.name, "has quotation marks around it, %s; write the value without them", kept)
		delete(environ, v.name)
	}
}

// Warnings returns what is probably a mistake in a secret: clients that send what was
// meant get 401, or a key can be guessed. It repeats no part of the value.
func (c Config) Warnings() []Mistake {
	var list []Mistake
	for _, s := range []struct {
		name   string
		secret Secret
	}{{"MY_API_KEY", c.APIKey}, {"TICKET_SECRET", c.TicketSecret}} {
		name, value := s.name, s.secret.Reveal()
		switch {
		case quoted(value):
			list = append(list, Mistake{name, "begins or ends with a quotation mark, " + kept})
		case strings.ContainsFunc(value, unicode.IsSpace):
			list = append(list, Mistake{name, "contains a space, as where a comment follows the value, " + kept})
		case strings.HasSuffix(value, `\n`), strings.HasSuffix(value, `\r`):
			list = append(list, Mistake{name, "ends with a backslash and a letter, which is no line break but a part of the value"})
		}
	}
	if len(c.APIKey) < minAPIKey {
		list = append(list, Mistake{"MY_API_KEY", fmt.Sprintf("is shorter than %d characters: it may do everything, and whoever reaches the port could find it by trying; use 20 random characters or more", minAPIKey)})
	}
	return list
}
