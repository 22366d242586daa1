package register

import (
	"fmt"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/secret"
)

// Settings are address and login of a router, as people and clients write them.
type Settings struct {
	Host     string // name or address; the port is optional
	User     string
	Password secret.Text
	CodePage string // for text that is not UTF-8; empty for windows-1252
	TLS      *TLS   // nil for the plain API
}

// TLS is how the certificate of a router is verified.
type TLS struct {
	Mode        string `yaml:"mode" json:"mode"` // verify, pin or insecure
	ServerName  string `yaml:"server_name,omitempty" json:"server_name,omitempty"`
	CA          string `yaml:"ca,omitempty" json:"ca,omitempty"`
	Fingerprint string `yaml:"fingerprint,omitempty" json:"fingerprint,omitempty"`
}

// The names of the modes of TLS.
var modes = map[routeros.TLSMode]string{routeros.Verify: "verify", routeros.Pin: "pin", routeros.Insecure: "insecure"}

// Key checks the settings and returns the key of their session. Errors have the code
// [errcode.Invalid] and begin with the name of the field.
func (s Settings) Key() (pool.Key, error) {
	if err := routeros.CheckCredential(s.User); err != nil {
		return pool.Key{}, errcode.Field("user", err.Error())
	}
	if err := routeros.CheckCredential(s.Password.Reveal()); err != nil {
		return pool.Key{}, errcode.Field("pass", err.Error())
	}
	port := pool.PlainPort
	var secure routeros.TLS
	if s.TLS != nil {
		port = pool.TLSPort
		var err error
		if secure, err = s.TLS.parse(); err != nil {
			return pool.Key{}, err
		}
	}
	addr, err := pool.JoinAddr(s.Host, port)
	if err != nil {
		return pool.Key{}, errcode.Field("host", err.Error())
	}
	if _, err := charset.Lookup(s.CodePage); err != nil {
		return pool.Key{}, errcode.Field("code_page", err.Error())
	}
	return pool.Key{Addr: addr, User: s.User, Password: s.Password, TLS: secure, CodePage: s.CodePage}, nil
}

// maxCA is the maximum length of the CA certificates of a router, in bytes: they are
// kept with its session.
const maxCA = 64 << 10

func (t TLS) parse() (routeros.TLS, error) {
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

// SettingsOf is the reverse of [Settings.Key]: host is without the port where that is the
// usual one, so that it changes with TLS.
func SettingsOf(key pool.Key) Settings {
	s := Settings{Host: key.Addr, User: key.User, Password: key.Password, CodePage: key.CodePage}
	usual := pool.PlainPort
	if t := key.TLS; t.Mode != routeros.Plain {
		usual = pool.TLSPort
		s.TLS = &TLS{Mode: modes[t.Mode], ServerName: t.ServerName, CA: t.CA, Fingerprint: t.Fingerprint}
	}
	if host, port, err := net.SplitHostPort(key.Addr); err == nil && port == usual {
		s.Host = host
	}
	return s
}

// CheckID allows only what is safe in a path, in a query and in a log line.
func CheckID(id string) error {
	switch {
	case id == "":
		return errcode.Field("router_id", "is missing")
	case len(id) > 128:
		return errcode.Field("router_id", "is longer than 128 bytes")
	case strings.TrimSpace(id) != id:
		return errcode.Field("router_id", "begins or ends with a space")
	case !utf8.ValidString(id):
		return errcode.Field("router_id", "is not UTF-8")
	}
	for _, r := range id {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\?#*,"`, r) {
			return errcode.Field("router_id", fmt.Sprintf("contains %q; use letters, digits and characters such as . _ - :", r))
		}
	}
	return nil
}

// maxComment is the maximum length of a comment in bytes.
const maxComment = 1000

// CheckComment allows one line of text.
func CheckComment(comment string) error {
	switch {
	case len(comment) > maxComment:
		return errcode.Field("comment", fmt.Sprintf("is longer than %d bytes", maxComment))
	case !utf8.ValidString(comment):
		return errcode.Field("comment", "is not UTF-8")
	case strings.ContainsFunc(comment, unicode.IsControl):
		return errcode.Field("comment", "has a line break or another control character")
	}
	return nil
}
