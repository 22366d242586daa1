package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/secret"
)

// Format is the body of a webhook.
type Format string

// The formats.
const (
	Standard     Format = "standard"
	CloudEvents  Format = "cloudevents"
	Alertmanager Format = "alertmanager"
)

// webhook sends by the specification of Standard Webhooks. Its headers are on every
// format.
type webhook struct {
	client  *client
	url     secret.Text
	format  Format
	source  string // of CloudEvents
	secrets [][]byte
	lang    Language
	name    string
}

// standardBody is the body of Standard Webhooks.
type standardBody struct {
	Type      string           `json:"type"`
	Timestamp time.Time        `json:"timestamp"`
	Data      alert.Transition `json:"data"`
}

// cloudEvent is an event in the structured mode of CloudEvents 1.0.
type cloudEvent struct {
	SpecVersion     string           `json:"specversion"`
	ID              string           `json:"id"`
	Source          string           `json:"source"`
	Type            string           `json:"type"`
	Subject         string           `json:"subject,omitempty"`
	Time            time.Time        `json:"time"`
	DataContentType string           `json:"datacontenttype"`
	Data            alert.Transition `json:"data"`
}

func (w *webhook) send(ctx context.Context, m Message) error {
	header := asJSON()
	var body any
	t := m.Items[0]
	data := t
	data.To, data.Group = nil, 0
	switch w.format {
	case CloudEvents:
		header.Set("Content-Type", "application/cloudevents+json")
		body = cloudEvent{"1.0", m.ID, w.source, "mikronec." + t.Source, t.RouterID, t.At.UTC(), "application/json", data}
	case Alertmanager:
		body = alertmanagerBody(w.name, w.source, m, w.lang)
	default:
		body = standardBody{t.Source, t.At.UTC(), data}
	}
	text := encode(body)
	sign(header, w.secrets, m.ID, time.Now(), text)
	a, err := w.client.post(ctx, w.url, header, text)
	if err != nil {
		return err
	}
	return a.judge()
}

// sign sets the headers of Standard Webhooks; with several secrets there are several
// signatures, for receivers that know one of them.
func sign(header http.Header, secrets [][]byte, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	header.Set("Webhook-Id", id)
	header.Set("Webhook-Timestamp", timestamp)
	var signatures strings.Builder
	for i, s := range secrets {
		mac := hmac.New(sha256.New, s)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		if i > 0 {
			signatures.WriteString(" ")
		}
		signatures.WriteString("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	if signatures.String() != "" {
		header.Set("Webhook-Signature", signatures.String())
	}
}
