// Package doctor checks whether a router can be monitored: the port, TLS and its
// certificate, the login, the rights of the user, the menus that are polled, and the
// clock. For each problem it gives the RouterOS commands that fix it.
//
// It sends the commands that the server would send, once, over one connection, and
// changes nothing on the router.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// Default ports of the API (MikroTik documentation, "API").
const (
	plainPort  = "8728"
	securePort = "8729"
)

// State is the result of a check.
type State string

// The states. A Note is worth knowing but is not a problem.
const (
	OK     State = "ok"
	Note   State = "note"
	Failed State = "FAIL"
)

// Finding is the result of one check.
type Finding struct {
	State  State
	Code   string   // for programs: what was found, such as login_refused; does not change
	Check  string   // such as "login"
	Detail string   // one line of text
	Fix    []string // RouterOS commands, or other steps, one per line; empty without a problem
}

// Target is the router to examine.
type Target struct {
	Addr     string // host or host:port; without a port 8729 and then 8728 are tried, with TLS 8729 alone
	TLS      bool   // the port uses TLS; 8729 always does
	User     string
	Password string
	CodePage string // of user, password and text that is not UTF-8, as charset.Lookup takes it; may be empty
	// Who answers gets the password only if it has the certificate with this SHA-256
	// fingerprint (64 hexadecimal digits), or one of these authorities (PEM) for this name, or
	// if Trust says so. ServerName is for CA; empty for the host in Addr.
	Fingerprint    string
	CA, ServerName string
	// Registered is how a server is set up to connect, and what decides instead of the fields
	// above; nil to find out. The port is in Addr then.
	Registered *routeros.TLS
	// Admit refuses addresses; nil for none.
	Admit func(host string, to netip.AddrPort) error
	// Text is the text of an error for those who must not learn addresses of the network of
	// this machine, and the findings do not have them either; nil for all of it.
	Text func(error) string
	// Trust answers a question with yes or no; nil for no.
	Trust   func(question string) bool
	Timeout time.Duration    // of each step
	Now     func() time.Time // the clock to compare the router's with
}

// text is the text of an error.
func (x *examination) text(err error) string {
	if x.Text != nil {
		return x.Text(err)
	}
	return err.Error()
}

// examination is the state of one call of Examine.
type examination struct {
	Target
	page    charset.Page // of CodePage
	report  func(Finding)
	healthy bool
	local   string // address of this machine; without NAT the router sees the same
	version string
}

// Examine runs the checks in order, reports each finding, and returns whether the
// server can monitor this router. It stops when no further check could succeed.
func Examine(ctx context.Context, target Target, report func(Finding)) bool {
	x := &examination{Target: target, report: report, healthy: true}
	var err error
	if x.page, err = charset.Lookup(x.CodePage); err != nil {
		x.add(Failed, "code_page_unknown", "code page", err.Error())
		return false
	}
	if !x.sendable() {
		return false
	}
	addr, access, ok := x.reach(ctx)
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

// maxLine is the maximum length of a line of a finding, in bytes.
const maxLine = 1000

func (x *examination) add(state State, code, check, detail string, fix ...string) {
	if state == Failed {
		x.healthy = false
	}
	shown := make([]string, len(fix)) // detail and fix may have words of the router
	for i, line := range fix {
		shown[i] = routeros.Printable(line, maxLine)
	}
	x.report(Finding{state, code, check, routeros.Printable(detail, maxLine), shown})
}

// endpoint is a port that is open.
type endpoint struct {
	addr   string
	secure bool
}

// ports finds the open ports of the API, the one with TLS first.
func (x *examination) ports(ctx context.Context) (open []endpoint) {
	host, port, err := net.SplitHostPort(x.Addr)
	if err != nil { // no port
		host = strings.Trim(x.Addr, "[]")
	}
	candidates := []string{port}
	switch {
	case port != "":
	case x.verified():
		candidates = []string{securePort}
	default:
		candidates = []string{securePort, plainPort}
	}
	for _, p := range candidates {
		ok, goOn := x.probe(ctx, net.JoinHostPort(host, p), len(candidates) > 1)
		if ok {
			open = append(open, endpoint{net.JoinHostPort(host, p), p == securePort || x.verified()})
		}
		if !goOn {
			break
		}
	}
	if open == nil && len(candidates) > 1 && x.healthy {
		x.add(Failed, "ports_closed", "port", "both API ports are closed; enable one and allow this server to connect:",
			"/ip service set api disabled=no", "/ip service print detail")
	}
	return open
}

func addrPort(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// probe connects to one port. If two are tried, a closed one is only a note.
func (x *examination) probe(ctx context.Context, addr string, oneOfTwo bool) (open, goOn bool) {
	state := Failed
	if oneOfTwo {
		state = Note
	}
	began := time.Now()
	conn, err := routeros.Connect(ctx, addr, x.options())
	if refused, ok := errors.AsType[*routeros.AddressError](err); ok {
		x.add(Failed, "address_refused", "address", x.text(refused), "correct the address, or add it to ROUTER_NETWORKS")
		return false, false
	}
	if err == nil {
		if x.local = "THIS-SERVER"; x.Text == nil {
			x.local, _, _ = net.SplitHostPort(conn.LocalAddr().String())
		}
		_ = conn.Close()
		x.add(OK, "port", "port", fmt.Sprintf("%s is open (%v)", addr, time.Since(began).Round(time.Millisecond)))
		return true, true
	}
	service := "api"
	if addrPort(addr) == securePort || x.verified() {
		service = "api-ssl"
	}
	dns, unknown := errors.AsType[*net.DNSError](err)
	timeout := interface{ Timeout() bool }(nil)
	switch {
	case unknown:
		x.add(Failed, "name_unknown", "name", x.text(dns), "check the spelling, or use the IP address of the router")
		return false, false
	case errors.As(err, &timeout) && timeout.Timeout():
		x.add(state, "port_silent", "port", fmt.Sprintf("no answer from %s: the address is wrong, the router is off, or a firewall drops the connection", addr),
			fmt.Sprintf("/ip firewall filter add chain=input action=accept protocol=tcp dst-port=%s src-address=THIS-SERVER place-before=0", addrPort(addr)))
	default:
		x.add(state, "port_closed", "port", fmt.Sprintf("%s is closed: %v", addr, cause(err)),
			fmt.Sprintf("/ip service set %s disabled=no", service), "/ip service print")
	}
	return false, true
}

// cause returns the error without the addresses that package net puts before it.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
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
	return routeros.Options{DialTimeout: x.Timeout, LoginTimeout: x.Timeout, Page: x.page, Admit: x.Admit}
}

// quote quotes a value for the RouterOS console.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(s) + `"`
}
