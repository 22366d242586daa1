package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parse adds one condition.
func (c *condition) parse(w string) error {
	name, value, _ := strings.Cut(w, ":")
	switch {
	case strings.HasPrefix(w, "v>="):
		c.from = versionNumber(w[3:])
	case strings.HasPrefix(w, "v<"):
		c.before = versionNumber(w[2:])
	case w == "wireless":
		c.only = append(c.only, func(p *Personality) bool { return p.Wireless })
	case w == "board":
		c.only = append(c.only, func(p *Personality) bool { return p.Model != "" })
	case w == "chr":
		c.only = append(c.only, func(p *Personality) bool { return p.Model == "" })
	case name == "health":
		n, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		c.only = append(c.only, func(p *Personality) bool { return p.Health == HealthShape(n) })
	default:
		return fmt.Errorf("%q is not known", w)
	}
	return nil
}

// versionNumber makes 7018 of 7.18.2 and of 7.18rc1.
func versionNumber(version string) int {
	major, rest, _ := strings.Cut(version, ".")
	if i := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		rest = rest[:i]
	}
	x, _ := strconv.Atoi(major)
	y, _ := strconv.Atoi(rest)
	return 1000*x + y
}

// splitWords splits a line at spaces that are not in quotes. Quotes are removed; there is
// no escape.
func splitWords(line string) ([]string, error) {
	var words []string
	var word []byte
	quoted, begun := false, false
	for i := range len(line) {
		switch c := line[i]; {
		case c == '"':
			quoted, begun = !quoted, true
		case c == ' ' && !quoted:
			if begun {
				words, word, begun = append(words, string(word)), word[:0], false
			}
		default:
			word, begun = append(word, c), true
		}
	}
	if quoted {
		return nil, fmt.Errorf("a quote is missing")
	}
	if begun {
		words = append(words, string(word))
	}
	if slices.Contains(words, "") {
		return nil, fmt.Errorf("a word is empty")
	}
	return words, nil
}
