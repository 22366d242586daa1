package doctor_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/doctor"
	"github.com/aprakasa/mikronec/internal/sim"
)

func no(string) bool { return false }

func asPEM(cert tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}))
}

func fingerprintOf(cert tls.Certificate) string {
	sum := sha256.Sum256(cert.Certificate[0])
	return hex.EncodeToString(sum[:])
}

// Whoever answers at the address gets the password only if it is known by its certificate,
// or after a yes. A machine in the place of the router gets neither password nor user.
func TestAnImpostorDoesNotGetThePassword(t *testing.T) {
	t.Parallel()
	router, impostor := selfSigned(t), selfSigned(t)
	for name, tt := range map[string]struct {
		secure *tls.Config // of who answers; nil for the plain API
		target doctor.Target
		sent   bool
		want   string
	}{
		"plain, nobody says yes":         {nil, doctor.Target{Trust: no}, false, "FAIL login: not tried"},
		"plain, yes":                     {nil, doctor.Target{}, true, "ok login"},
		"plain, with a fingerprint":      {nil, doctor.Target{Fingerprint: fingerprintOf(router)}, false, "FAIL tls"},
		"plain, with an authority":       {nil, doctor.Target{CA: asPEM(router)}, false, "FAIL tls"},
		"TLS, nobody says yes":           {&tls.Config{Certificates: []tls.Certificate{router}}, doctor.Target{TLS: true, Trust: no}, false, "FAIL login: not tried"},
		"TLS, yes":                       {&tls.Config{Certificates: []tls.Certificate{router}}, doctor.Target{TLS: true}, true, "ok login"},
		"TLS, the fingerprint":           {&tls.Config{Certificates: []tls.Certificate{router}}, doctor.Target{Fingerprint: fingerprintOf(router), Trust: no}, true, "ok login"},
		"TLS, another fingerprint":       {&tls.Config{Certificates: []tls.Certificate{impostor}}, doctor.Target{Fingerprint: fingerprintOf(router)}, false, "FAIL tls: the certificate is another one"},
		"TLS, the authority":             {&tls.Config{Certificates: []tls.Certificate{router}}, doctor.Target{CA: asPEM(router), ServerName: "router.test", Trust: no}, true, "ok login"},
		"TLS, the authority, other name": {&tls.Config{Certificates: []tls.Certificate{router}}, doctor.Target{CA: asPEM(router), ServerName: "other.test"}, false, "FAIL tls"},
		"TLS, another authority":         {&tls.Config{Certificates: []tls.Certificate{impostor}}, doctor.Target{CA: asPEM(router), ServerName: "router.test"}, false, "FAIL tls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, addr := device(t, sim.Options{}, tt.secure)
			tt.target.Addr, tt.target.User, tt.target.Timeout = addr, "admin", 3*time.Second
			healthy, text := examine(t, tt.target)
			assert.Equal(t, tt.sent, healthy, text)
			assert.Contains(t, text, tt.want)
			logins := 0
			if tt.sent {
				logins = 1
			}
			assert.Equal(t, logins, d.Stats().Logins+d.Stats().LoginFailures)
		})
	}
}

// What a router says is shown without what controls a terminal.
func TestARouterDoesNotControlTheTerminal(t *testing.T) {
	t.Parallel()
	const evil = "\x1b]0;owned\a\u009b2J\u202e\r\nok    login"
	board := sim.CCR2004()
	board.Board, board.Version = "board"+evil, "7.16"+evil
	for name, fault := range map[string]sim.Fault{
		"a menu":           {Kind: sim.Trap, Path: "/queue/simple/print", Text: evil + strings.Repeat("x", 1<<20), Category: -1},
		"a refused login":  {Kind: sim.Trap, Path: "/login", Text: evil, Category: -1},
		"a closed session": {Kind: sim.Fatal, Path: "/login", Text: evil},
		"a clock":          {Kind: sim.Trap, Path: "/system/clock/print", Text: evil, Category: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, addr := device(t, sim.Options{Personality: board}, nil)
			d.Inject(fault)
			doctor.Examine(t.Context(), doctor.Target{
				Addr: addr, User: "admin", Timeout: 5 * time.Second, Now: time.Now, Trust: func(string) bool { return true },
			}, func(f doctor.Finding) {
				for _, text := range append(f.Fix, f.Detail) {
					assert.False(t, strings.ContainsFunc(text, unicode.IsControl), "%q", text)
					assert.NotContains(t, text, "\u202e")
					assert.Less(t, len(text), 1100)
				}
			})
		})
	}
}
