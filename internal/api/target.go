package api

import (
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// target is how to reach a router, as a client writes it.
type target struct {
	Host     string // name or address, with a port or without
	User     string
	Password string
	CodePage string     // of text that is not UTF-8; empty for windows-1252
	TLS      *tlsTarget // nil for the plain API
}

// tlsTarget is how to judge the certificate of the router.
type tlsTarget struct {
	// Mode is how the certificate is judged: "verify" it against the system's or the given CA,
	// "pin" one by its fingerprint, or "insecure" for any.
	Mode string `json:"mode" enums:"verify,pin,insecure" validate:"required" example:"pin"`
	// ServerName is the name to verify instead of the host.
	ServerName string `json:"server_name,omitempty" example:"router.example"`
	// CA holds authorities in PEM form, instead of the system's.
	CA string `json:"ca,omitempty"`
	// Fingerprint is the SHA-256 of the certificate. Without one, pin is refused and the error tells the fingerprint that the router presented.
	Fingerprint string `json:"fingerprint,omitempty" example:"3A:5C:…"`
} //	@name	tls

// key checks the target and makes the key of its session.
func (t target) key() (pool.Key, error) {
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

func (t tlsTarget) parse() (routeros.TLS, error) {
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
		return routeros.TLS{Mode: routeros.Pin}, nil // refused with what the router presents
	}
	fingerprint, err := routeros.ParseFingerprint(t.Fingerprint)
	if err != nil {
		return routeros.TLS{}, errcode.Field("tls.fingerprint", err.Error())
	}
	return routeros.TLS{Mode: routeros.Pin, Fingerprint: fingerprint}, nil
}
