package routeros_test

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

func TestLoginDialects(t *testing.T) {
	first := []string{"/login", "=name=api", "=password=passTest"}
	second := []string{"/login", "=name=api", "=response=0021277bff9ac7caf06aa608e46616d47f"}
	for name, router := range map[string]func(p *peer){
		"one step, since 6.43": func(p *peer) {
			p.hears(first...)
			p.says("!done")
		},
		"challenge, before 6.43": func(p *peer) {
			p.hears(first...)
			p.says("!done", "=ret=abc123")
			p.hears(second...)
			p.says("!done")
		},
		"challenge in upper case": func(p *peer) {
			p.hears(first...)
			p.says("!done", "=ret=ABC123")
			p.hears(second...)
			p.says("!done")
		},
		"words that are not known, before the end": func(p *peer) {
			p.hears(first...)
			p.recites("!empty", "!re =a=b", "!news =c=d", "!done")
		},
		"empty sentences around the answer": func(p *peer) {
			p.hears(first...)
			p.sends(append([]byte{0, 0}, append(wire("!done"), 0, 0)...))
		},
		"answer byte by byte": func(p *peer) {
			p.hears(first...)
			for _, b := range wire("!done =ret=abc123") {
				p.sends([]byte{b})
			}
			p.hears(second...)
			for _, b := range wire("!done") {
				p.sends([]byte{b})
			}
		},
		"more in the same segment as the answer": func(p *peer) {
			p.hears(first...)
			p.recites("!done", "!re =early=yes .tag=1", "!done .tag=1")
		},
		"half a sentence in the same segment as the answer": func(p *peer) {
			p.hears(first...)
			late := wire("!re =early=yes .tag=99")
			p.sends(append(wire("!done"), late[:9]...))
			p.sends(late[9:])
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, conn := pipe(t)
				login := dial(t.Context(), conn, routeros.Credentials{User: "api", Password: "passTest"}, routeros.Options{})
				router(p)
				a := <-login
				require.NoError(t, a.err)
				synctest.Wait() // what came along with the answer is over before a tag is given out
				works(t, a.session, p)
				require.Empty(t, a.session.Fingerprint())
				require.NoError(t, a.session.Close())
				p.hearsEnd()
			})
		})
	}
}

func TestLoginRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		router    func(p *peer)
		reason    string
		temporary bool
	}{
		"wrong password": {func(p *peer) {
			p.says("!trap", "=message=invalid user name or password (6)")
			p.says("!done")
		}, "invalid user name or password (6)", false},
		"wrong password for a challenge": {func(p *peer) {
			p.says("!done", "=ret=abc123")
			_, err := p.r.Next()
			require.NoError(p.t, err)
			p.says("!trap", "=message=cannot log in")
			p.says("!done")
		}, "cannot log in", false},
		"authentication server away": {func(p *peer) {
			p.says("!trap", "=message=could not authenticate - radius timeout")
			p.says("!done")
		}, "could not authenticate - radius timeout", true},
		"several traps": {func(p *peer) {
			p.recites("!trap =message=first", "!trap =message=second", "!done")
		}, "first", false},
		"a trap and a challenge": {func(p *peer) {
			p.recites("!trap =message=no", "!done =ret=abc123")
		}, "no", false},
		"a trap, then the end": {func(p *peer) {
			p.recites("!trap =message=no")
			p.hangsUp()
		}, "no", false},
		"a trap, then silence": {func(p *peer) {
			p.recites("!trap =message=no")
		}, "no", false},
		"a trap, then a fatal": {func(p *peer) {
			p.recites("!trap =message=no", "!fatal bye")
		}, "no", false},
		"traps without an end": {func(p *peer) {
			repeat(p, wire("!trap =message=no"))
		}, "no", false},
		"challenge that is not hexadecimal": {func(p *peer) {
			p.says("!done", "=ret=xyz")
		}, "the router's login challenge is not hexadecimal", false},
		"a second challenge": {func(p *peer) {
			p.says("!done", "=ret=abc123")
			_, err := p.r.Next()
			require.NoError(p.t, err)
			p.says("!done", "=ret=abc123")
		}, "the router asked for a second challenge", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, conn := pipe(t)
				login := dial(t.Context(), conn, api, routeros.Options{})
				p.hears("/login", "=name=api", "=password="+password)
				tt.router(p)
				a := <-login
				require.Nil(t, a.session)
				refused := asType[*routeros.LoginError](t, a.err)
				assert.Equal(t, "api", refused.User)
				assert.Equal(t, tt.reason, refused.Reason)
				assert.Equal(t, tt.temporary, refused.Temporary())
				assert.ErrorContains(t, a.err, tt.reason)
				assertNoPassword(t, a.err)
				p.hearsEnd()
			})
		})
	}
}

func TestLoginBroken(t *testing.T) {
	const http = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n400 Bad Request"
	hangUpAfter := func(b []byte) func(p *peer) {
		return func(p *peer) {
			_, err := p.r.Next()
			require.NoError(p.t, err)
			p.sends(b)
			p.hangsUp()
		}
	}
	silentAfter := func(b []byte) func(p *peer) {
		return func(p *peer) {
			_, err := p.r.Next()
			require.NoError(p.t, err)
			p.sends(b)
		}
	}
	cutAfter := func(b []byte) func(p *peer) { // by the client, before all of b is out
		return func(p *peer) {
			_, err := p.r.Next()
			require.NoError(p.t, err)
			_, err = p.conn.Write(b)
			require.ErrorIs(p.t, err, io.ErrClosedPipe)
		}
	}
	endless := func(b []byte) func(p *peer) {
		return func(p *peer) {
			_, err := p.r.Next()
			require.NoError(p.t, err)
			repeat(p, b)
		}
	}
	for name, tt := range map[string]struct {
		router  func(p *peer)
		is      error         // nil where a type is all there is
		text    string        // the message contains it
		timeout bool          // what Timeout reports
		after   time.Duration // until New gives up
	}{
		"fatal":                      {silentAfter(proto.AppendSentence(nil, "!fatal", "too many connections")), nil, "login: the router closed the session: too many connections", false, 0},
		"fatal without a reason":     {silentAfter(wire("!fatal")), nil, "no reason given", false, 0},
		"closed before the login":    {func(p *peer) { p.hangsUp() }, io.ErrClosedPipe, "", false, 0},
		"closed at the login":        {hangUpAfter(nil), io.EOF, "/ip service", false, 0},
		"closed inside the answer":   {hangUpAfter(wire("!done")[:3]), io.ErrUnexpectedEOF, "/ip service", false, 0},
		"closed after a re":          {hangUpAfter(wire("!re =a=b")), io.EOF, "closed the connection", false, 0},
		"mute":                       {silentAfter(nil), routeros.ErrTimeout, "sent nothing for 10s", true, 10 * time.Second},
		"mute inside the answer":     {silentAfter(wire("!done")[:3]), routeros.ErrTimeout, "sent nothing for 10s", true, 10 * time.Second},
		"not even reading":           {func(*peer) {}, routeros.ErrTimeout, "sent nothing for 10s", true, 10 * time.Second},
		"web server":                 {hangUpAfter([]byte(http)), nil, "a web server answered", false, 0},
		"web server that stays":      {silentAfter([]byte(http)), nil, "a web server answered", true, 10 * time.Second},
		"SSH server":                 {hangUpAfter([]byte("SSH-2.0-ROSSSH\r\n")), nil, "an SSH server answered", false, 0},
		"TLS alert":                  {hangUpAfter([]byte{0x15, 3, 3, 0, 2, 2, 22}), nil, "it speaks TLS", false, 0},
		"reserved byte":              {silentAfter([]byte{0xF8}), nil, "not the RouterOS API protocol", false, 0},
		"word of 4 GiB":              {silentAfter([]byte{0xF0, 0xFF, 0xFF, 0xFF, 0xFF}), nil, "a word of 4294967295 bytes", false, 0},
		"word over the own limit":    {cutAfter(wire("!trap =message=" + strings.Repeat("x", 1000))), nil, "over the limit of 512", false, 0},
		"sentences without an end":   {endless(wire("!re =a=b")), routeros.ErrTimeout, "", true, 10 * time.Second},
		"bytes of one endless word":  {endless([]byte{0x81, 0xFF}), routeros.ErrTimeout, "", true, 10 * time.Second},
		"empty sentences, no answer": {silentAfter([]byte{0, 0, 0}), routeros.ErrTimeout, "", true, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, conn := pipe(t)
				login := dial(t.Context(), conn, api, routeros.Options{Limits: proto.Limits{Word: 512}})
				tt.router(p)
				a := <-login
				require.Nil(t, a.session)
				link := asType[*routeros.LinkError](t, a.err)
				assert.Equal(t, "login", link.Step)
				assert.ErrorContains(t, a.err, tt.text)
				if tt.is != nil {
					assert.ErrorIs(t, a.err, tt.is)
				}
				assert.Equal(t, tt.timeout, link.Timeout(), "%v", a.err)
				assert.Equal(t, tt.after, a.after)
				assertNoPassword(t, a.err)
				p.hearsEnd()
			})
		})
	}
}

// repeat says the same every 300 ms until nobody listens any longer.
func repeat(p *peer, b []byte) {
	var err error
	for err == nil {
		time.Sleep(300 * time.Millisecond)
		_, err = p.conn.Write(b)
	}
}

// Only what the router says about user or password is worth no second try.
func TestTemporaryRefusals(t *testing.T) {
	for reason, want := range map[string]bool{
		"invalid user name or password (6)":       false,
		"cannot log in":                           false,
		"incorrect login":                         false,
		"not allowed from this address":           false,
		"user is disabled":                        false,
		"password expired":                        false,
		"not enough permissions (9)":              false,
		"no":                                      false,
		"the router gave no reason":               false,
		"could not authenticate - radius timeout": true,
		"RADIUS Timeout":                          true,
		"std failure: timeout (13)":               true,
		"radius server is not responding":         true,
		"too many connections":                    true,
		"Too many sessions for this user":         true,
		"session limit reached":                   true,
		"maximum number of sessions reached":      true,
		"max-sessions exceeded":                   true,
		"system is busy, try again later":         true,
		"user database is not ready":              true,
		"service temporarily unavailable":         true,
	} {
		assert.Equal(t, want, (&routeros.LoginError{Reason: reason}).Temporary(), reason)
	}
	again := &routeros.LoginError{User: "api", Reason: "cannot log in", Retried: true}
	assert.True(t, again.Temporary())
	assert.EqualError(t, again, `login of user "api" refused: cannot log in (it worked before and is tried again)`)
}
