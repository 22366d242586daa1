package notify

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/dialpolicy"
	"github.com/aprakasa/mikronec/internal/secret"
)

// Spec is a receiver as written in the file: one of the kinds, and the language of texts.
type Spec struct {
	Language     string            `yaml:"language,omitempty"`
	Webhook      *WebhookSpec      `yaml:"webhook,omitempty"`
	Alertmanager *AlertmanagerSpec `yaml:"alertmanager,omitempty"`
	Telegram     *TelegramSpec     `yaml:"telegram,omitempty"`
	Discord      *URLSpec          `yaml:"discord,omitempty"`
	Slack        *URLSpec          `yaml:"slack,omitempty"`
	Ntfy         *NtfySpec         `yaml:"ntfy,omitempty"`
	Email        *EmailSpec        `yaml:"email,omitempty"`
}

// URLSpec is a URL, which may be a secret.
type URLSpec struct {
	URL     string `yaml:"url,omitempty"`
	URLFile string `yaml:"url_file,omitempty"`
	URLEnv  string `yaml:"url_env,omitempty"`
}

// WebhookSpec is a webhook. Secrets are separated by spaces or line breaks; the first one
// is the newest.
type WebhookSpec struct {
	URLSpec    `yaml:",inline"`
	Format     string `yaml:"format,omitempty"`
	Source     string `yaml:"source,omitempty"`
	SecretFile string `yaml:"secret_file,omitempty"`
	SecretEnv  string `yaml:"secret_env,omitempty"`
}

// AlertmanagerSpec is the address of an Alertmanager.
type AlertmanagerSpec struct {
	URLSpec  `yaml:",inline"`
	User     string `yaml:"user,omitempty"`
	PassFile string `yaml:"pass_file,omitempty"`
	PassEnv  string `yaml:"pass_env,omitempty"`
}

// TelegramSpec is a chat of Telegram.
type TelegramSpec struct {
	TokenFile string `yaml:"token_file,omitempty"`
	TokenEnv  string `yaml:"token_env,omitempty"`
	Chat      string `yaml:"chat"`
	Thread    int64  `yaml:"thread,omitempty"`
	URL       string `yaml:"url,omitempty"`
}

// NtfySpec is a topic of an ntfy server.
type NtfySpec struct {
	URL       string `yaml:"url,omitempty"`
	Topic     string `yaml:"topic"`
	TokenFile string `yaml:"token_file,omitempty"`
	TokenEnv  string `yaml:"token_env,omitempty"`
}

// EmailSpec is a server for mails, and who gets them.
type EmailSpec struct {
	Server   string   `yaml:"server"`
	TLS      string   `yaml:"tls,omitempty"`
	User     string   `yaml:"user,omitempty"`
	PassFile string   `yaml:"pass_file,omitempty"`
	PassEnv  string   `yaml:"pass_env,omitempty"`
	From     string   `yaml:"from"`
	To       []string `yaml:"to"`
}

// Builder makes receivers of their specs.
type Builder struct {
	Policy *dialpolicy.Policy
	// Secret reads a secret from a file or a variable, one of which is named; required says
	// that none is a mistake. Errors have no secret.
	Secret func(field, file, env string, required bool) (secret.Text, error)
	// Moved is called when a chat has got another id; nil for nobody.
	Moved func(receiver, from, to string)
}

// Build makes a receiver.
func (b *Builder) Build(name string, s Spec) (*Receiver, error) {
	r := &Receiver{Name: name, Language: Language(s.Language), grouped: true, retries: chatRetries}
	switch r.Language {
	case "":
		r.Language = English
	case English, Indonesian:
	default:
		return nil, fmt.Errorf("language: %q is not en or id", s.Language)
	}
	var kinds []string
	var err error
	build := func(kind string, given bool, do func() (sender, error)) {
		if !given {
			return
		}
		kinds = append(kinds, kind)
		if err == nil {
			r.Kind = kind
			r.sender, err = do()
		}
	}
	web := newClient(b.Policy)
	build("webhook", s.Webhook != nil, func() (sender, error) { return b.webhook(r, s.Webhook, web) })
	build("alertmanager", s.Alertmanager != nil, func() (sender, error) { return b.alertmanager(r, s.Alertmanager, web) })
	build("telegram", s.Telegram != nil, func() (sender, error) { return b.telegram(r, s.Telegram, web) })
	build("discord", s.Discord != nil, func() (sender, error) {
		r.limits = []rate{{5, 3 * time.Second}, {30, time.Minute}}
		to, err := b.url(*s.Discord)
		return &discord{web, to, r.Language}, err
	})
	build("slack", s.Slack != nil, func() (sender, error) {
		r.limits = []rate{{1, time.Second}}
		to, err := b.url(*s.Slack)
		return &slack{web, to, r.Language}, err
	})
	build("ntfy", s.Ntfy != nil, func() (sender, error) { return b.ntfy(r, s.Ntfy, web) })
	build("email", s.Email != nil, func() (sender, error) { return b.email(r, s.Email) })
	if len(kinds) != 1 {
		return nil, fmt.Errorf("give one of webhook, alertmanager, telegram, discord, slack, ntfy and email, not %d", len(kinds))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Kind, err)
	}
	return r, nil
}

// url reads a URL.
func (b *Builder) url(s URLSpec) (secret.Text, error) {
	if s.URL != "" && (s.URLFile != "" || s.URLEnv != "") {
		return secret.Text{}, errors.New("give one of url, url_file and url_env")
	}
	text := secret.New(s.URL)
	if s.URL == "" {
		var err error
		if text, err = b.Secret("url", s.URLFile, s.URLEnv, true); err != nil {
			return text, err
		}
	}
	return text, checkURL(text)
}

func checkURL(text secret.Text) error {
	u, err := url.Parse(text.Reveal())
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return errors.New("url: it is not a URL such as https://example.org/hook; a user in it is not supported")
	}
	return nil
}

func (b *Builder) webhook(r *Receiver, s *WebhookSpec, web *client) (sender, error) {
	w := &webhook{client: web, format: Format(s.Format), source: s.Source, lang: r.Language, name: r.Name}
	r.retries, r.grouped, r.limits = webhookRetries, false, []rate{{50, time.Second}}
	switch w.format {
	case "":
		w.format = Standard
	case Standard, CloudEvents:
	case Alertmanager:
		r.grouped = true
	default:
		return nil, fmt.Errorf("format: %q is not standard, cloudevents or alertmanager", s.Format)
	}
	if w.source == "" {
		w.source = "urn:mikronec"
	}
	var err error
	if w.url, err = b.url(s.URLSpec); err != nil {
		return nil, err
	}
	text, err := b.Secret("secret", s.SecretFile, s.SecretEnv, false)
	if err != nil {
		return nil, err
	}
	w.secrets, err = webhookSecrets(text)
	return w, err
}

// webhookSecrets parses secrets in the form whsec_BASE64.
func webhookSecrets(text secret.Text) (list [][]byte, err error) {
	for word := range strings.FieldsSeq(text.Reveal()) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(word, "whsec_"))
		if err != nil || len(key) < 24 || len(key) > 64 {
			return nil, errors.New("secret: it is not whsec_ and 24 to 64 bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)")
		}
		list = append(list, key)
	}
	return list, nil
}

func (b *Builder) alertmanager(r *Receiver, s *AlertmanagerSpec, web *client) (sender, error) {
	a := &alertmanager{client: web, header: http.Header{}, lang: r.Language}
	r.resend = pushEvery
	to, err := b.url(s.URLSpec)
	if err != nil {
		return nil, err
	}
	a.url = secret.New(strings.TrimSuffix(to.Reveal(), "/") + "/api/v2/alerts")
	pass, err := b.Secret("pass", s.PassFile, s.PassEnv, s.User != "")
	if s.User != "" {
		a.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(s.User+":"+pass.Reveal())))
	}
	return a, err
}

func (b *Builder) telegram(r *Receiver, s *TelegramSpec, web *client) (sender, error) {
	// Its limits are not documented exactly: about one a second in a chat, 20 a minute in
	// a group. They are kept for every chat.
	r.limits = []rate{{1, time.Second}, {20, time.Minute}}
	t := &telegram{client: web, base: "https://api.telegram.org", chat: s.Chat, thread: s.Thread, lang: r.Language, moved: func(from, to string) {
		if b.Moved != nil {
			b.Moved(r.Name, from, to)
		}
	}}
	if s.URL != "" {
		t.base = strings.TrimSuffix(s.URL, "/")
	}
	if err := checkURL(secret.New(t.base)); err != nil {
		return nil, err
	}
	if err := chatID(s.Chat); err != nil {
		return nil, err
	}
	var err error
	if t.token, err = b.Secret("token", s.TokenFile, s.TokenEnv, true); err != nil {
		return nil, err
	}
	if strings.ContainsFunc(t.token.Reveal(), func(c rune) bool {
		return c != ':' && c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	}) {
		return nil, errors.New("token: it is not a token of a bot")
	}
	return t, nil
}

func (b *Builder) ntfy(r *Receiver, s *NtfySpec, web *client) (sender, error) {
	r.limits = []rate{{20, 2 * time.Minute}}
	n := &ntfy{client: web, url: s.URL, topic: s.Topic, lang: r.Language}
	if n.url == "" {
		n.url = "https://ntfy.sh"
	}
	if err := checkURL(secret.New(n.url)); err != nil {
		return nil, err
	}
	if s.Topic == "" {
		return nil, errors.New("topic: is missing")
	}
	var err error
	n.token, err = b.Secret("token", s.TokenFile, s.TokenEnv, false)
	return n, err
}

func (b *Builder) email(r *Receiver, s *EmailSpec) (sender, error) {
	r.limits = []rate{{30, time.Minute}}
	e := &email{policy: b.Policy, mode: mailTLS(s.TLS), user: s.User, from: s.From, to: s.To, lang: r.Language}
	host, port, err := net.SplitHostPort(s.Server)
	if err == nil {
		e.host = host
		e.port, err = strconv.Atoi(port)
	}
	if err != nil || e.host == "" || e.port < 1 || e.port > 65535 {
		return nil, fmt.Errorf("server: %q is not a host with a port, such as smtp.example.net:587", s.Server)
	}
	switch {
	case e.mode == "":
		e.mode = startTLS
	case e.mode != startTLS && e.mode != onlyTLS && e.mode != noTLS:
		return nil, fmt.Errorf("tls: %q is not starttls, tls or none", s.TLS)
	case e.mode == noTLS && s.User != "":
		return nil, errors.New("tls: a password is not sent without TLS")
	}
	if e.pass, err = b.Secret("pass", s.PassFile, s.PassEnv, s.User != ""); err != nil {
		return nil, err
	}
	if len(s.To) == 0 {
		return nil, errors.New("to: nobody is named")
	}
	if _, err := e.message(sample); err != nil {
		return nil, err
	}
	return e, nil
}
