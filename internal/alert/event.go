package alert

import (
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/poller"
)

// event takes an event of a router; mu is held.
func (e *Engine) event(r *router, event poller.Event, now time.Time) {
	switch event := event.(type) {
	case poller.SessionUp:
		e.happened(r, "user.up", clean(event.Name), clean(event.Service+" "+event.Address), now)
	case poller.SessionDown:
		e.happened(r, "user.down", clean(event.Name), clean(event.Service+" "+event.Address), now)
	case poller.LogLine:
		e.logLine(r, event, now)
	}
}

// Lines of the log, as RouterOS 6 and 7 write them.
var (
	loginFailure  = regexp.MustCompile(`^login failure for user (.*) from (\S+) via \S+`)
	configChanged = regexp.MustCompile(`\b(?:added|changed|removed|moved|reset) by \S`)
)

func (e *Engine) logLine(r *router, line poller.LogLine, now time.Time) {
	topics := strings.Split(line.Topics, ",")
	text := clean(line.Message)
	if found := loginFailure.FindStringSubmatch(line.Message); found != nil && slices.Contains(topics, "error") {
		e.happened(r, "login.failed", clean(found[2]), text, now)
	}
	if slices.Contains(topics, "system") && slices.Contains(topics, "info") && configChanged.MatchString(line.Message) {
		e.happened(r, "config.changed", "", text, now)
	}
	for _, rule := range r.rules {
		if rule.When.Source.Name == "log" && rule.reads(topics, line.Message) {
			e.occurred(r, rule, "", text, now)
		}
	}
}

// reads reports whether a rule is about a line: it has all topics of the rule, and its
// text matches.
func (r *Rule) reads(topics []string, message string) bool {
	for _, topic := range r.topics {
		if !slices.Contains(topics, topic) {
			return false
		}
	}
	return r.When.Pattern == nil || r.When.Pattern.MatchString(message)
}

// addresses is the number of addresses in ranges such as 10.0.0.2-10.0.0.254,10.0.1.0/24.
// It is 0 for what cannot be read.
func addresses(ranges string) (n float64) {
	for part := range strings.SplitSeq(ranges, ",") {
		part = strings.TrimSpace(part)
		if prefix, err := netip.ParsePrefix(part); err == nil {
			n += math.Exp2(float64(prefix.Addr().BitLen() - prefix.Bits()))
			continue
		}
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		a, errA := netip.ParseAddr(first)
		b, errB := netip.ParseAddr(last)
		if errA != nil || errB != nil || !a.Is4() || !b.Is4() || b.Less(a) {
			return 0
		}
		n += number4(b) - number4(a) + 1
	}
	return n
}

func number4(a netip.Addr) (n float64) {
	for _, b := range a.As4() {
		n = n*256 + float64(b)
	}
	return n
}
