package manager_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

func TestCheckArgs(t *testing.T) {
	for name, tc := range map[string]struct {
		args  []string
		field string // of the error; none where it is empty
		text  string
	}{
		"a path":                   {args: []string{"/ip/address/print"}},
		"a path with spaces":       {args: []string{"/ip address print"}},
		"attributes and queries":   {args: []string{"/ppp/active/print", "=.proplist=name", "?name=a=b", "?#|!", "?>mtu=1500"}},
		"an attribute of nothing":  {args: []string{"/ip/address/set", "=comment="}},
		"line breaks in a value":   {args: []string{"/ip/address/set", "=comment=a\r\nb\x00"}},
		"a tag as a value":         {args: []string{"/ip/address/set", "=comment=.tag=5"}},
		"deeper than the session":  {args: []string{"/tool/fetch/cancel"}},
		"something like a session": {args: []string{"/login-page/print"}},
		"text that is not UTF-8":   {args: []string{"/ppp/secret/add", "=comment=\xff"}},

		"nothing":                    {args: nil, field: "args", text: "is empty"},
		"an empty list":              {args: []string{}, field: "args", text: "is empty"},
		"an empty path":              {args: []string{""}, field: "args[0]", text: "no command path"},
		"a bare word":                {args: []string{"print"}, field: "args[0]", text: "no command path"},
		"a path without its slash":   {args: []string{"ip/address/print"}, field: "args[0]", text: "no command path"},
		"an attribute for a path":    {args: []string{"=name=x"}, field: "args[0]", text: "no command path"},
		"a slash alone":              {args: []string{"/"}, field: "args[0]", text: "session is shared"},
		"slashes and spaces":         {args: []string{"// /"}, field: "args[0]", text: "session is shared"},
		"cancel":                     {args: []string{"/cancel"}, field: "args[0]", text: "session is shared"},
		"cancel with a tag":          {args: []string{"/cancel", "=tag=5"}, field: "args[0]", text: "session is shared"},
		"cancel in capitals":         {args: []string{"/CANCEL"}, field: "args[0]", text: "session is shared"},
		"cancel with a slash behind": {args: []string{"/cancel/"}, field: "args[0]", text: "session is shared"},
		"cancel with two slashes":    {args: []string{"//cancel"}, field: "args[0]", text: "session is shared"},
		"cancel behind a space":      {args: []string{"/ cancel"}, field: "args[0]", text: "session is shared"},
		"cancel before a space":      {args: []string{"/cancel \t"}, field: "args[0]", text: "session is shared"},
		"cancel before NUL":          {args: []string{"/cancel\x00"}, field: "args[0]", text: "session is shared"},
		"cancel behind a line break": {args: []string{"/\r\ncancel"}, field: "args[0]", text: "session is shared"},
		"quit":                       {args: []string{"/quit"}, field: "args[0]", text: "session is shared"},
		"quit, oddly":                {args: []string{"/ Quit /"}, field: "args[0]", text: "session is shared"},
		"login":                      {args: []string{"/login", "=name=x", "=password=y"}, field: "args[0]", text: "session is shared"},
		"login behind a wide space":  {args: []string{"/\u00a0login"}, field: "args[0]", text: "session is shared"},
		"an empty word":              {args: []string{"/a/print", "", "/b"}, field: "args[1]", text: "is empty"},
		"an empty last word":         {args: []string{"/a/print", "=x=1", ""}, field: "args[2]", text: "is empty"},
		"a tag":                      {args: []string{"/a/print", ".tag=5"}, field: "args[1]", text: "tags are the server's own"},
		"a tag without a value":      {args: []string{"/a/print", "?x", ".tag"}, field: "args[2]", text: "tags are the server's own"},
		"a bare word behind":         {args: []string{"/a/print", "detail"}, field: "args[1]", text: "neither an attribute"},
		"a second path":              {args: []string{"/a/print", "/quit"}, field: "args[1]", text: "neither an attribute"},
		"an attribute without sign":  {args: []string{"/a/set", "name=x"}, field: "args[1]", text: "neither an attribute"},
	} {
		t.Run(name, func(t *testing.T) {
			err := manager.CheckArgs(tc.args)
			if tc.field == "" {
				assert.NoError(t, err)
				return
			}
			input, ok := errors.AsType[*manager.InputError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, tc.field, input.Field)
			assert.Contains(t, input.Detail, tc.text)
		})
	}
}

func TestALongWordIsNotRepeatedWhole(t *testing.T) {
	long := strings.Repeat("é", 30) + strings.Repeat("x", 10_000)
	for _, args := range [][]string{{long}, {"/a", long}} {
		err := manager.CheckArgs(args)
		require.Error(t, err)
		assert.Less(t, len(err.Error()), 300)
		assert.Contains(t, err.Error(), "xx…")
	}
}

// What is refused never reaches the router.
func TestBadArgsAreNotSent(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		connect(t, m, "a", "r:8728")
		for _, args := range [][]string{nil, {"/quit"}, {"/a", ""}, {"/a", ".tag=1"}, {"print"}} {
			_, err := m.Run(t.Context(), "a", args)
			assert.Equal(t, manager.CodeInvalid, manager.CodeOf(err), "%q", args)
			_, err = m.Start(t.Context(), "a", args)
			assert.Equal(t, manager.CodeInvalid, manager.CodeOf(err), "%q", args)
		}
		assert.Empty(t, r.Stats().Commands)
		assert.Equal(t, "R", identity(t, m, "a"))
	})
}

func TestTextGoesOutInTheRoutersCodePage(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, _, _ *sim.Device) {
		k := key("r:8728")
		k.CodePage = "windows-1251"
		_, err := m.Connect(t.Context(), "a", k)
		require.NoError(t, err)
		_, err = m.Run(t.Context(), "a", []string{"/system/identity/set", "=name=Офис"})
		require.NoError(t, err)
		assert.Equal(t, "\xce\xf4\xe8\xf1", identity(t, m, "a"))
		_, err = m.Run(t.Context(), "a", []string{"/system/identity/set", "=name=北京"})
		assert.Equal(t, manager.CodeInvalid, manager.CodeOf(err))
		assert.ErrorContains(t, err, "args[1] cannot be sent")
	})
}

func TestRouterIDs(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		for id, text := range map[string]string{
			"a": "", "cabang-jakarta-01": "", "10.0.0.1:8728": "", "Kantor Pusat": "", "ñandú_北京.~@+": "", strings.Repeat("x", 128): "",

			"": "is missing", strings.Repeat("x", 129): "longer than 128", " a": "space", "a\t": "space",
			"\xff": "not UTF-8", "a/b": "contains", `a\b`: "contains", "a?b": "contains", "a#b": "contains", "*": "contains",
			"a,b": "contains", `a"b`: "contains", "a\nb": "contains", "a\x00b": "contains", "a\u200bb": "contains", "a\u202eb": "contains",
		} {
			_, err := m.Connect(t.Context(), id, key("r:8728"))
			if text == "" {
				require.NoError(t, err, "%q", id)
				_, err = m.Get(id)
				require.NoError(t, err, "%q", id)
				continue
			}
			input, ok := errors.AsType[*manager.InputError](err)
			require.True(t, ok, "%q: %v", id, err)
			assert.Equal(t, "router_id", input.Field)
			assert.Contains(t, input.Detail, text, "%q", id)
		}
		assert.Equal(t, 1, r.Stats().Accepted)
		assert.Len(t, m.List(), 6)
	})
}

func TestCodeOf(t *testing.T) {
	down := func(cause error) error {
		return &pool.DownError{Cause: cause, NextAttempt: time.Now().Add(time.Minute)}
	}
	link := func(cause error) error { return &routeros.LinkError{Step: "read", Err: cause} }
	refused := &routeros.TrapError{Traps: []routeros.Trap{{Message: "no such item"}}}
	login := &routeros.LoginError{User: "api", Reason: "invalid user name or password (6)"}
	for name, tc := range map[string]struct {
		err  error
		want manager.Code
	}{
		"input":                         {&manager.InputError{Field: "args", Detail: "is empty"}, manager.CodeInvalid},
		"unknown":                       {manager.ErrUnknownRouter, manager.CodeUnknown},
		"unknown, with the id":          {fmt.Errorf("%w (x)", manager.ErrUnknownRouter), manager.CodeUnknown},
		"released meanwhile":            {pool.ErrReleased, manager.CodeUnknown},
		"trap":                          {refused, manager.CodeRefused},
		"login":                         {login, manager.CodeLogin},
		"login, at the last attempt":    {down(login), manager.CodeLogin},
		"certificate":                   {&routeros.CertificateError{}, manager.CodeCertificate},
		"certificate, on the way":       {down(&routeros.CertificateError{}), manager.CodeCertificate},
		"busy":                          {routeros.ErrBusy, manager.CodeBusy},
		"too large":                     {routeros.ErrReplyTooLarge, manager.CodeTooLarge},
		"link":                          {link(io.EOF), manager.CodeUnreachable},
		"link that timed out":           {link(fmt.Errorf("%w: stopped reading", routeros.ErrTimeout)), manager.CodeTimeout},
		"fatal":                         {&routeros.FatalError{Reason: "bye"}, manager.CodeUnreachable},
		"session closed":                {routeros.ErrClosed, manager.CodeUnreachable},
		"down":                          {down(link(io.EOF)), manager.CodeUnreachable},
		"down after a timeout":          {down(link(routeros.ErrTimeout)), manager.CodeUnreachable},
		"down after a slow dial":        {down(&routeros.LinkError{Step: "dial", Err: os.ErrDeadlineExceeded}), manager.CodeUnreachable},
		"address, at the last attempt":  {down(&routeros.AddressError{}), manager.CodeAddress},
		"given up while waiting":        {&pool.DownError{Cause: link(io.EOF), GaveUp: context.DeadlineExceeded}, manager.CodeTimeout},
		"given up after RUN_TIMEOUT":    {&pool.DownError{GaveUp: fmt.Errorf("%w: 30s", routeros.ErrTimeout)}, manager.CodeTimeout},
		"the client left":               {&pool.DownError{Cause: link(routeros.ErrTimeout), GaveUp: context.Canceled}, manager.CodeUnreachable},
		"given up, login refused":       {&pool.DownError{Cause: login, GaveUp: context.DeadlineExceeded}, manager.CodeLogin},
		"a queued command given up":     {&routeros.NotSentError{Err: routeros.ErrTimeout}, manager.CodeTimeout},
		"a queued command, link lost":   {&routeros.NotSentError{Err: link(io.EOF)}, manager.CodeUnreachable},
		"no answer in time":             {routeros.ErrTimeout, manager.CodeTimeout},
		"deadline":                      {context.DeadlineExceeded, manager.CodeTimeout},
		"closing":                       {manager.ErrClosed, manager.CodeClosing},
		"pool closed":                   {pool.ErrPoolClosed, manager.CodeClosing},
		"something that nobody foresaw": {errors.New("out of cheese"), manager.CodeInternal},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, manager.CodeOf(tc.err))
			assert.Equal(t, tc.want, manager.CodeOf(fmt.Errorf("router a: %w", tc.err)), "wrapped")
		})
	}
}
