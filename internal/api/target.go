package api

import (
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/secret"
)

// target is address and login of a router, as a client sends them.
type target struct {
	Host     string // name or address; the port is optional
	User     string
	Password secret.Text
	CodePage string     // for text that is not UTF-8; empty for windows-1252
	TLS      *tlsTarget // nil for the plain API
}

// tlsTarget is how the certificate of the router is verified.
type tlsTarget struct {
	// Mode is "verify" (by the CAs of the system, or by ca), "pin" (by fingerprint), or "insecure" (any
	// certificate).
	Mode string `json:"mode" enums:"verify,pin,insecure" validate:"required" example:"pin"`
	// ServerName is the name to verify, instead of the host.
	ServerName string `json:"server_name,omitempty" example:""`
	// CA has CA certificates as PEM, at most 64 KiB, instead of those of the system.
	CA string `json:"ca,omitempty" example:""`
	// Fingerprint is the SHA-256 of the certificate. Without it, mode pin is refused; the error has the fingerprint of the router's certificate.
	Fingerprint string `json:"fingerprint,omitempty" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
} //	@name	tls

// key checks the target and returns the key of its session.
func (t target) key() (pool.Key, error) {
	if err := routeros.CheckCredential(t.User); err != nil {
		return pool.Key{}, errcode.Field("user", err.Error())
	}
	if err := routeros.CheckCredential(t.Password.Reveal()); err != nil {
		return pool.Key{}, errcode.Field("pass", err.Error())
	}
	port := pool.PlainPort
	var secure routeros.TLS
	if t.TLS != nil {
		port = pool.TLSPort
		var err error
		if secure, err = t.TLS.parse(); err != nil {
			return pool.Key{}, err
		}
	}
	addr, err := pool.JoinAddr(t.Host, port)
	if err != nil {
		return pool.Key{}, errcode.Field("host", err.Error())
	}
	if _, err := charset.Lookup(t.CodePage); err != nil {
		return pool.Key{}, errcode.Field("code_page", err.Error())
	}
	return pool.Key{Addr: addr, User: t.User, Password: t.Password, TLS: secure, CodePage: t.CodePage}, nil
}

// maxCA is the maximum length of the CA certificates of a router, in bytes: they are
// kept with its session.
const maxCA = 64 << 10

func (t tlsTarget) parse() (routeros.TLS, error) {
	if len(t.CA) > maxCA {
		return routeros.TLS{}, errcode.Field("tls.ca", "is longer than 64 KiB")
	}
	if err := routeros.CheckCredential(t.ServerName); err != nil { // the name is sent as well
		return routeros.TLS{}, errcode.Field("tls.server_name", err.Error())
	}
	switch t.Mode {
	case "verify":
		if t.Fingerprint != "" {
			return routeros.TLS{}, errcode.Field("tls.fingerprint", "is for mode pin")
		}
		return routeros.TLS{Mode: routeros.Verify, ServerName: t.ServerName, CA: t.CA}, nil
	case "pin", "insecure":
		if t.CA != "" || t.ServerName != "" {
			return routeros.TLS{}, errcode.Field("tls", "ca and server_name are for mode verify")
		}
	default:
		return routeros.TLS{}, errcode.Field("tls.mode", "must be verify, pin or insecure")
	}
	if t.Mode == "insecure" {
		if t.Fingerprint != "" {
			return routeros.TLS{}, errcode.Field("tls.fingerprint", "is for mode pin")
		}
		return routeros.TLS{Mode: routeros.Insecure}, nil
	}
	if t.Fingerprint == "" {
		return routeros.TLS{Mode: routeros.Pin}, nil // refused, with the router's fingerprint in the error
	}
	fingerprint, err := routeros.ParseFingerprint(t.Fingerprint)
	if err != nil {
		return routeros.TLS{}, errcode.Field("tls.fingerprint", err.Error())
	}
	return routeros.TLS{Mode: routeros.Pin, Fingerprint: fingerprint}, nil
}
