package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
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

		"a query of listen": {args: []string{"/ppp/active/listen", "?name=x"}},
		"a query of getall": {args: []string{"/ip address GetAll ", "?disabled=no", "?#!"}},
		"a query of find":   {args: []string{"/ip/address/find", "?-comment"}},
		"the log":           {args: []string{"/log/print", "?topics=info"}},
		"queues":            {args: []string{"/queue/simple/print"}},
		"certificates":      {args: []string{"/certificate/print"}},

		"nothing":                    {args: nil, field: "args", text: "is empty"},
		"an empty list":              {args: []string{}, field: "args", text: "is empty"},
		"an empty path":              {args: []string{""}, field: "args[0]", text: "not a command path"},
		"a bare word":                {args: []string{"print"}, field: "args[0]", text: "not a command path"},
		"a path without its slash":   {args: []string{"ip/address/print"}, field: "args[0]", text: "not a command path"},
		"an attribute for a path":    {args: []string{"=name=x"}, field: "args[0]", text: "not a command path"},
		"a slash alone":              {args: []string{"/"}, field: "args[0]", text: "not a command path"},
		"slashes and spaces":         {args: []string{"// /"}, field: "args[0]", text: "not a command path"},
		"cancel":                     {args: []string{"/cancel"}, field: "args[0]", text: "shared with other clients"},
		"cancel with a tag":          {args: []string{"/cancel", "=tag=5"}, field: "args[0]", text: "shared with other clients"},
		"cancel in capitals":         {args: []string{"/CANCEL"}, field: "args[0]", text: "shared with other clients"},
		"cancel with a slash behind": {args: []string{"/cancel/"}, field: "args[0]", text: "shared with other clients"},
		"cancel with two slashes":    {args: []string{"//cancel"}, field: "args[0]", text: "shared with other clients"},
		"cancel behind a space":      {args: []string{"/ cancel"}, field: "args[0]", text: "shared with other clients"},
		"cancel before a space":      {args: []string{"/cancel \t"}, field: "args[0]", text: "shared with other clients"},
		"cancel before NUL":          {args: []string{"/cancel\x00"}, field: "args[0]", text: "shared with other clients"},
		"cancel behind a line break": {args: []string{"/\r\ncancel"}, field: "args[0]", text: "shared with other clients"},
		"quit":                       {args: []string{"/quit"}, field: "args[0]", text: "shared with other clients"},
		"quit, oddly":                {args: []string{"/ Quit /"}, field: "args[0]", text: "shared with other clients"},
		"login":                      {args: []string{"/login", "=name=x", "=password=y"}, field: "args[0]", text: "shared with other clients"},
		"login behind a wide space":  {args: []string{"/\u00a0login"}, field: "args[0]", text: "shared with other clients"},
		"cancel, abbreviated":        {args: []string{"/canc"}, field: "args[0]", text: "shared with other clients"},
		"cancel, a letter":           {args: []string{"/c"}, field: "args[0]", text: "shared with other clients"},
		"cancel, in odd letters":     {args: []string{"// CaNce /", "=tag=5"}, field: "args[0]", text: "shared with other clients"},
		"cancel with an argument":    {args: []string{"/cancel tag=5"}, field: "args[0]", text: "shared with other clients"},
		"can with an argument":       {args: []string{"/can/tag=5"}, field: "args[0]", text: "shared with other clients"},
		"login, abbreviated":         {args: []string{"/logi", "=name=x"}, field: "args[0]", text: "shared with other clients"},
		"login, as a menu":           {args: []string{"/log", "=name=x"}, field: "args[0]", text: "shared with other clients"},
		"quit, abbreviated":          {args: []string{"/qui"}, field: "args[0]", text: "shared with other clients"},
		"quit, before NUL":           {args: []string{"/q\x00"}, field: "args[0]", text: "shared with other clients"},
		"a query of set":             {args: []string{"/ip/address/set", "=.id=*1", "?x"}, field: "args[2]", text: "selects rows of print"},
		"a query of add":             {args: []string{"/ppp/secret/add", "?=key=add"}, field: "args[1]", text: "selects rows of print"},
		"a query of monitor-traffic": {args: []string{"/interface/monitor-traffic", "=once=", "?#!"}, field: "args[2]", text: "selects rows of print"},
		"a query of a menu":          {args: []string{"/ip/address", "?x=1"}, field: "args[1]", text: "selects rows of print"},
		"an empty word":              {args: []string{"/a/print", "", "/b"}, field: "args[1]", text: "is empty"},
		"an empty last word":         {args: []string{"/a/print", "=x=1", ""}, field: "args[2]", text: "is empty"},
		"a tag":                      {args: []string{"/a/print", ".tag=5"}, field: "args[1]", text: "the server sets the tags"},
		"a tag without a value":      {args: []string{"/a/print", "?x", ".tag"}, field: "args[2]", text: "the server sets the tags"},
		"a bare word behind":         {args: []string{"/a/print", "detail"}, field: "args[1]", text: "neither an attribute"},
		"a second path":              {args: []string{"/a/print", "/quit"}, field: "args[1]", text: "neither an attribute"},
		"an attribute without sign":  {args: []string{"/a/set", "name=x"}, field: "args[1]", text: "neither an attribute"},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkArgs(tc.args)
			if tc.field == "" {
				assert.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Equal(t, errcode.Invalid, errcode.Of(err))
			assert.True(t, strings.HasPrefix(err.Error(), tc.field+" "), err.Error())
			assert.Contains(t, err.Error(), tc.text)
		})
	}
}

func TestALongWordIsNotRepeatedWhole(t *testing.T) {
	long := strings.Repeat("é", 30) + strings.Repeat("x", 10_000)
	for _, args := range [][]string{{long}, {"/a", long}} {
		err := checkArgs(args)
		require.Error(t, err)
		assert.Less(t, len(err.Error()), 300)
		assert.Contains(t, err.Error(), "xx…")
	}
}
