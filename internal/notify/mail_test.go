package notify

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mailServer is an SMTP server that keeps mails.
type mailServer struct {
	mu    sync.Mutex
	mails []string // guarded by mu
	to    []string
}

func (s *mailServer) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &mailSession{server: s}, nil
}

type mailSession struct {
	server *mailServer
	known  bool
}

func (*mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, pass string) error {
		if user != "mikronec" || pass != "s3cr3t" {
			return errors.New("535 no")
		}
		s.known = true
		return nil
	}), nil
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, Message: "no such user"}
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.to = append(s.server.to, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.mails = append(s.server.mails, string(text))
	return err
}
func (*mailSession) Reset()        {}
func (*mailSession) Logout() error { return nil }

func TestEmail(t *testing.T) {
	certificates := httptest.NewTLSServer(nil) // for its certificate
	defer certificates.Close()
	trusted := certificates.Client().Transport.(*http.Transport).TLSClientConfig
	for name, mode := range map[string]string{"STARTTLS": "starttls", "TLS": "tls"} {
		t.Run(name, func(t *testing.T) {
			backend := &mailServer{}
			server := smtp.NewServer(backend)
			server.Domain = "localhost"
			server.TLSConfig = certificates.TLS
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			listener := net.Listener(l)
			if mode == "tls" {
				listener = tls.NewListener(l, certificates.TLS)
			}
			go func() { _ = server.Serve(listener) }()
			defer func() { _ = server.Close() }()
			spec := EmailSpec{Server: l.Addr().String(), TLS: mode, User: "mikronec", PassEnv: "p", From: "Mikronec <mikronec@example.org>", To: []string{"noc@example.org", "a@example.org"}}
			r := build(t, Spec{Email: &spec}, map[string]string{"p": "s3cr3t"})
			require.ErrorContains(t, r.Test(t.Context(), down("r1")), "certificate", "of an unknown authority")
			trust := func(r *Receiver) *Receiver {
				r.sender.(*email).config = &tls.Config{RootCAs: trusted.RootCAs, ServerName: "example.com"}
				return r
			}
			injected := nasty()
			injected.Subject = "x\r\nBcc: evil@example.org\r\n\r\nbody"
			require.NoError(t, trust(r).Test(t.Context(), injected))
			assert.Equal(t, []string{"noc@example.org", "a@example.org"}, backend.to)
			require.Len(t, backend.mails, 1)
			head, body, _ := strings.Cut(backend.mails[0], "\r\n\r\n")
			assert.Contains(t, head, "Auto-Submitted: auto-generated")
			assert.Contains(t, head, "Message-ID: <id-r1@mikronec>")
			assert.NotContains(t, head, "\r\nBcc:")
			assert.Contains(t, body, "has connected")

			wrong := trust(build(t, Spec{Email: &spec}, map[string]string{"p": "wrong-s3cr3t"}))
			err = wrong.Test(t.Context(), down("r1"))
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "s3cr3t")
			spec.To = []string{"nobody@example.org"}
			err = trust(build(t, Spec{Email: &spec}, map[string]string{"p": "s3cr3t"})).Test(t.Context(), down("r1"))
			require.ErrorContains(t, err, "no such user")
			f, _ := errors.AsType[*Failure](err)
			assert.True(t, f.Refused)
		})
	}
}

func TestEmailNeedsTLSForAPassword(t *testing.T) {
	_, err := buildWith(nil, Spec{Email: &EmailSpec{Server: "a:25", TLS: "none", User: "u", From: "a@b.example", To: []string{"c@d.example"}}}, nil)
	require.ErrorContains(t, err, "a password is not sent without TLS")
	_, err = buildWith(nil, Spec{Email: &EmailSpec{Server: "a:25", From: "not an address", To: []string{"c@d.example"}}}, nil)
	require.Error(t, err)
}
