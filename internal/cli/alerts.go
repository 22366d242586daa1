package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/alertfile"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/dialpolicy"
	"github.com/aprakasa/mikronec/internal/notify"
)

const alertsUsage = `mikronec alerts check FILE
mikronec alerts test NAME
mikronec alerts default

check lists the rules and receivers of a file for ALERTS_FILE, and what the rules ask of
each router, or its mistakes. It reads the secrets that the file names and shows none of
them; nothing is sent. test sends a test message: to the receiver of that name in
ALERTS_FILE, or to those of the rule of that name. default prints the rules that are built
in. See docs/alerts.md.

`

var errAlertsUsage = errors.New("use mikronec alerts check FILE, mikronec alerts test NAME, or mikronec alerts default")

// alerts checks files of alert rules, and sends test messages.
func (p *Program) alerts(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "check" && args[1] != "":
		return p.alertsCheck(args[1])
	case len(args) == 2 && args[0] == "test" && args[1] != "":
		return p.alertsTest(ctx, args[1])
	case len(args) == 1 && args[0] == "default":
		_, err := io.WriteString(p.Stdout, alertfile.Default())
		return err
	case len(args) == 1 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help"):
		_, _ = io.WriteString(p.Stderr, alertsUsage)
		return flag.ErrHelp
	}
	_, _ = io.WriteString(p.Stderr, alertsUsage)
	return errAlertsUsage
}

// readAlerts reads a file as the server does.
func (p *Program) readAlerts(path string) (alertfile.Alerts, error) {
	networks, _ := p.Lookup(config.AlertNetworks)
	policy, err := dialpolicy.Parse(strings.Split(networks, ","))
	if err != nil {
		return alertfile.Alerts{}, fmt.Errorf("%s: %w", config.AlertNetworks, err)
	}
	return alertfile.Read(path, alertfile.Options{Lookup: p.Lookup, Policy: policy.Named(config.AlertNetworks)})
}

func (p *Program) alertsCheck(path string) error {
	alerts, err := p.readAlerts(path)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, r := range alerts.Rules {
		to := "all receivers"
		if len(r.To) > 0 {
			to = strings.Join(r.To, ", ")
		}
		fmt.Fprintf(&b, "rule      %-18s %-8s %s, for %v, to %s\n", r.Name, r.Severity, r.When, r.For, to)
	}
	for _, r := range alerts.Receivers {
		fmt.Fprintf(&b, "receiver  %-18s %s\n", r.Name, r.Kind)
	}
	for _, c := range alert.CostOf(alerts.Rules) {
		every := "as it happens"
		if c.Every > 0 {
			every = fmt.Sprintf("every %v", c.Every)
		}
		fmt.Fprintf(&b, "asks      %-18s %s, of each router with such a rule; less if a viewer watches it\n", c.Topic, every)
	}
	fmt.Fprintf(&b, "The file is valid: %d rules, %d receivers.\n", len(alerts.Rules), len(alerts.Receivers))
	_, err = io.WriteString(p.Stdout, b.String())
	return err
}

// alertsTest sends a test message to a receiver, or to those of a rule.
func (p *Program) alertsTest(ctx context.Context, name string) error {
	path, _ := p.Lookup("ALERTS_FILE")
	if path = strings.TrimSpace(path); path == "" {
		return errors.New("ALERTS_FILE is not set")
	}
	alerts, err := p.readAlerts(path)
	if err != nil {
		return err
	}
	message := notify.Sample(time.Now())
	var receivers []*notify.Receiver
	for _, r := range alerts.Receivers {
		if r.Name == name {
			receivers = []*notify.Receiver{r}
		}
	}
	if i := slices.IndexFunc(alerts.Rules, func(r *alert.Rule) bool { return r.Name == name }); i >= 0 && receivers == nil {
		rule := alerts.Rules[i]
		message = rule.Sample(time.Now())
		for _, r := range alerts.Receivers {
			if len(rule.To) == 0 || slices.Contains(rule.To, r.Name) {
				receivers = append(receivers, r)
			}
		}
	}
	if len(receivers) == 0 {
		return fmt.Errorf("%s has no receiver %q, and no rule of that name with a receiver", path, name)
	}
	var failed []error
	for _, r := range receivers {
		if err := r.Test(ctx, message); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", r.Name, err))
			continue
		}
		_, _ = fmt.Fprintf(p.Stdout, "%s: delivered\n", r.Name)
	}
	return errors.Join(failed...)
}
