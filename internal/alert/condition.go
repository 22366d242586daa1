package alert

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Op is the operator of a condition.
type Op string

// The operators. None is for conditions that are true or false by themselves, and for
// events.
const (
	None    Op = ""
	Above   Op = ">"
	Below   Op = "<"
	Drops   Op = "drops"
	Matches Op = "matches"
)

// Condition is what a rule waits for:
//
//	SOURCE                          router.down, user.down
//	SOURCE > N, SOURCE < N          cpu > 90, interface.rx > 900M
//	SOURCE drops N% in T [from N]   users.ppp drops 30% in 1m from 20
//	EVENT > N in T                  login.failed > 5 in 10m
//	log matches "PATTERN" [> N in T]
type Condition struct {
	Source  *Source
	Op      Op
	Value   float64       // of > and <; of drops, percent
	Within  time.Duration // of drops, and of events that are counted
	Least   float64       // of drops: how many there have to be before
	Pattern *regexp.Regexp
	text    string
}

// String returns the condition as it was written.
func (c Condition) String() string { return c.text }

// isEvent reports whether what the condition describes happens, and does not last.
func (c Condition) isEvent() bool { return c.Source.event && c.Within == 0 }

// holds compares a value.
func (c Condition) holds(value float64) bool {
	if c.Op == Below {
		return value < c.Value
	}
	return value > c.Value
}

const (
	maxPattern  = 1000
	maxCount    = 10000 // of events that are counted
	usualBefore = 20    // of drops
)

var conditionForm = regexp.MustCompile(`^([a-z._]+)\s*(.*)$`)

func parseCondition(text string) (Condition, error) {
	c := Condition{text: strings.TrimSpace(text)}
	parts := conditionForm.FindStringSubmatch(c.text)
	if parts == nil {
		return c, fmt.Errorf("%q does not begin with a source; the sources are %s", text, strings.Join(SourceNames(), ", "))
	}
	if c.Source = sourceOf(parts[1]); c.Source == nil {
		return c, fmt.Errorf("unknown source %q; the sources are %s", parts[1], strings.Join(SourceNames(), ", "))
	}
	rest := parts[2]
	if c.Source.Name == "log" {
		var err error
		if rest, err = c.parsePattern(rest); err != nil {
			return c, err
		}
	}
	return c, c.parseRest(strings.Fields(rest))
}

// parsePattern takes: matches "PATTERN".
func (c *Condition) parsePattern(rest string) (string, error) {
	after, ok := strings.CutPrefix(rest, "matches")
	if !ok {
		return rest, nil
	}
	quoted, err := strconv.QuotedPrefix(strings.TrimSpace(after))
	if err != nil {
		return "", errors.New(`matches needs a pattern in quotes, such as "out of memory"`)
	}
	pattern, _ := strconv.Unquote(quoted) // QuotedPrefix has checked it
	if len(pattern) > maxPattern {
		return "", fmt.Errorf("the pattern is longer than %d bytes", maxPattern)
	}
	if c.Pattern, err = regexp.Compile(pattern); err != nil {
		return "", err
	}
	c.Op = Matches
	return strings.TrimSpace(after)[len(quoted):], nil
}

// parseRest takes the words after the source.
func (c *Condition) parseRest(words []string) error {
	s := c.Source
	switch {
	case len(words) == 0 && s.gauge:
		return fmt.Errorf("%s is a number; compare it, as in: %s", s.Name, s.Example)
	case len(words) == 0:
		if s.count > 0 {
			c.Value, c.Within = s.count, s.within
		}
		return nil
	case words[0] == string(Drops) && s.drops:
		return c.parseDrops(words[1:])
	case words[0] != string(Above) && words[0] != string(Below), len(words) < 2, !s.gauge && !s.event && s.count == 0:
		return fmt.Errorf("cannot read %q; write it as in: %s", c.text, s.Example)
	}
	value, err := amount(words[1])
	if err != nil {
		return err
	}
	c.Value = value
	if s.gauge {
		c.Op = Op(words[0])
		if len(words) > 2 {
			return fmt.Errorf("cannot read %q after the number", strings.Join(words[2:], " "))
		}
		return nil
	}
	if words[0] != string(Above) || len(words) != 4 || words[2] != "in" {
		return fmt.Errorf("%s is counted over a time; write it as in: %s", s.Name, s.Example)
	}
	if value > maxCount {
		return fmt.Errorf("more than %d cannot be counted", maxCount)
	}
	if c.Op == None {
		c.Op = Above
	}
	return c.parseWithin(words[3])
}

func (c *Condition) parseWithin(text string) (err error) {
	if c.Within, err = time.ParseDuration(text); err != nil || c.Within < time.Second || c.Within > 24*time.Hour {
		return fmt.Errorf("%q is not a time from 1s to 24h", text)
	}
	return nil
}

// parseDrops takes: 30% in 1m [from 20].
func (c *Condition) parseDrops(words []string) (err error) {
	c.Op, c.Least = Drops, usualBefore
	if len(words) != 3 && (len(words) != 5 || words[3] != "from") || words[1] != "in" {
		return fmt.Errorf("write it as in: %s drops 30%% in 1m from 20", c.Source.Name)
	}
	if c.Value, err = amount(words[0]); err != nil {
		return err
	}
	if !strings.HasSuffix(words[0], "%") || c.Value <= 0 || c.Value > 100 {
		return fmt.Errorf("%q is not a percentage from 1%% to 100%%", words[0])
	}
	if len(words) == 5 {
		if c.Least, err = amount(words[4]); err != nil {
			return err
		}
	}
	return c.parseWithin(words[2])
}

// amount parses a number with an optional %, k, M or G.
func amount(text string) (float64, error) {
	digits, factor := strings.TrimSuffix(text, "%"), 1.0
	for suffix, f := range map[string]float64{"k": 1e3, "M": 1e6, "G": 1e9} {
		if rest, ok := strings.CutSuffix(digits, suffix); ok {
			digits, factor = rest, f
		}
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || n < 0 || n > 1e15 || n != n {
		return 0, fmt.Errorf("%q is not a number such as 90, 90%%, 500k, 100M or 1G", text)
	}
	return n * factor, nil
}
