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

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Credentials are user and password. The type never prints the password.
type Credentials struct {
	User     string
	Password string
}

// String is the user alone.
func (c Credentials) String() string { return c.User }

// GoString is the user alone, so that %#v does not print the password either.
func (c Credentials) GoString() string { return c.User }

// MarshalText is the user alone: JSON, and with it a JSON log, does not use String.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.User), nil }

// login runs on the connection before the reader goroutine exists. It tries the
// login of RouterOS 6.43 and later first: older routers ignore its arguments and
// answer with a challenge, while /login without arguments makes routers up to at
// least 6.47.6 send a challenge that is of no use.
func login(ctx context.Context, conn net.Conn, r *proto.Reader, cred Credentials, opts Options) error {
	if err := conn.SetDeadline(time.Now().Add(opts.LoginTimeout)); err != nil {
		return &LinkError{Step: "login", Err: err}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	err := converse(conn, r, cred, opts)
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
		return link
	}
	if err != nil {
		return err
	}
	if !stop() {
		return &LinkError{Step: "login", Err: context.Cause(ctx)}
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return &LinkError{Step: "login", Err: err}
	}
	return nil
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

func converse(conn net.Conn, r *proto.Reader, cred Credentials, opts Options) error {
	challenge, err := exchange(conn, r, cred.User, opts, "/login", "=name="+cred.User, "=password="+cred.Password)
	if err != nil || challenge == nil {
		return err
	}
	response, err := challengeResponse(cred.Password, challenge)
	if err != nil {
		return &LoginError{User: cred.User, Reason: err.Error()}
	}
	challenge, err = exchange(conn, r, cred.User, opts, "/login", "=name="+cred.User, "=response="+response)
	if err == nil && challenge != nil {
		return &LoginError{User: cred.User, Reason: "the router asked for a second challenge"}
	}
	return err
}

// exchange sends one login sentence and reads the answer; challenge is the =ret=
// of its !done, nil without one.
func exchange(conn net.Conn, r *proto.Reader, user string, opts Options, words ...string) (challenge []byte, err error) {
	n, err := conn.Write(proto.AppendSentence(nil, words...))
	opts.Observer.Sent(n)
	if err != nil {
		return nil, &LinkError{Step: "login", Err: err}
	}
	var refused *LoginError
	for {
		s, err := r.Next()
		if err != nil {
			if refused != nil {
				return nil, refused
			}
			return nil, &LinkError{Step: "login", Err: err}
		}
		switch string(s.Name()) {
		case "!trap":
			if refused == nil {
				refused = &LoginError{User: user, Reason: trapOf(s, opts.Page).Message}
				_ = conn.SetReadDeadline(time.Now().Add(min(trapSilence, opts.LoginTimeout/2)))
			}
		case "!fatal":
			return nil, &LoginError{User: user, Reason: fatalOf(s, opts.Page).Reason}
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
