package rules_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/rules"
)

func set(t *testing.T, list ...string) *rules.Set {
	t.Helper()
	s, err := rules.Parse(list)
	require.NoError(t, err)
	return s
}

// denied checks that the words are refused, and returns the rule that did.
func denied(t *testing.T, s *rules.Set, words ...string) string {
	t.Helper()
	err := s.Check(words)
	refusal, ok := errors.AsType[*rules.DeniedError](err)
	require.True(t, ok, "%q: %v", words, err)
	assert.NotEmpty(t, refusal.Reason)
	assert.Contains(t, err.Error(), refusal.Command)
	return refusal.Rule
}

func TestMatching(t *testing.T) {
	for name, tc := range map[string]struct {
		rules, allowed, denied []string
	}{
		"no rules": {nil,
			[]string{"/ip/address/print", "/ip/address/add", "/system/reboot", "/interface/disable"}, nil},
		"only a denial": {[]string{"!/system/reboot"},
			[]string{"/ip/address/add", "/system/identity/set"}, []string{"/system/reboot"}},
		"a menu with all below": {[]string{"/ip/hotspot/**:print,add,set"},
			[]string{"/ip/hotspot/print", "/ip/hotspot/user/add", "/ip/hotspot/user/profile/set"},
			[]string{"/ip/hotspot/user/remove", "/ip/print", "/ip/hotspot-x/print", "/ip/hotspot", "/ip/hotspot/listen", "/ppp/active/print"}},
		"a menu alone": {[]string{"/ip/hotspot:print"},
			[]string{"/ip/hotspot/print"}, []string{"/ip/hotspot/user/print", "/ip/hotspot"}},
		"a level": {[]string{"/ppp/*:print"},
			[]string{"/ppp/active/print", "/ppp/secret/print"}, []string{"/ppp/print", "/ppp/a/b/print"}},
		"no verbs": {[]string{"/system/identity"},
			[]string{"/system/identity/print", "/system/identity/set", "/system/identity"}, []string{"/system/identity-x/print", "/system/clock/print"}},
		"verbs with a wildcard": {[]string{"/interface/**:monitor*"},
			[]string{"/interface/monitor-traffic", "/interface/ethernet/monitor"}, []string{"/interface/print"}},
		"every verb of one menu": {[]string{"!/ip/hotspot:*"},
			[]string{"/ip/hotspot/user/print"}, []string{"/ip/hotspot/print", "/ip/hotspot/anything"}},
		"every verb that writes": {[]string{"!/ppp/**:write"},
			[]string{"/ppp/secret/print", "/ppp/active/listen"}, []string{"/ppp/secret/add", "/ppp/secret/anything", "/ppp/p"}},
		"a denial wins, before": {[]string{"!/ppp/secret:set", "/ppp/**"},
			[]string{"/ppp/secret/add"}, []string{"/ppp/secret/set", "/ip/address/print"}},
		"a denial wins, behind": {[]string{"/ppp/secret:set", "!/ppp/**"}, nil, []string{"/ppp/secret/set"}},
		"two in one element":    {[]string{"/ppp/active:print  /log:print\n"}, []string{"/ppp/active/print", "/log/print"}, []string{"/log/info"}},
		"all":                   {[]string{"/**"}, []string{"/ip/address/set", "/ping"}, []string{"/system/reset-configuration"}},
		"capitals in a rule":    {[]string{"/IP/Address:Print"}, []string{"/ip/address/print"}, []string{"/ip/address/add"}},
		"alias in a rule":       {[]string{"/ip/address:getall"}, []string{"/ip/address/print"}, []string{"/ip/address/add"}},
		"a denied print": {[]string{"!/ppp/secret:print"}, []string{"/ppp/secret/add", "/ppp/active/print"},
			[]string{"/ppp/secret/getall", "/ppp/secret/listen", "/ppp/secret/get", "/ppp/secret/find", "/ppp/secret/lis", "/ppp/secret/geta"}},
		"a denied command and below": {[]string{"!/tool/torch"}, []string{"/tool/ping"}, []string{"/tool/torch", "/tool/torch/x"}},
		"a slash too many":           {[]string{"//ip//address/:print"}, []string{"/ip/address/print"}, []string{"/ip/address/add"}},
		"ping under both names":      {[]string{"!/ping"}, []string{"/tool/torch"}, []string{"/ping", "/tool/ping", "/pin", "/tool/pi"}},
		"an empty list of words":     {[]string{"/**"}, nil, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			s := set(t, tc.rules...)
			for _, path := range tc.allowed {
				assert.NoError(t, s.Check([]string{path}), path)
			}
			for _, path := range tc.denied {
				denied(t, s, path)
			}
		})
	}
	denied(t, set(t), nil...)
	assert.NoError(t, (*rules.Set)(nil).Check([]string{"/system/reset-configuration"}), "no set, no rules")
}

// Each way to write a denied command so that a comparison of text would miss it.
func TestTricks(t *testing.T) {
	for name, words := range map[string][]string{
		"as it is":                          {"/system/reset-configuration"},
		"capitals":                          {"/System/RESET-Configuration"},
		"a slash behind":                    {"/system/reset-configuration/"},
		"slashes doubled":                   {"//system///reset-configuration"},
		"spaces for slashes":                {"/system reset-configuration"},
		"spaces and slashes":                {"/ system / reset-configuration "},
		"abbreviated as at the console":     {"/sys/reset"},
		"abbreviated with spaces":           {"/sy res"},
		"a menu up":                         {"/ip/../system/reset-configuration"},
		"a menu up with spaces":             {"/ip .. system reset-configuration"},
		"an argument in the path":           {"/system/reset-configuration no-defaults"},
		"an assignment in the path":         {"/system/reset-configuration no-defaults=yes"},
		"behind a harmless verb":            {"/ip/address/print/system/reset-configuration"},
		"a harmless verb behind":            {"/system/reset-configuration/print"},
		"a harmless verb behind a space":    {"/system/reset-configuration print"},
		"a newline in the path":             {"/ip/address/print\n/system/reset-configuration"},
		"a newline before":                  {"\n/system/reset-configuration"},
		"a carriage return":                 {"/system\r/reset-configuration"},
		"a tab for a space":                 {"/system\treset-configuration"},
		"NUL in the path":                   {"/system/\x00reset-configuration"},
		"NUL behind":                        {"/system/reset-configuration\x00"},
		"a wide space":                      {"/system\u00a0reset-configuration"},
		"a character without width":         {"/system/reset\u200b-configuration"},
		"a Cyrillic letter":                 {"/s\u0443stem/reset-configuration"},
		"a Kelvin sign, which folds to k":   {"/\u212aernel"},
		"bytes that are not UTF-8":          {"/system/\xffreset-configuration"},
		"a semicolon":                       {"/ip/address/print;/system/reset-configuration"},
		"brackets":                          {"/ip/address/print [/system/reset-configuration]"},
		"braces":                            {"/{/system/reset-configuration}"},
		"a colon":                           {"/:execute"},
		"no slash":                          {"system/reset-configuration"},
		"no path":                           {"/"},
		"an empty path":                     {""},
		"a second command, empty word":      {"/ip/address/print", "", "/system/reset-configuration"},
		"a second command, no empty word":   {"/ip/address/print", "/system/reset-configuration"},
		"a second command, newline":         {"/ip/address/print", "\n/system/reset-configuration"},
		"a tag":                             {"/ip/address/print", ".tag=5"},
		"a tag, oddly":                      {"/ip/address/print", ".TAG"},
		"a word without =":                  {"/ip/address/print", "file=x"},
		"an argument without a name":        {"/ip/address/print", "==x"},
		"an argument with a space":          {"/ip/address/print", "= on-event=x"},
		"an argument with NUL":              {"/ip/address/print", "=on-event\x00=x"},
		"a script by name":                  {"/execute", "=script=/system/reset-configuration"},
		"a stored script":                   {"/system/script/run", "=number=reset"},
		"a stored script, abbreviated":      {"/system/scr/ru", "=number=reset"},
		"a scheduled script":                {"/system/scheduler/add", "=on-event=/system/reset-configuration"},
		"a script of a profile":             {"/ppp/profile/set", "=on-up=/system/reset-configuration"},
		"a script of a profile, in capital": {"/ppp/profile/set", "=ON-UP=/system/reset-configuration"},
		"a script of a hotspot profile":     {"/ip/hotspot/user/profile/add", "=on-login=x"},
		"a script of leases":                {"/ip/dhcp-server/set", "=lease-script=x"},
		"a script, abbreviated":             {"/ip/dhcp-server/set", "=lease-scr=x"},
		"a script of a client":              {"/ip/dhcp-client/set", "=script=x"},
		"a script of a watched host":        {"/tool/netwatch/add", "=down-script=x"},
		"a script while printing":           {"/log/print", "=follow=", "=on-event=x"},
		"a script while watching":           {"/interface/monitor-traffic", "=once=", "=do=/system/reset-configuration"},
		"a script while choosing":           {"/interface/print", "=where=[/system/reset-configuration]"},
	} {
		t.Run(name, func(t *testing.T) {
			denied(t, set(t), words...)
			denied(t, set(t, "/**"), words...)
			denied(t, set(t, "/**:*", "/system:*", "/ip/**", "/system/*"), words...)
		})
	}
}

// Values are data, whatever they look like: words have a length of their own.
func TestWhatLooksLikeATrickAndIsNone(t *testing.T) {
	s := set(t, "/ip/**:print,set", "/ip/hotspot/user:add")
	for _, words := range [][]string{
		{"/ip/address/set", "=comment=a\n/system/reset-configuration"},
		{"/ip/address/set", "=comment=.tag=5"},
		{"/ip/address/set", "=comment="}, {"/ip/address/set", "=description=x", "=!comment=", "=basic-rates-a/g=6Mbps"},
		{"/ip/address/print", "?comment=/system/reset-configuration", "?#|", "?>mtu=1\x00", "=.proplist=.id,comment"},
		{"/IP/Address/getall"}, {"/ip address print"}, {"/ip//address/print/"},
		{"/ip/hotspot/user/add", "=name=x", "=password=on-event"},
	} {
		assert.NoError(t, s.Check(words), "%q", words)
	}
}

func TestAllowancesAreNotStretched(t *testing.T) {
	s := set(t, "/ip/hotspot/user:print")
	for _, path := range []string{"/ip/hot/user/print", "/ip/hotspot/user/p", "/ip/hotspot/user/prin", "/ip/hotspot/user/remove/print", "/ip/hotspot/user/remove print"} {
		denied(t, s, path)
	}
}

func TestDefaults(t *testing.T) {
	for _, path := range []string{
		"/system/reset-configuration", "/system/shutdown", "/system/backup/load", "/system/package/uninstall", "/system/package/update/install",
		"/system/routerboard/upgrade", "/system/routerboard/settings/set", "/system/device-mode/update", "/user/add", "/user/set", "/user/remove",
		"/user/group/set", "/user/ssh-keys/import", "/user/disable", "/ip/service/disable", "/ip/service/set", "/certificate/remove", "/snmp/community/add",
		"/file/remove", "/file/set", "/import", "/execute", "/system/script/run", "/system/script/add", "/system/script/job/remove", "/system/scheduler/add",
		"/tool/netwatch/set", "/tool/fetch", "/tool/sms/send", "/container/add", "/system/ssh-exec", "/system/telnet", "/disk/format-drive", "/password", "/undo",
	} {
		assert.NotEmpty(t, denied(t, set(t), path), path)
		assert.NotEmpty(t, denied(t, set(t, "/**"), path), "a wildcard does not lift a default")
		assert.NoError(t, set(t, "dangerous").Check([]string{path}), path)
		assert.NoError(t, set(t, "/**", "dangerous").Check([]string{path}), path)
		assert.NoError(t, set(t, path).Check([]string{path}), "its name lifts it")
		denied(t, set(t, path, "!"+path), path)
	}
	for _, path := range []string{
		"/system/reboot", "/system/identity/set", "/user/print", "/user/active/print", "/ip/service/print", "/system/script/print",
		"/system/package/print", "/file/print", "/system/backup/save", "/certificate/print", "/tool/netwatch/listen", "/user-manager/user/add",
		"/ip/hotspot/user/remove", "/ip/firewall/filter/add", "/interface/disable", "/ip/ipsec/peer/set", "/system/ntp/client/set",
	} {
		assert.NoError(t, set(t).Check([]string{path}), path)
	}
	assert.NoError(t, set(t, "/system:shutdown").Check([]string{"/system/shutdown"}), "named as a verb")
	assert.NoError(t, set(t, "/system/script:run").Check([]string{"/system/script/run"}))
	denied(t, set(t, "/system:*"), "/system/shutdown")
	denied(t, set(t, "/system"), "/system/shutdown")
	denied(t, set(t, "/ppp/profile:set"), "/ppp/profile/set", "=on-up=x")
	assert.NoError(t, set(t, "/ppp/profile:set dangerous").Check([]string{"/ppp/profile/set", "=on-up=x"}))
	assert.NotEmpty(t, rules.Defaults())
	for _, text := range rules.Defaults() {
		set(t, text)
	}
}

func TestReadOnly(t *testing.T) {
	s := rules.ReadOnly()
	for _, words := range [][]string{
		{"/ip/address/print", "=.proplist=address", "?dynamic=true"}, {"/ip/address/getall"}, {"/ppp/active/listen"}, {"/user/print"},
		{"/interface/monitor-traffic", "=interface=ether1"}, {"/interface/ethernet/monitor", "=numbers=ether1", "=once="},
		{"/ping", "=address=192.0.2.1"}, {"/tool/torch", "=interface=ether1"}, {"/tool/traceroute"}, {"/tool/profile"}, {"/log/print", "=follow="},
	} {
		assert.NoError(t, s.Check(words), "%q", words)
	}
	for _, words := range [][]string{
		{"/ip/address/add"}, {"/ip/address/set"}, {"/system/reboot"}, {"/system/script/run"}, {"/tool/fetch"}, {"/tool/flood-ping"}, {"/tool/bandwidth-test"},
		{"/ip/address/print", "=file=x"}, {"/ip/address/print", "=append="}, {"/log/print", "=on-event=x"}, {"/interface/monitor", "=do=x"},
		{"/interface/wireless/scan"}, {"/ip/address/comment"}, {"/ip/address/remove/print"}, {"/system/print/reboot"}, {"/x/monitor-x"},
	} {
		assert.Equal(t, "READ_ONLY", cmpOr(denied(t, s, words...)), "%q", words)
	}
}

// cmpOr lets a command that is not plain count as refused by the mode.
func cmpOr(rule string) string {
	if rule == "" {
		return "READ_ONLY"
	}
	return rule
}

func TestRefusalsTellWhy(t *testing.T) {
	for want, tc := range map[string]struct {
		set   *rules.Set
		words []string
	}{
		`command /system/reboot not allowed: denied by rule "!/system/*"`:                                                              {set(t, "!/system/*"), []string{"/system/reboot"}},
		`command /ip/address/add not allowed: no rule allows it`:                                                                       {set(t, "/ip/**:print"), []string{"/ip/address/add", "=password=hush"}},
		`command /ip/address/print not allowed: it has a word that is neither an attribute =name=value nor a query ?name=value`:        {set(t), []string{"/ip/address/print", "hush"}},
		`command /user/set… not allowed: its path has characters other than letters, digits, - and _, separated by slashes or spaces`:  {set(t), []string{"/user set admin password=hush"}},
		`command /ppp/profile/set not allowed: =on-up= is a script, which can contain any command; allow it with the rule "dangerous"`: {set(t), []string{"/ppp/profile/set", "=on-up=hush"}},
		`command /ip/address/add not allowed: the server is read-only (READ_ONLY)`:                                                     {rules.ReadOnly(), []string{"/ip/address/add"}},
		`command /log/print not allowed: the server is read-only (READ_ONLY), and =file= writes a file or runs a script`:               {rules.ReadOnly(), []string{"/log/print", "=file=hush"}},
		`command /user/add… not allowed: its path continues after a verb; write arguments as separate words =name=value`:               {set(t), []string{"/user/add/hush"}},
		`command /import not allowed: denied by default rule "!/import"; allow it with a rule for this command, or with "dangerous"`:   {set(t), []string{"/import"}},
	} {
		assert.EqualError(t, tc.set.Check(tc.words), want)
	}
}

func TestMistakesInRules(t *testing.T) {
	for text, want := range map[string]string{
		"ip/address":          `rule "ip/address" does not begin with a slash`,
		"print":               "does not begin with a slash",
		"!":                   "does not begin with a slash",
		"!!/ip":               "does not begin with a slash",
		"/":                   "has an empty path",
		"/:print":             "has an empty path",
		"/ip/**/print":        "continues after **",
		"/ip/add*ress:print":  `invalid name "add*ress" in its path`,
		"/ip/../system":       `invalid name ".." in its path`,
		"/ip/a\x00":           "in its path",
		"/ip/address:":        `invalid verb ""`,
		"/ip/address:a,,b":    "invalid verb",
		"/ip/address:pr*t":    "invalid verb",
		"/ip/address:a:b":     "invalid verb",
		"/ip/address:**":      "invalid verb",
		"Dangerous":           "does not begin with a slash",
		"/ip/address,/ip/dns": "in its path",
	} {
		_, err := rules.Parse([]string{"/log:print", text})
		assert.ErrorContains(t, err, want, text)
	}
}

func TestPath(t *testing.T) {
	for word, want := range map[string]string{
		"/ip/address/print": "/ip/address/print", "/IP address  print/": "/ip/address/print", "": "/", "/": "/",
		"/user add name=x password=hush": "/user/add…", "/user add x hush": "/user/add…", "/a/b;/c": "/a/b…", "\nhush": "/…", "/a/\xffhush": "/a…",
		"/1/2/3/4/5/6/7/8/9/10/11/12/hush": "/1/2/3/4/5/6/7/8/9/10/11/12…",
	} {
		assert.Equal(t, want, rules.Path(word), "%q", word)
	}
}
