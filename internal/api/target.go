package api

import "github.com/aprakasa/mikronec/internal/register"

// tlsTarget is how the certificate of the router is verified. It has the fields of
// [register.TLS].
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

// settings returns the form of the register; nil for nil.
func (t *tlsTarget) settings() *register.TLS {
	if t == nil {
		return nil
	}
	s := register.TLS(*t)
	return &s
}
