package manager

import (
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// Key tells sessions apart; see [pool.Key].
type Key = pool.Key

// Stream is a command whose rows are taken as they come; see [pool.Stream].
type Stream = pool.Stream

// Access is how to reach a router, in the words of somebody who connects one.
type Access struct {
	Host     string // name or address, with a port or without
	User     string
	Password string
	CodePage string     // of text that is not UTF-8; empty for windows-1252
	TLS      *TLSAccess // nil for the plain API
}

// TLSAccess is how to judge the certificate of the router.
type TLSAccess struct {
	// Mode is how the certificate is judged: "verify" it against the system's or the given CA,
	// "pin" one by its fingerprint, or "insecure" for any.
	Mode string `json:"mode" enums:"verify,pin,insecure" validate:"required" example:"pin"`
	// ServerName is the name to verify instead of the host.
	ServerName string `json:"server_name,omitempty" example:"router.example"`
	// CA holds authorities in PEM form, instead of the system's.
	CA string `json:"ca,omitempty"`
	// Fingerprint is the SHA-256 of the certificate. Without one, pin is refused and the error tells the fingerprint that the router presented.
	Fingerprint string `json:"fingerprint,omitempty" example:"3A:5C:…"`
}

// Key checks the access and makes the key of its session.
func (a Access) Key() (Key, error) {
	port := pool.PlainPort
	var secure routeros.TLS
	if a.TLS != nil {
		port = pool.TLSPort
		var err error
		if secure, err = a.TLS.parse(); err != nil {
			return Key{}, err
		}
	}
	addr, err := pool.JoinAddr(a.Host, port)
	if err != nil {
		return Key{}, &InputError{"host", err.Error()}
	}
	if _, err := charset.Lookup(a.CodePage); err != nil {
		return Key{}, &InputError{"code_page", err.Error()}
	}
	return Key{Addr: addr, User: a.User, Password: a.Password, TLS: secure, CodePage: a.CodePage}, nil
}

func (t TLSAccess) parse() (routeros.TLS, error) {
	switch t.Mode {
	case "verify":
		if t.Fingerprint != "" {
			return routeros.TLS{}, &InputError{"tls.fingerprint", "is for mode pin"}
		}
		return routeros.TLS{Mode: routeros.Verify, ServerName: t.ServerName, CA: t.CA}, nil
	case "pin", "insecure":
		if t.CA != "" || t.ServerName != "" {
			return routeros.TLS{}, &InputError{"tls", "ca and server_name are for mode verify"}
		}
	default:
		return routeros.TLS{}, &InputError{"tls.mode", "must be verify, pin or insecure"}
	}
	if t.Mode == "insecure" {
		if t.Fingerprint != "" {
			return routeros.TLS{}, &InputError{"tls.fingerprint", "is for mode pin"}
		}
		return routeros.TLS{Mode: routeros.Insecure}, nil
	}
	if t.Fingerprint == "" {
		return routeros.TLS{Mode: routeros.Pin}, nil // refused with what the router presents
	}
	fingerprint, err := routeros.ParseFingerprint(t.Fingerprint)
	if err != nil {
		return routeros.TLS{}, &InputError{"tls.fingerprint", err.Error()}
	}
	return routeros.TLS{Mode: routeros.Pin, Fingerprint: fingerprint}, nil
}
