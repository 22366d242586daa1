package pool_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	sealed "github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

const secret = "s3cr3t-word"

// Every verb but %p and, outside of Errorf, %w: fmt asks a value for no method
// there and vet refuses both for a key.
const verbs = "vsqdxXtTbcoOUeEfFgG"

func TestKeyDoesNotPrintItsPassword(t *testing.T) {
	key := pool.Key{Addr: "192.0.2.1:8728", User: "api", Password: sealed.New(secret)}
	printed := map[string]any{
		"key": key, "pointer": &key, "in a list": []pool.Key{key}, "in a struct": struct{ Key pool.Key }{key},
		"as map key": map[pool.Key]int{key: 1}, "in an interface": []any{key},
	}
	for name, value := range printed {
		t.Run(name, func(t *testing.T) {
			for _, verb := range verbs {
				for _, flags := range []string{"", "+", "#", "-20", "+#", "0", " "} {
					assertNoSecret(t, fmt.Sprintf("%"+flags+string(verb), value))
				}
			}
			var log bytes.Buffer
			for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
				slog.New(h).Error(fmt.Sprint(value), "key", value, slog.Group("of", "router", value))
			}
			assertNoSecret(t, log.String())
			if encoded, err := json.Marshal(value); assert.NoError(t, err) {
				assertNoSecret(t, string(encoded))
			}
		})
	}
	assert.Equal(t, "api@192.0.2.1:8728", fmt.Sprintf("%v", key))
	assert.Equal(t, "api@192.0.2.1:8728", key.String())
	assert.Equal(t, "pool.Key{api@192.0.2.1:8728}", key.GoString())
}

func TestALeaseDoesNotPrintThePasswordOfItsKey(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, _ *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		for _, verb := range verbs {
			for _, value := range []any{lease, lease.Link, *lease, []any{lease}} {
				assertNoSecret(t, fmt.Sprintf("%"+string(verb), value))
				assertNoSecret(t, fmt.Sprintf("%+"+string(verb), value))
				assertNoSecret(t, fmt.Sprintf("%#"+string(verb), value))
			}
		}
	})
}

// assertNoSecret looks for the secret as text and in hexadecimal digits.
func assertNoSecret(t *testing.T, text string) {
	t.Helper()
	assert.NotContains(t, text, secret)
	assert.NotContains(t, text, fmt.Sprintf("%x", secret))
	assert.NotContains(t, text, fmt.Sprintf("%X", secret))
}

func TestJoinAddr(t *testing.T) {
	for name, tc := range map[string]struct {
		in, want, err string
	}{
		"name":                     {in: "router.example", want: "router.example:8728"},
		"name with port":           {in: "router.example:8729", want: "router.example:8729"},
		"name in capitals":         {in: "Router.EXAMPLE", want: "router.example:8728"},
		"name in brackets":         {in: "[router.example]:99", want: "router.example:99"},
		"spaces around":            {in: "  router ", want: "router:8728"},
		"line break behind":        {in: "router\n", err: "line break"},
		"line break before":        {in: "\r\nrouter", err: "line break"},
		"separator of lines":       {in: "router\u2028", err: "line break"},
		"control character of C1":  {in: "router\u0085", err: "line break"},
		"a name of 253 characters": {in: strings.Repeat("a.", 127), want: strings.Repeat("a.", 127) + ":8728"},
		"a longer name":            {in: strings.Repeat("a.", 127) + "b", err: "longer than 253 characters"},
		"too long":                 {in: strings.Repeat("a.", 600), err: "longer than 1024 bytes"},
		"IPv4":                     {in: "192.168.88.1", want: "192.168.88.1:8728"},
		"IPv4 with port":           {in: "192.168.88.1:1", want: "192.168.88.1:1"},
		"IPv6":                     {in: "2001:db8::1", want: "[2001:db8::1]:8728"},
		"IPv6 in capitals":         {in: "2001:DB8::A", want: "[2001:db8::a]:8728"},
		"IPv6 at length":           {in: "2001:0db8:0:0::1", want: "[2001:db8::1]:8728"},
		"IPv6 in brackets":         {in: "[2001:db8::1]", want: "[2001:db8::1]:8728"},
		"IPv6 with port":           {in: "[2001:db8::1]:65535", want: "[2001:db8::1]:65535"},
		"IPv6 of one colon pair":   {in: "::", want: "[::]:8728"},
		"IPv6 with zone":           {in: "fe80::1%eth0", want: "[fe80::1%eth0]:8728"},
		"zone in capitals":         {in: "FE80::1%Ether1", want: "[fe80::1%Ether1]:8728"},
		"zone, brackets, port":     {in: "[fe80::1%eth0]:8729", want: "[fe80::1%eth0]:8729"},
		"port with a zero":         {in: "router:08728", want: "router:8728"},
		"IPv4 as IPv6":             {in: "::ffff:192.168.88.1", want: "192.168.88.1:8728"},
		"IPv4 as IPv6, with port":  {in: "[::FFFF:c0a8:5801]:99", want: "192.168.88.1:99"},
		"name in other letters":    {in: "Router.München.example", want: "router.xn--mnchen-3ya.example:8728"},
		"name in other letters 2":  {in: "路由器.例え.テスト:99", want: "xn--m7r592e54q.xn--r8jz45g.xn--zckzah:99"},
		"name in its xn-- form":    {in: "router.XN--MNCHEN-3YA.example", want: "router.xn--mnchen-3ya.example:8728"},
		"a letter that is none":    {in: "router\u2260.example", err: "no valid name"},
		"nothing":                  {in: "", err: "is empty"},
		"blank":                    {in: "  ", err: "is empty"},
		"URL":                      {in: "http://router", err: "nothing else"},
		"path":                     {in: "router/ppp", err: "nothing else"},
		"user":                     {in: "admin@router", err: "nothing else"},
		"space inside":             {in: "my router", err: "nothing else"},
		"line break inside":        {in: "router\nother", err: "line break"},
		"control character inside": {in: "router\x01", err: "control character"},
		"wide space inside":        {in: "my\u00a0router", err: "nothing else"},
		"port alone":               {in: ":8728", err: "no valid name"},
		"port empty":               {in: "router:", err: "port must be a number"},
		"port zero":                {in: "router:0", err: "port must be a number"},
		"port too large":           {in: "router:65536", err: "port must be a number"},
		"port with a sign":         {in: "router:+80", err: "port must be a number"},
		"port by name":             {in: "router:api", err: "port must be a number"},
		"two ports":                {in: "router:1:2", err: "no valid name"},
		"IPv6 and port, bare":      {in: "2001:db8::1:99999", err: "no valid name"},
		"IPv6 too long":            {in: "1:2:3:4:5:6:7:8:9", err: "no valid name"},
		"bracket open":             {in: "[::1", err: "not host:port"},
		"bracket closed twice":     {in: "[::1]]", err: "no valid name"},
		"bracket inside":           {in: "a]b", err: "no valid name"},
		"brackets around nothing":  {in: "[]", err: "no valid name"},
		"behind the bracket":       {in: "[::1]8728", err: "not host:port"},
		"zone alone":               {in: "%eth0", err: "no valid name"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pool.JoinAddr(tc.in, pool.PlainPort)
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				assert.Empty(t, got)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}

// What is accepted can be dialed: it is host:port, and typing it again changes
// nothing.
func FuzzJoinAddr(f *testing.F) {
	for _, seed := range []string{"router", "router:1", "[::1]:2", "::1", "fe80::1%eth0", "a]b", "[", "%", ":::", "Ä:1", "\xff:1", "İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		addr, err := pool.JoinAddr(typed, pool.TLSPort)
		if err != nil {
			return
		}
		host, port, err := net.SplitHostPort(addr)
		require.NoError(t, err)
		assert.NotEmpty(t, host)
		n, err := strconv.ParseUint(port, 10, 16)
		require.NoError(t, err)
		assert.NotZero(t, n)
		again, err := pool.JoinAddr(addr, "1")
		require.NoError(t, err)
		assert.Equal(t, addr, again)
	})
}
