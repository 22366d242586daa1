package doctor_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/doctor"
	"github.com/aprakasa/mikronec/internal/sim"
)

// device serves a simulated router and returns its address.
func device(t *testing.T, o sim.Options, secure *tls.Config) (*sim.Device, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	d := sim.New(o)
	served := make(chan error, 1)
	go func() { served <- d.Serve(l) }()
	t.Cleanup(func() { d.Close(); assert.NoError(t, <-served) })
	return d, addr
}

// examine returns the findings, a line each, followed by the fixes.
func examine(t *testing.T, v doctor.Target) (healthy bool, text string) {
	t.Helper()
	if v.Now == nil {
		v.Now = time.Now
	}
	if v.Timeout == 0 {
		v.Timeout = 20 * time.Second
	}
	if v.Trust == nil {
		v.Trust = func(string) bool { return true }
	}
	var b strings.Builder
	healthy = doctor.Examine(t.Context(), v, func(f doctor.Finding) {
		fmt.Fprintf(&b, "%s %s: %s\n", f.State, f.Check, f.Detail)
		for _, c := range f.Fix {
			fmt.Fprintln(&b, "  "+c)
		}
	})
	return healthy, b.String()
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

func TestExamine(t *testing.T) {
	t.Parallel()
	users := []sim.User{{Name: "watcher", Password: "w", Group: "api,read"}, {Name: "outsider", Password: "o", Group: "winbox,read"},
		{Name: "blind", Password: "b", Group: "api,policy"},
		{Name: "\xee\xef\xe5\xf0\xe0\xf2\xee\xf0", Password: "\xef\xe0\xf0\xee\xeb\xfc", Group: "api,read"},
		{Name: "操作", Password: "密码", Group: "api,read"}}
	for name, tt := range map[string]struct {
		options sim.Options
		fault   *sim.Fault
		user    string
		pass    string
		page    string
		now     time.Duration
		timeout time.Duration
		early   bool // nothing is examined
		healthy bool
		want    []string
		not     []string
	}{
		"in good health": {user: "admin", healthy: true,
			want: []string{"ok login: as admin", "RouterOS 7.16.2", "ok /ppp/active: 3 rows", "ok clock: correct", "note rights: group full can create users"},
			not:  []string{"FAIL"}},
		"version 6": {options: sim.Options{Personality: sim.HAP()}, user: "admin", healthy: true,
			want: []string{"RouterOS 6.49.10", "ok clock: correct"}, not: []string{"FAIL"}},
		"a user with the least rights": {user: "watcher", pass: "w", healthy: true,
			want: []string{"ok rights: group api,read can monitor; it does not have write (add, set and remove through /run), test", "ok /ppp/active"}, not: []string{"FAIL"}},
		"a wrong password": {user: "admin", pass: "wrong",
			want: []string{"FAIL login: login of user \"admin\" refused: invalid user name or password (6)", "/user group print detail"},
			not:  []string{"/ppp/active", "wrong"}},
		"a user typed in WinBox": {user: "оператор", pass: "пароль", page: "windows-1251", healthy: true,
			want: []string{"ok login: as оператор", "ok rights: group api,read can monitor"}, not: []string{"FAIL", "code page", "not a local user"}},
		"a user typed in WinBox, old router": {options: sim.Options{Personality: oldBoard()}, user: "оператор", pass: "пароль", page: "cp1251", healthy: true,
			want: []string{"ok login: as оператор", "ok rights: group api,read can monitor"}, not: []string{"FAIL"}},
		"a user typed elsewhere": {user: "操作", pass: "密码", page: "gbk", healthy: true,
			want: []string{"ok rights: group api,read can monitor", "note code page: user and password were accepted in utf-8, not in gbk"}, not: []string{"FAIL"}},
		"no code page": {user: "оператор", pass: "пароль",
			want: []string{"FAIL login", "sent in UTF-8", "-code-page windows-1251", "code_page"}, not: []string{"пароль"}},
		"another code page": {user: "оператор", pass: "пароль", page: "koi8-r",
			want: []string{"FAIL login", "sent in koi8-r and in UTF-8; another code page"}, not: []string{"пароль"}},
		"a code page without these letters": {user: "оператор", pass: "пароль", page: "windows-1252",
			want: []string{"FAIL login", "sent in UTF-8 alone: the code page windows-1252 has no character", "another code page"}, not: []string{"пароль"}},
		"no such code page": {user: "admin", page: "klingon", want: []string{`FAIL code page: unknown code page "klingon"`}, not: []string{"login"}, early: true},
		"ended with a reason": {fault: &sim.Fault{Kind: sim.Fatal, Path: "/login", Text: "too many connections"}, user: "admin",
			want: []string{"FAIL login: the router ended the connection during login: too many connections"}, not: []string{"check the password"}},
		"a reason that passes": {fault: &sim.Fault{Kind: sim.Trap, Path: "/login", Text: "could not authenticate - radius timeout", Category: -1}, user: "admin",
			want: []string{"FAIL login", "radius timeout", "says nothing about the password"}, not: []string{"check the password"}},
		"no policy api":       {user: "outsider", pass: "o", want: []string{"FAIL login", "api policy"}},
		"no policy read":      {user: "blind", pass: "b", want: []string{"FAIL router: not enough permissions (9)", `/user print where name="blind"`, "the read policy"}, not: []string{"/ppp/active"}},
		"no hotspot":          {options: sim.Options{Missing: []string{"/ip/hotspot"}}, user: "admin", healthy: true, want: []string{"note /ip/hotspot/active: no hotspot on this router"}},
		"address not allowed": {fault: &sim.Fault{Kind: sim.ResetAtLogin}, user: "admin", want: []string{"FAIL login", "/ip service set api address=127.0.0.1/32"}},
		"a clock in the past": {user: "admin", now: 50 * 24 * time.Hour, healthy: true, want: []string{"note clock: off by -1200h", "/system ntp client set enabled=yes servers="}},
		"a clock of version 6": {options: sim.Options{Personality: sim.HAP()}, user: "admin", now: time.Hour, healthy: true,
			want: []string{"note clock: off by -1h", "server-dns-names="}},
		"a trap in one menu": {fault: &sim.Fault{Kind: sim.Trap, Path: "/queue/simple/print", Text: "not enough permissions (9)", Category: -1}, user: "admin",
			want: []string{"FAIL /queue/simple: not enough permissions (9)", "ok /log"}},
		// Its text begins a sentence that never ends.
		"something else that speaks": {timeout: time.Second, fault: &sim.Fault{Kind: sim.Garbage, Path: "/login"}, user: "admin", want: []string{"FAIL login"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.options.PPPUsers, tt.options.Users = 3, users
			d, addr := device(t, tt.options, nil)
			if tt.fault != nil {
				d.Inject(*tt.fault)
			}
			healthy, text := examine(t, doctor.Target{Addr: addr, User: tt.user, Password: tt.pass, CodePage: tt.page, Timeout: tt.timeout, Now: func() time.Time { return time.Now().Add(tt.now) }})
			assert.Equal(t, tt.healthy, healthy, text)
			for _, want := range tt.want {
				assert.Contains(t, text, want)
			}
			for _, not := range tt.not {
				assert.NotContains(t, text, not)
			}
			assert.NotEqual(t, tt.early, strings.Contains(text, "note tls: this port sends the password unencrypted"))
		})
	}
}

// oldBoard logs in by challenge.
func oldBoard() sim.Personality {
	p := sim.HAP()
	p.ChallengeLogin = true
	return p
}

func TestPorts(t *testing.T) {
	t.Parallel()
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		addr := closedPort(t)
		healthy, text := examine(t, doctor.Target{Addr: addr, User: "admin"})
		assert.False(t, healthy)
		assert.Contains(t, text, "FAIL port: "+addr+" is closed")
		assert.Contains(t, text, "/ip service set api disabled=no")
	})
	t.Run("both usual ones closed", func(t *testing.T) {
		t.Parallel()
		// An address of this machine on which nobody listens at these ports.
		healthy, text := examine(t, doctor.Target{Addr: "127.113.77.3", User: "admin"})
		assert.False(t, healthy)
		assert.Contains(t, text, "127.113.77.3:8728 is closed")
		assert.Contains(t, text, "127.113.77.3:8729 is closed")
		assert.Contains(t, text, "FAIL port: both API ports are closed")
	})
	t.Run("no such name", func(t *testing.T) {
		t.Parallel()
		healthy, text := examine(t, doctor.Target{Addr: "no-such-router.invalid", User: "admin"})
		assert.False(t, healthy)
		assert.Equal(t, 1, strings.Count(text, "FAIL"), text)
		assert.Contains(t, text, "FAIL name: ")
	})
	t.Run("TLS at a plain port", func(t *testing.T) {
		t.Parallel()
		_, addr := device(t, sim.Options{}, nil)
		healthy, text := examine(t, doctor.Target{Addr: addr, TLS: true, User: "admin", Timeout: time.Second})
		assert.False(t, healthy)
		assert.Contains(t, text, "FAIL tls: ")
	})
	t.Run("plain at a TLS port", func(t *testing.T) {
		t.Parallel()
		_, addr := device(t, sim.Options{}, &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}})
		healthy, text := examine(t, doctor.Target{Addr: addr, User: "admin"})
		assert.False(t, healthy)
		assert.Contains(t, text, "FAIL login: ")
		assert.Contains(t, text, "-tls")
	})
	for name, tt := range map[string]struct {
		config         *tls.Config
		detail, advice string
		certificate    bool // the command that makes one is shown
	}{
		"a certificate, and nothing but RSA key exchange": {
			&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}},
			"too old for ECDHE", "with one: upgrade RouterOS", true,
		},
		"TLS 1.0 alone": {
			&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10},
			"TLS older than 1.2", "/system package update install", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.config.Certificates = []tls.Certificate{rsaSelfSigned(t)}
			_, addr := device(t, sim.Options{}, tt.config)
			healthy, text := examine(t, doctor.Target{Addr: addr, TLS: true, User: "admin"})
			assert.False(t, healthy)
			assert.Contains(t, text, tt.detail)
			assert.Contains(t, text, tt.advice)
			assert.Equal(t, tt.certificate, strings.Contains(text, "/certificate add"), text)
		})
	}
	t.Run("a certificate", func(t *testing.T) {
		t.Parallel()
		cert := selfSigned(t)
		sum := sha256.Sum256(cert.Certificate[0])
		d, addr := device(t, sim.Options{}, &tls.Config{Certificates: []tls.Certificate{cert}})
		healthy, text := examine(t, doctor.Target{Addr: addr, TLS: true, User: "admin"})
		assert.True(t, healthy, text)
		assert.Contains(t, text, `"fingerprint": "`+hex.EncodeToString(sum[:])+`"`)
		assert.Equal(t, 1, d.Stats().Logins, "the certificate is looked at before anything is sent")
	})
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return certify(t, key)
}

func rsaSelfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return certify(t, key)
}

func certify(t *testing.T, key crypto.Signer) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"router.test"}, IsCA: true, BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
