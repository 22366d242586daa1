package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/aprakasa/mikronec/internal/dialpolicy"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/secret"
)

// email sends by SMTP.
type email struct {
	policy *dialpolicy.Policy
	host   string
	port   int
	mode   mailTLS
	user   string
	pass   secret.Text
	from   string
	to     []string
	lang   Language
	config *tls.Config // nil for the usual one
}

// mailTLS is how the connection to the server of mails is protected.
type mailTLS string

const (
	startTLS mailTLS = "starttls"
	onlyTLS  mailTLS = "tls"
	noTLS    mailTLS = "none"
)

func (e *email) send(ctx context.Context, m Message) error {
	msg, err := e.message(m)
	if err != nil {
		return &Failure{Text: "the message cannot be written: " + err.Error(), Refused: true}
	}
	options := []mail.Option{
		mail.WithPort(e.port), mail.WithTimeout(sendTimeout), mail.WithDialContextFunc(e.dial),
		mail.WithoutNoop(), mail.WithoutRset(), // an error after the delivery would repeat it
	}
	mechanism := mail.SMTPAuthAutoDiscover
	switch e.mode {
	case startTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory), mail.WithTLSConfig(e.tlsConfig()))
	case onlyTLS:
		options, mechanism = append(options, mail.WithSSL()), mail.SMTPAuthPlain
	default:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if e.user != "" {
		options = append(options, mail.WithSMTPAuth(mechanism), mail.WithUsername(e.user), mail.WithPassword(e.pass.Reveal()))
	}
	client, err := mail.NewClient(e.host, options...)
	if err != nil {
		return e.failure(err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return e.failure(err)
	}
	return nil
}

// dial opens a connection, with TLS if there is no STARTTLS.
func (e *email) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := dialer{e.policy}.dial(ctx, network, addr)
	if err != nil || e.mode != onlyTLS {
		return conn, err
	}
	encrypted := tls.Client(conn, e.tlsConfig())
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return encrypted, nil
}

func (e *email) tlsConfig() *tls.Config {
	if e.config != nil {
		return e.config
	}
	return &tls.Config{ServerName: e.host, MinVersion: tls.VersionTLS12}
}

// message writes a message in plain text.
func (e *email) message(m Message) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(e.from); err != nil {
		return nil, err
	}
	if err := msg.To(e.to...); err != nil {
		return nil, err
	}
	subject, _, _ := strings.Cut(plain(cut(e.lang.text(m), 150)), "\n")
	msg.Subject(subject)
	msg.SetMessageIDWithValue(m.ID + "@mikronec")
	msg.SetDate()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no replies from those who are away
	msg.SetBodyString(mail.TypeTextPlain, plain(cut(e.lang.text(m), mailMost))+"\n")
	return msg, nil
}

// failure describes an error without the password.
func (e *email) failure(err error) *Failure {
	text := errcode.PublicText(err)
	if denied, ok := errors.AsType[deniedError](err); ok {
		text = "the address is refused: " + denied.Error()
	}
	if pass := e.pass.Reveal(); pass != "" {
		text = strings.ReplaceAll(text, pass, "[redacted]")
	}
	f := failed("%s", plain(cut(mark(text), 300)))
	sent, ok := errors.AsType[*mail.SendError](err)
	f.Refused = ok && !sent.IsTemp() && sent.ErrorCode() >= 500
	return f
}
