package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/dialpolicy"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/secret"
)

// dialer opens connections to addresses that the policy allows.
type dialer struct{ policy *dialpolicy.Policy }

// deniedError is an address that is not dialed.
type deniedError struct{ error }

func (d dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	one := net.Dialer{Timeout: 5 * time.Second, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if err := d.policy.Check(host, to); err != nil {
			return deniedError{err}
		}
		return nil
	}}
	return one.DialContext(ctx, network, addr)
}

// client sends requests. Redirects are not followed: they would lead elsewhere than the
// operator has said. The environment's proxies are not used.
type client struct{ http http.Client }

func newClient(policy *dialpolicy.Policy) *client {
	return &client{http.Client{
		Transport: &http.Transport{
			DialContext: dialer{policy}.dial, TLSHandshakeTimeout: 5 * time.Second, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is the answer to a request.
type answer struct {
	status int
	after  time.Duration
	body   []byte // the first part of it
}

// maxAnswer limits what is read of an answer.
const maxAnswer = 16 << 10

// post sends a body. The error is a [*Failure] without the URL.
func (c *client) post(ctx context.Context, to secret.Text, header http.Header, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Reveal(), bytes.NewReader(body))
	if err != nil {
		return answer{}, failed("the URL is not valid")
	}
	maps.Copy(req.Header, header)
	req.Header.Set("User-Agent", "mikronec")
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, failed("%s", withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{}, failed("read the answer: %s", withoutURL(err))
	}
	return answer{resp.StatusCode, retryAfter(resp.Header.Get("Retry-After")), text}, nil
}

// withoutURL is the text of an error of package http without the URL, which may be a
// secret.
func withoutURL(err error) string {
	if denied, ok := errors.AsType[deniedError](err); ok {
		return "the address is refused: " + denied.Error()
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return errcode.PublicText(err)
}

// maxAfter limits what a receiver may ask to wait.
const maxAfter = time.Hour

// retryAfter parses the header: seconds, or a date.
func retryAfter(text string) time.Duration {
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return seconds2(seconds)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(0, time.Until(at)), maxAfter)
	}
	return 0
}

func seconds2(s float64) time.Duration {
	if math.IsNaN(s) || s < 0 {
		return 0
	}
	return time.Duration(min(s, maxAfter.Seconds()) * float64(time.Second))
}

// judge makes a failure of an answer that is none of success.
func (a answer) judge() error {
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	f := failed("status %d%s", a.status, a.said())
	f.After = a.after
	f.Gone = a.status == http.StatusGone
	f.Refused = a.status >= 300 && a.status < 500 && a.status != http.StatusTooManyRequests && a.status != http.StatusRequestTimeout
	return f
}

// said is a field of an error in JSON. Other texts are not shown: they may repeat the
// request.
func (a answer) said() string {
	var body struct {
		Description string `json:"description"` // Telegram
		Message     string `json:"message"`     // Discord
		Error       any    `json:"error"`       // ntfy
	}
	if json.Unmarshal(a.body, &body) != nil {
		return ""
	}
	text, _ := body.Error.(string)
	for _, one := range []string{body.Description, body.Message} {
		if text == "" {
			text = one
		}
	}
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	return ": " + plain(cut(mark(text), 200))
}

// asJSON is the header of a JSON body.
func asJSON() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// encode encodes one of our own types. It does not escape <, > and &.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // they all have a form in JSON
	return bytes.TrimSpace(b.Bytes())
}
