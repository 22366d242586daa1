package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/aprakasa/mikronec/internal/secret"
)

// Sizes of texts in characters.
const (
	telegramMost = 4096
	discordMost  = 2000
	slackMost    = 3000
	ntfyMost     = 1000 // ntfy takes 4,096 bytes, and makes an attachment of more
	mailMost     = 20_000
)

// telegram sends by the Bot API. What others wrote is in <code>, in which nothing becomes
// a link or a mention.
type telegram struct {
	client *client
	base   string // https://api.telegram.org
	token  secret.Text
	thread int64
	lang   Language
	moved  func(from, to string) // tells that the group has another id now

	mu   sync.Mutex
	chat string // an id, or @name; guarded by mu
}

type telegramMessage struct {
	ChatID    string          `json:"chat_id"`
	Thread    int64           `json:"message_thread_id,omitempty"`
	Text      string          `json:"text"`
	ParseMode string          `json:"parse_mode"`
	Preview   map[string]bool `json:"link_preview_options"`
	Silent    bool            `json:"disable_notification,omitempty"`
}

func (t *telegram) send(ctx context.Context, m Message) error {
	text := asHTML(cut(t.lang.text(m), telegramMost))
	err := t.post(ctx, text, m)
	to, migrated := err.(*migrated) //nolint:errorlint // it is made below
	if !migrated {
		return err
	}
	t.mu.Lock()
	from := t.chat
	t.chat = to.id
	t.mu.Unlock()
	t.moved(from, to.id)
	return t.post(ctx, text, m)
}

// migrated means that a group has become a supergroup, with another id.
type migrated struct{ id string }

func (m *migrated) Error() string { return "the group has another id now" }

func (t *telegram) post(ctx context.Context, text string, m Message) error {
	t.mu.Lock()
	chat := t.chat
	t.mu.Unlock()
	body := encode(telegramMessage{
		ChatID: chat, Thread: t.thread, Text: text, ParseMode: "HTML", Preview: map[string]bool{"is_disabled": true},
		Silent: m.Items[0].Severity == "info",
	})
	a, err := t.client.post(ctx, secret.New(t.base+"/bot"+t.token.Reveal()+"/sendMessage"), asJSON(), body)
	if err != nil {
		return err
	}
	var said struct {
		Parameters struct {
			RetryAfter float64     `json:"retry_after"`
			MigrateTo  json.Number `json:"migrate_to_chat_id"`
		} `json:"parameters"`
	}
	_ = json.Unmarshal(a.body, &said) // without it there is nothing to learn
	if a.status == http.StatusBadRequest && said.Parameters.MigrateTo != "" {
		if id := said.Parameters.MigrateTo.String(); id != chat {
			return &migrated{id}
		}
	}
	a.after = max(a.after, seconds2(said.Parameters.RetryAfter))
	return a.judge()
}

// asHTML is for the parse mode HTML of Telegram.
func asHTML(text marked) string {
	var b strings.Builder
	for _, p := range text.parts() {
		escaped := html.EscapeString(p.text)
		if p.foreign {
			escaped = "<code>" + escaped + "</code>"
		}
		b.WriteString(escaped)
	}
	return b.String()
}

// discord sends to an incoming webhook. Nobody is mentioned, whatever the text says.
type discord struct {
	client *client
	url    secret.Text
	lang   Language
}

func (d *discord) send(ctx context.Context, m Message) error {
	text := d.lang.text(m)
	content := asMarkdown(text)
	for most := discordMost; len([]rune(content)) > discordMost; most -= len([]rune(content)) - discordMost {
		content = asMarkdown(cut(text, most)) // escapes count as characters
	}
	a, err := d.client.post(ctx, d.url, asJSON(), encode(map[string]any{
		"content": content, "allowed_mentions": map[string]any{"parse": []string{}}, "flags": 4, // no previews of links
	}))
	if err != nil {
		return err
	}
	var said struct {
		RetryAfter float64 `json:"retry_after"`
	}
	_ = json.Unmarshal(a.body, &said)
	a.after = max(a.after, seconds2(said.RetryAfter))
	return a.judge()
}

// asMarkdown is for Discord: what others wrote is code.
func asMarkdown(text marked) string {
	var b strings.Builder
	for _, p := range text.parts() {
		if p.foreign {
			b.WriteString("`" + strings.ReplaceAll(p.text, "`", "'") + "`")
			continue
		}
		for _, c := range p.text {
			if strings.ContainsRune("\\*_~`|>#[]()<@", c) {
				b.WriteByte('\\')
			}
			b.WriteRune(c)
		}
	}
	return b.String()
}

// slack sends to an incoming webhook, as plain text in which nothing is markup.
type slack struct {
	client *client
	url    secret.Text
	lang   Language
}

var slackEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func (s *slack) send(ctx context.Context, m Message) error {
	text := s.lang.text(m)
	block := map[string]any{"type": "section", "text": map[string]any{"type": "plain_text", "text": plain(cut(text, slackMost)), "emoji": false}}
	title, _, _ := strings.Cut(plain(cut(text, 150)), "\n")
	a, err := s.client.post(ctx, s.url, asJSON(), encode(map[string]any{
		"text": slackEscapes.Replace(title), "mrkdwn": false, "blocks": []any{block}, // text is for notifications
	}))
	if err != nil {
		return err
	}
	return a.judge()
}

// ntfy publishes to a topic of an ntfy server.
type ntfy struct {
	client *client
	url    string // of the server
	topic  string
	token  secret.Text
	lang   Language
}

func (n *ntfy) send(ctx context.Context, m Message) error {
	first := m.Items[0]
	priority := map[string]int{"critical": 5, "warning": 4, "info": 3}[string(first.Severity)]
	if first.Status == "resolved" {
		priority = 3
	}
	header := asJSON()
	if token := n.token.Reveal(); token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	title, message, _ := strings.Cut(plain(cut(n.lang.text(m), ntfyMost)), "\n")
	a, err := n.client.post(ctx, secret.New(n.url), header, encode(map[string]any{
		"topic": n.topic, "title": title, "message": message, "priority": priority,
	}))
	if err != nil {
		return err
	}
	return a.judge()
}

// chatID accepts an id or a @name.
func chatID(text string) error {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil || len(text) > 1 && text[0] == '@' {
		return nil
	}
	return fmt.Errorf("chat: %q is neither a number such as -1001234567890 nor a name such as @alerts", text)
}
