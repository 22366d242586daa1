package doctor

import (
	"context"
	"errors"
	"fmt"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// ParseFingerprint returns a fingerprint in the form of [Target].Fingerprint; none for none.
func ParseFingerprint(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	return routeros.ParseFingerprint(text)
}

// verified reports whether only TLS will do.
func (x *examination) verified() bool {
	return x.Registered != nil && x.Registered.Mode != routeros.Plain || x.TLS || x.Fingerprint != "" || x.CA != ""
}

// reach finds a port to log in at, and how to connect to it so that only who was seen
// there, and is trusted, gets the password. Where no port and no TLS was asked for, a
// router without a certificate, as most are, is reached at its plain port.
func (x *examination) reach(ctx context.Context) (addr string, access routeros.TLS, ok bool) {
	if x.Registered != nil {
		return x.reachRegistered(ctx)
	}
	open := x.ports(ctx)
	for i, e := range open {
		if !e.secure {
			return e.addr, routeros.TLS{}, x.trustPlain(e.addr)
		}
		fingerprint, err := x.fingerprint(ctx, e.addr)
		if err == nil {
			access, ok = x.trustCertificate(e.addr, fingerprint)
			return e.addr, access, ok
		}
		state := Failed
		if i+1 < len(open) {
			state = Note
		}
		x.add(state, "tls_failed", "tls", x.text(err), handshakeFix(err)...)
	}
	return "", routeros.TLS{}, false
}

// reachRegistered connects as a server is set up to do. It decides by itself who gets the
// password: login refuses another certificate.
func (x *examination) reachRegistered(ctx context.Context) (addr string, access routeros.TLS, ok bool) {
	if open, _ := x.probe(ctx, x.Addr, false); !open {
		return "", routeros.TLS{}, false
	}
	if x.Registered.Mode == routeros.Plain {
		x.add(Note, "tls_missing", "tls", "this port sends the password unencrypted; use api-ssl (8729) on networks that you do not trust")
		return x.Addr, *x.Registered, true
	}
	fingerprint, err := x.fingerprint(ctx, x.Addr)
	if err != nil {
		x.add(Failed, "tls_failed", "tls", x.text(err), handshakeFix(err)...)
		return "", routeros.TLS{}, false
	}
	x.add(OK, "certificate", "tls", "SHA-256 fingerprint of the certificate: "+fingerprint)
	return x.Addr, *x.Registered, true
}

// fingerprint fetches the fingerprint of the certificate of a port, without sending user
// or password.
func (x *examination) fingerprint(ctx context.Context, addr string) (string, error) {
	_, err := routeros.Dial(ctx, addr, routeros.TLS{Mode: routeros.Pin}, routeros.Credentials{}, x.options())
	if refused, ok := errors.AsType[*routeros.CertificateError](err); ok {
		return refused.Fingerprint, nil
	}
	if err == nil {
		err = errors.New("the port accepted a connection without a certificate")
	}
	return "", err
}

// trustPlain decides whether a port without TLS gets the password: anybody on the way can
// read it, and whoever answers may be anybody.
func (x *examination) trustPlain(addr string) bool {
	x.add(Note, "tls_missing", "tls", "this port sends the password unencrypted; use api-ssl (8729) on networks that you do not trust")
	return x.trust(fmt.Sprintf("Send the password of %s to %s, unencrypted, whoever answers there?", x.User, addr), "-yes sends it")
}

// trustCertificate decides whether who has this certificate gets the password.
func (x *examination) trustCertificate(addr, fingerprint string) (routeros.TLS, bool) {
	pinned := routeros.TLS{Mode: routeros.Pin, Fingerprint: fingerprint}
	advice := []string{"compare it with the router: /certificate print detail",
		`then connect with "tls": {"mode": "pin", "fingerprint": "` + fingerprint + `"}`}
	switch {
	case x.CA != "":
		x.add(OK, "certificate", "tls", "SHA-256 fingerprint of the certificate: "+fingerprint)
		return routeros.TLS{Mode: routeros.Verify, CA: x.CA, ServerName: x.ServerName}, true
	case x.Fingerprint == fingerprint:
		x.add(OK, "certificate", "tls", "the certificate has the fingerprint that you gave")
		return pinned, true
	case x.Fingerprint != "":
		x.add(Failed, "certificate_other", "tls", "the certificate is another one, with the SHA-256 fingerprint "+fingerprint+"; the password was not sent",
			"the router has a new certificate, or another machine answers in its place: /certificate print detail")
		return routeros.TLS{}, false
	}
	x.add(OK, "certificate", "tls", "SHA-256 fingerprint of the certificate: "+fingerprint, advice...)
	return pinned, x.trust(fmt.Sprintf("Send the password of %s to %s, which has this certificate?", x.User, addr), "-fingerprint "+fingerprint+" or -ca FILE checks it, -yes sends the password to whoever answers")
}

func (x *examination) trust(question, flags string) bool {
	if x.Trust != nil && x.Trust(question) {
		return true
	}
	x.add(Failed, "not_trusted", "login", "not tried: nothing shows that this is your router, and a machine in its place would get the password", flags)
	return false
}
