package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Status of a transition.
type Status string

// The statuses. An event happened, and has no end.
const (
	Firing   Status = "firing"
	Resolved Status = "resolved"
	Event    Status = "event"
)

// Transition is something to tell: an alert that fires, still fires, or has ended, or an
// event. Its JSON is the data of webhooks, and what the history has.
type Transition struct {
	ID       string   `json:"id"`    // of this transition; the same whenever it is sent
	Alert    string   `json:"alert"` // of the alert; the same from firing to resolved
	Status   Status   `json:"status"`
	Rule     string   `json:"rule"`
	Source   string   `json:"source"`
	When     string   `json:"when"`
	Severity Severity `json:"severity"`
	RouterID string   `json:"router_id,omitempty"` // empty for those of the server
	Instance string   `json:"instance,omitempty"`  // of the fleet, for those of the server
	Subject  string   `json:"subject,omitempty"`   // an interface, a user; a router may have written it
	Value    *float64 `json:"value,omitempty"`     // that was measured or counted
	From     *float64 `json:"from,omitempty"`      // of drops: the number before
	Reason   string   `json:"reason,omitempty"`    // a line of the log, an error, or why it ended
	Again    bool     `json:"again,omitempty"`     // it was told before, and still fires
	Count    int      `json:"count,omitempty"`     // of an event: how many more there were, which are not told
	// Since is when the condition began to hold, Started when the alert fired, At when the
	// transition happened.
	Since   time.Time `json:"since"`
	Started time.Time `json:"started"`
	At      time.Time `json:"at"`

	To    []string      `json:"to,omitempty"`                          // receivers; empty for all
	Group time.Duration `json:"group,omitempty" swaggertype:"integer"` // nanoseconds; not in answers
	Test  bool          `json:"test,omitempty"`
}

// Key is what messages may have in common: the rule and what happened.
func (t *Transition) Key() string { return t.Rule + " " + string(t.Status) }

// fingerprint is the id of an alert.
func (r *router) fingerprint(rule, subject string) string {
	about := r.id
	if r.id == "" {
		about = "\x00" + r.instance
	}
	return hash(rule + "\x00" + about + "\x00" + subject)
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// transition describes an alert now.
func (e *Engine) transition(r *router, a *active, status Status, at time.Time) Transition {
	t := Transition{
		Alert: r.fingerprint(a.rule.Name, a.subject), Status: status,
		Rule: a.rule.Name, Source: a.rule.When.Source.Name, When: a.rule.When.String(), Severity: a.rule.Severity,
		RouterID: r.id, Instance: r.instance, Subject: a.subject, Value: a.value, Reason: a.reason,
		Since: a.since.UTC(), Started: a.started.UTC(), At: at.UTC(), To: a.rule.To, Group: a.rule.Group,
	}
	if a.from > 0 {
		t.From = &a.from
	}
	t.ID = t.Alert + "-" + strconv.FormatInt(a.started.UnixMilli(), 36) + "-" + string(status)
	return t
}

// Sample is what a test of the rule tells, of a router that does not exist.
func (r *Rule) Sample(at time.Time) Transition {
	return Transition{
		ID: "test-" + strconv.FormatInt(at.UnixMilli(), 36), Alert: "test", Status: Firing, Rule: r.Name, Source: r.When.Source.Name,
		When: r.When.String(), Severity: r.Severity, RouterID: "test", Value: &r.When.Value, Since: at, Started: at, At: at,
	}
}

// eventOf describes an event.
func (e *Engine) eventOf(r *router, rule *Rule, subject, reason string, at time.Time) Transition {
	e.events++
	t := Transition{
		Alert: r.fingerprint(rule.Name, subject), Status: Event,
		Rule: rule.Name, Source: rule.When.Source.Name, When: rule.When.String(), Severity: rule.Severity,
		RouterID: r.id, Instance: r.instance, Subject: subject, Reason: reason, Since: at.UTC(), Started: at.UTC(), At: at.UTC(), To: rule.To, Group: rule.Group,
	}
	t.ID = fmt.Sprintf("%s-%s-%d", t.Alert, strconv.FormatInt(at.UnixMilli(), 36), e.events)
	if rule.When.Source.Name == "router.rebooted" && !r.rebooted.IsZero() {
		t.ID = fmt.Sprintf("%s-%s-rebooted", t.Alert, strconv.FormatInt(r.rebooted.UnixMilli(), 36))
	}
	return t
}
