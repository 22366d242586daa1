package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// credentials are user and password as the server would send them.
func (x *examination) credentials() routeros.Credentials {
	c := routeros.Credentials{User: x.User, Password: x.Password}
	if x.CodePage != "" {
		c.Pages = []charset.Page{x.page, charset.UTF8()}
	}
	return c
}

// sendable reports whether address, user and password may be sent to whatever listens
// at the address.
func (x *examination) sendable() bool {
	for _, f := range []struct{ name, text string }{{"address", x.Addr}, {"user", x.User}, {"password", x.Password}} {
		if err := routeros.CheckCredential(f.text); err != nil {
			x.add(Failed, "credential_invalid", f.name, fmt.Sprintf("the %s %v; nothing was sent", f.name, err))
			return false
		}
	}
	return true
}

func (x *examination) login(ctx context.Context, addr string, access routeros.TLS) (*routeros.Session, bool) {
	began := time.Now()
	s, err := routeros.Dial(ctx, addr, access, x.credentials(), x.options())
	if err == nil {
		x.add(OK, "login", "login", fmt.Sprintf("as %s (%v)", x.User, time.Since(began).Round(time.Millisecond)))
		x.noteForm(s.LoginPage())
		return s, true
	}
	if login, ok := errors.AsType[*routeros.LoginError](err); ok {
		x.add(Failed, "login_refused", "login", login.Error(), x.loginFix(login)...)
		return nil, false
	}
	if refused, ok := errors.AsType[*routeros.CertificateError](err); ok {
		x.add(Failed, "certificate_refused", "tls", refused.Error(), "the password was not sent")
		return nil, false
	}
	fatal, ended := errors.AsType[*routeros.FatalError](err)
	link, ok := errors.AsType[*routeros.LinkError](err)
	switch {
	case ended:
		x.add(Failed, "login_ended", "login", "the router ended the connection during login: "+fatal.Reason+"; it said nothing about the password",
			"/ip service print detail", "/user active print where via=api")
	case ok && link.Step == "login" && !link.Timeout():
		x.add(Failed, "login_closed", "login", "the router closed the connection during login: the service may not allow this address, may have no free session, or may be api-ssl"+x.flag(" (try -tls)"),
			"/ip service print detail", fmt.Sprintf("/ip service set api address=%s/32", x.local), "/user active print where via=api")
	default:
		x.add(Failed, "login_failed", "login", x.text(err), "is this the port of the API? /ip service print")
	}
	return nil, false
}

// flag is a hint to a flag of the command; empty where a server asks.
func (x *examination) flag(hint string) string {
	if x.Registered != nil {
		return ""
	}
	return hint
}

// ascii reports whether user and password have the same bytes in every code page.
func (x *examination) ascii() bool {
	return strings.IndexFunc(x.User+x.Password, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// noteForm says in which code page the login worked where that is not the one that
// was named.
func (x *examination) noteForm(page charset.Page) {
	if x.CodePage != "" && page != x.page && !x.ascii() {
		x.add(Note, "code_page_other", "code page", "user and password were accepted in "+page.Name()+", not in "+x.page.Name()+
			"; the server tries both, which is one refused login in the log of the router for each POST /connect")
	}
}

// loginFix is what to do about a refused login.
func (x *examination) loginFix(refused *routeros.LoginError) []string {
	if refused.Temporary() {
		return []string{"this says nothing about the password; try again in a minute", "/user active print where via=api", "/radius print detail"}
	}
	var fix []string
	switch {
	case x.ascii():
	case x.CodePage == "":
		fix = []string{"user or password has characters that are not ASCII, and was sent in UTF-8; one that was typed in WinBox is in the code page",
			"of that PC: try " + x.flag("-code-page ") + "windows-1251 (or windows-1252, windows-1250, gbk, ...), and send it as code_page in POST /connect;"}
	default:
		fix = []string{"user and password were sent in " + x.page.Name() + " and in UTF-8; another code page may be the right one" + x.flag(" (-code-page)") + ",",
			"or set a password of ASCII characters;"}
		if _, err := x.page.Encode(x.User + x.Password); err != nil {
			fix[0] = "user and password were sent in UTF-8 alone: " + err.Error() + "; another code page may be the right one" + x.flag(" (-code-page)") + ","
		}
	}
	return append(fix, "check the password, and that the group of the user has the api policy:",
		"/user print detail where name="+quote(x.User), "/user group print detail")
}
