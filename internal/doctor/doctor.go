// Package doctor finds out what keeps a router from being watched: the port, TLS
// and its certificate, the login, the rights of the user, the menus that are
// polled, the clock. It says what to type at the router to mend what is wrong.
//
// It asks what the server would ask, once, over one connection, and changes
// nothing at the router.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// Ports of the API where nobody changed them (MikroTik documentation, "API").
const (
	plainPort  = "8728"
	securePort = "8729"
)

// State is how a check went.
type State string

// A Note is worth knowing and keeps nothing from working.
const (
	OK     State = "ok"
	Note   State = "note"
	Failed State = "FAIL"
)

// Finding is the result of one check.
type Finding struct {
	State  State
	Check  string   // such as "login"
	Detail string   // one line for a person
	Fix    []string // lines to type at the router, or what else to do; empty where nothing is wrong
}

// Target says which router to examine and how.
type Target struct {
	Addr     string // host, or host:port; without a port both usual ones are tried
	TLS      bool   // a port that was named speaks TLS; 8729 does in any case
	User     string
	Password string
	Timeout  time.Duration // of each step
	Now      func() time.Time
}

// examination is one that is going on.
type examination struct {
	Target
	report  func(Finding)
	healthy bool
	local   string // address of this machine, as the router sees it unless there is NAT
	version string
}

// Examine makes the checks in order, reports each, and returns whether the
// server could watch this router. It stops where nothing behind could succeed.
func Examine(ctx context.Context, v Target, report func(Finding)) bool {
	x := &examination{Target: v, report: report, healthy: true}
	addr, secure, ok := x.port(ctx)
	if !ok {
		return false
	}
	access, ok := x.certificate(ctx, addr, secure)
	if !ok {
		return false
	}
	session, ok := x.login(ctx, addr, access)
	if !ok {
		return false
	}
	defer func() { _ = session.Close() }()
	if !x.system(ctx, session) {
		return false
	}
	x.rights(ctx, session)
	x.menus(ctx, session)
	x.clock(ctx, session)
	return x.healthy
}

func (x *examination) add(state State, check, detail string, cure ...string) {
	if state == Failed {
		x.healthy = false
	}
	x.report(Finding{state, check, detail, cure})
}

// port finds an open port of the API.
func (x *examination) port(ctx context.Context) (addr string, secure, ok bool) {
	host, port, err := net.SplitHostPort(x.Addr)
	if err != nil { // no port
		host = strings.Trim(x.Addr, "[]")
	}
	ports := []string{port}
	if port == "" {
		ports = []string{plainPort, securePort}
	}
	for _, p := range ports {
		open, goOn := x.probe(ctx, net.JoinHostPort(host, p), len(ports) > 1)
		if open && addr == "" {
			addr, secure = net.JoinHostPort(host, p), p == securePort || x.TLS && port != ""
		}
		if !goOn {
			break
		}
	}
	if addr == "" && len(ports) > 1 && x.healthy {
		x.add(Failed, "port", "neither port of the API is open; switch one on, and let this server in:",
			"/ip service set api disabled=no", "/ip service print detail")
	}
	return addr, secure, addr != ""
}

func addrPort(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// probe tries one port. A closed one of two is a note: one is enough.
func (x *examination) probe(ctx context.Context, addr string, oneOfTwo bool) (open, goOn bool) {
	state := Failed
	if oneOfTwo {
		state = Note
	}
	began := time.Now()
	d := net.Dialer{Timeout: x.Timeout}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err == nil {
		x.local, _, _ = net.SplitHostPort(conn.LocalAddr().String())
		_ = conn.Close()
		x.add(OK, "port", fmt.Sprintf("%s is open (%v)", addr, time.Since(began).Round(time.Millisecond)))
		return true, true
	}
	service := "api"
	if addrPort(addr) == securePort || x.TLS {
		service = "api-ssl"
	}
	dns, unknown := errors.AsType[*net.DNSError](err)
	timeout := interface{ Timeout() bool }(nil)
	switch {
	case unknown:
		x.add(Failed, "name", dns.Error(), "check the spelling, or use the IP address of the router")
		return false, false
	case errors.As(err, &timeout) && timeout.Timeout():
		x.add(state, "port", fmt.Sprintf("%s does not answer: the address is wrong, the router is off, or a firewall drops the connection", addr),
			fmt.Sprintf("/ip firewall filter add chain=input action=accept protocol=tcp dst-port=%s src-address=THIS-SERVER place-before=0", addrPort(addr)))
	default:
		x.add(state, "port", fmt.Sprintf("%s is closed: %v", addr, cause(err)),
			fmt.Sprintf("/ip service set %s disabled=no", service), "/ip service print")
	}
	return false, true
}

// cause is the last error of a chain, without the addresses that net puts before it.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// certificate looks at the certificate of a port with TLS, without sending a
// password, and returns how to connect to it.
func (x *examination) certificate(ctx context.Context, addr string, secure bool) (routeros.TLS, bool) {
	if !secure {
		x.add(Note, "tls", "this port carries the password as it is; prefer api-ssl (8729) where others can listen")
		return routeros.TLS{}, true
	}
	_, err := routeros.Dial(ctx, addr, routeros.TLS{Mode: routeros.Pin}, routeros.Credentials{User: x.User}, x.options())
	refused, ok := errors.AsType[*routeros.CertificateError](err)
	if !ok {
		x.add(Failed, "tls", fmt.Sprint(err), handshakeFix(err)...)
		return routeros.TLS{}, false
	}
	x.add(OK, "tls", "the certificate has the SHA-256 fingerprint "+refused.Fingerprint,
		"compare it at the router: /certificate print detail",
		`then connect with "tls": {"mode": "pin", "fingerprint": "`+refused.Fingerprint+`"}`)
	return routeros.TLS{Mode: routeros.Pin, Fingerprint: refused.Fingerprint}, true
}

// handshakeFix is what to do about a TLS handshake that failed. The command that
// makes a certificate is only for a router that may have none: it would take the
// place of a good one.
func handshakeFix(err error) []string {
	switch {
	case errors.Is(err, routeros.ErrNoCommonCipher):
		return []string{"/ip service print detail where name=api-ssl", "without a certificate: " + routeros.NoCertificate, "with one: upgrade RouterOS (/system package update install)"}
	case errors.Is(err, routeros.ErrOldTLS):
		return []string{"/system package update install"}
	}
	return []string{"/ip service print detail where name=api-ssl"}
}

func (x *examination) options() routeros.Options {
	return routeros.Options{DialTimeout: x.Timeout, LoginTimeout: x.Timeout}
}

func (x *examination) login(ctx context.Context, addr string, access routeros.TLS) (*routeros.Session, bool) {
	began := time.Now()
	s, err := routeros.Dial(ctx, addr, access, routeros.Credentials{User: x.User, Password: x.Password}, x.options())
	if err == nil {
		x.add(OK, "login", fmt.Sprintf("as %s (%v)", x.User, time.Since(began).Round(time.Millisecond)))
		return s, true
	}
	if login, ok := errors.AsType[*routeros.LoginError](err); ok {
		x.add(Failed, "login", login.Error(),
			"check the password, and that the group of the user has the policy api:",
			"/user print detail where name="+quote(x.User), "/user group print detail")
		return nil, false
	}
	link, ok := errors.AsType[*routeros.LinkError](err)
	if ok && link.Step == "login" && !link.Timeout() {
		x.add(Failed, "login", "the router ended the connection at the login: its service may allow other addresses only, have all its sessions in use, or be api-ssl (try -tls)",
			"/ip service print detail", fmt.Sprintf("/ip service set api address=%s/32", x.local), "/user active print where via=api")
		return nil, false
	}
	x.add(Failed, "login", err.Error(), "is this the port of the API? /ip service print")
	return nil, false
}

// quote makes a value safe to be pasted at the router's prompt.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(s) + `"`
}
