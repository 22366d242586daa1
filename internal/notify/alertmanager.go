package notify

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/secret"
)

// alertmanager pushes alerts to an Alertmanager. It resolves what is not repeated until
// endsAt, so what fires is sent again and again; if Mikronec is away for longer, the
// Alertmanager resolves everything.
type alertmanager struct {
	client *client
	url    secret.Text // of its API, with /api/v2/alerts
	header http.Header // authorization
	lang   Language
}

const (
	pushEvery = time.Minute
	pushLife  = 4 * pushEvery   // as Prometheus does
	eventLife = 5 * time.Minute // of what happens and does not last
)

// postableAlert is an alert of the API of Alertmanager.
type postableAlert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

func (a *alertmanager) send(ctx context.Context, m Message) error {
	list := make([]postableAlert, 0, len(m.Items))
	for _, t := range m.Items {
		one := postableAlert{Labels: labels(&t), Annotations: annotations(&t, a.lang), StartsAt: t.Started.UTC()}
		switch t.Status {
		case alert.Resolved:
			one.EndsAt = t.At.UTC()
		case alert.Event:
			one.EndsAt = t.At.Add(eventLife).UTC()
		default:
			one.EndsAt = time.Now().Add(pushLife).UTC()
		}
		list = append(list, one)
	}
	header := a.header.Clone()
	header.Set("Content-Type", "application/json")
	answer, err := a.client.post(ctx, a.url, header, encode(list))
	if err != nil {
		return err
	}
	return answer.judge()
}

func labels(t *alert.Transition) map[string]string {
	all := map[string]string{"alertname": t.Rule, "source": t.Source, "severity": string(t.Severity)}
	for name, value := range map[string]string{"router_id": t.RouterID, "subject": t.Subject, "instance": t.Instance} {
		if value != "" {
			all[name] = value
		}
	}
	if t.Test {
		all["test"] = "true"
	}
	return all
}

func annotations(t *alert.Transition, lang Language) map[string]string {
	all := map[string]string{"summary": plain(lang.line(t))}
	if t.Value != nil {
		all["value"] = strconv.FormatFloat(*t.Value, 'f', -1, 64)
	}
	if t.Reason != "" {
		all["reason"] = t.Reason
	}
	return all
}

// webhookV4 is the body of webhooks of Alertmanager.
type webhookV4 struct {
	Version           string            `json:"version"`
	GroupKey          string            `json:"groupKey"`
	TruncatedAlerts   int               `json:"truncatedAlerts"`
	Status            string            `json:"status"`
	Receiver          string            `json:"receiver"`
	GroupLabels       map[string]string `json:"groupLabels"`
	CommonLabels      map[string]string `json:"commonLabels"`
	CommonAnnotations map[string]string `json:"commonAnnotations"`
	ExternalURL       string            `json:"externalURL"`
	Alerts            []alertV4         `json:"alerts"`
}

type alertV4 struct {
	Status       string            `json:"status"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"` // year 1 while it fires
	GeneratorURL string            `json:"generatorURL"`
	Fingerprint  string            `json:"fingerprint"`
}

// alertmanagerBody is the body that an Alertmanager would send.
func alertmanagerBody(name, source string, m Message, lang Language) webhookV4 {
	first := m.Items[0]
	body := webhookV4{
		Version: "4", GroupKey: "{}:{alertname=" + strconv.Quote(first.Rule) + "}", Status: "firing", Receiver: name,
		GroupLabels: map[string]string{"alertname": first.Rule}, ExternalURL: source,
	}
	if first.Status == alert.Resolved {
		body.Status = "resolved"
	}
	for i, t := range m.Items {
		one := alertV4{Status: body.Status, Labels: labels(&t), Annotations: annotations(&t, lang), StartsAt: t.Started.UTC(), Fingerprint: t.Alert}
		if t.Status == alert.Resolved {
			one.EndsAt = t.At.UTC()
		}
		body.Alerts = append(body.Alerts, one)
		if i == 0 {
			body.CommonLabels, body.CommonAnnotations = labels(&t), annotations(&t, lang)
			continue
		}
		keepCommon(body.CommonLabels, one.Labels)
		keepCommon(body.CommonAnnotations, one.Annotations)
	}
	return body
}

func keepCommon(common, other map[string]string) {
	for name, value := range common {
		if other[name] != value {
			delete(common, name)
		}
	}
}
