package routeros

import (
	"bytes"
	"context"
	"crypto/md5" // #nosec G501 -- the dialect before RouterOS 6.43 is defined with it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// login runs on the connection before the reader goroutine exists, and returns the
// code page in which the router took user and password. It tries the login of
// RouterOS 6.43 and later first: older routers ignore its arguments and answer with
// a challenge, while /login without arguments makes routers up to at least 6.47.6
// send a challenge that is of no use.
func login(ctx context.Context, conn net.Conn, r *proto.Reader, cred Credentials, opts Options) (charset.Page, error) {
	if err := cred.check(); err != nil {
		return charset.Page{}, err
	}
	d := dialogue{ctx: ctx, conn: conn, r: r, opts: opts, end: time.Now().Add(opts.LoginTimeout)}
	if err := conn.SetDeadline(d.end); err != nil {
		return charset.Page{}, &LinkError{Step: "login", Err: err}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	page, err := d.converse(cred)
	if link, ok := errors.AsType[*LinkError](err); ok {
		other := otherProtocol(r.Unread())
		switch {
		case ctx.Err() != nil:
			link.Err = context.Cause(ctx)
		case other != "":
			link.Err = fmt.Errorf("not a RouterOS API port: %s (%w)", other, link.Err)
		case link.Timeout():
			link.Err = fmt.Errorf("%w: connected, but the router sent nothing for %v; "+
				"check /ip service (address list, max-sessions) and that this is the API port",
				ErrTimeout, opts.LoginTimeout)
		case errors.Is(link.Err, io.EOF), errors.Is(link.Err, io.ErrUnexpectedEOF), errors.Is(link.Err, syscall.ECONNRESET):
			link.Err = fmt.Errorf("the router closed the connection; check /ip service "+
				"(address list, max-sessions), and whether this port needs TLS (api-ssl, 8729): %w", link.Err)
		}
		return page, link
	}
	if err != nil {
		return page, err
	}
	if !stop() {
		return page, &LinkError{Step: "login", Err: context.Cause(ctx)}
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return page, &LinkError{Step: "login", Err: err}
	}
	return page, nil
}

// otherProtocol recognises servers of other protocols by their first bytes.
func otherProtocol(b []byte) string {
	switch {
	case tlsRecord(b):
		return "it speaks TLS; connect with tls, or to the plain API on port 8728"
	case bytes.HasPrefix(b, []byte("HTTP/")):
		return "a web server answered; the API is on port 8728, with TLS on 8729"
	case bytes.HasPrefix(b, []byte("SSH-")):
		return "an SSH server answered; the API is on port 8728, with TLS on 8729"
	}
	return ""
}

// converse logs in with the first form that the router accepts, and returns its
// page. Only a refusal that may be about the password leads to another form.
func (d *dialogue) converse(cred Credentials) (charset.Page, error) {
	var first error
	for _, f := range cred.forms() {
		err := d.attempt(f)
		refused, ok := errors.AsType[*LoginError](err)
		if ok {
			refused.User = cred.User
		}
		switch {
		case err == nil:
			return f.page, nil
		case first == nil:
			first = err
		}
		if !ok || d.broken || refused.Temporary() {
			break
		}
	}
	return charset.Page{}, first
}

// dialogue is a login on a connection.
type dialogue struct {
	ctx    context.Context // of the login
	conn   net.Conn
	r      *proto.Reader
	opts   Options
	end    time.Time // of the login
	broken bool      // an answer had no end, so that a later one could be taken for it
}

// readUntil limits the time of reading, which the end of ctx has ended for good.
func (d *dialogue) readUntil(t time.Time) {
	_ = d.conn.SetReadDeadline(t)
	if d.ctx.Err() != nil {
		_ = d.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// attempt is one login, in both dialects.
func (d *dialogue) attempt(f form) error {
	challenge, err := d.exchange("/login", "=name="+f.user, "=password="+f.password)
	if err != nil || challenge == nil {
		return err
	}
	response, err := challengeResponse(f.password, challenge)
	if err != nil {
		return &LoginError{Reason: err.Error()}
	}
	challenge, err = d.exchange("/login", "=name="+f.user, "=response="+response)
	if err == nil && challenge != nil {
		return &LoginError{Reason: "the router asked for a second challenge"}
	}
	return err
}

// exchange sends one login sentence and reads the answer; challenge is the =ret=
// of its !done, nil without one. A !fatal is the end of the connection and says
// nothing of the password.
func (d *dialogue) exchange(words ...string) (challenge []byte, err error) {
	d.readUntil(d.end)
	n, err := d.conn.Write(proto.AppendSentence(nil, words...))
	d.opts.Observer.Sent(n)
	if err != nil {
		return nil, &LinkError{Step: "login", Err: err}
	}
	var refused *LoginError
	for {
		s, err := d.r.Next()
		if err == nil && string(s.Name()) == "!fatal" {
			err = fatalOf(s, d.opts.Page)
		}
		if err != nil {
			if d.broken = true; refused != nil {
				return nil, refused
			}
			return nil, &LinkError{Step: "login", Err: err}
		}
		switch string(s.Name()) {
		case "!trap":
			if refused == nil {
				refused = &LoginError{Reason: ForeignText(trapOf(s, d.opts.Page).Message)}
				d.readUntil(time.Now().Add(min(trapSilence, d.opts.LoginTimeout/2)))
			}
		case "!done":
			if refused != nil {
				return nil, refused
			}
			if ret, ok := s.Get("ret"); ok {
				return append([]byte{}, ret...), nil
			}
			return nil, nil
		}
	}
}

// challengeResponse is 00 followed by the hex MD5 of a zero byte, the password
// and the challenge (RouterOS before 6.43).
func challengeResponse(password string, challenge []byte) (string, error) {
	raw, err := hex.DecodeString(string(challenge))
	if err != nil {
		return "", errors.New("the router's login challenge is not hexadecimal")
	}
	h := md5.New() // #nosec G401 -- see the import
	h.Write([]byte{0})
	h.Write([]byte(password))
	h.Write(raw)
	return "00" + hex.EncodeToString(h.Sum(nil)), nil
}
