package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/rules"
)

// node is a menu or a command of a model of RouterOS: children are menus and commands,
// or the arguments of a command.
type node struct {
	children  map[string]*node
	arguments []string // of a command, which has no children
}

// modelPaths are the commands of the model with their arguments.
var modelPaths = []string{
	"ip/address/print file follow follow-only from append as-value", "ip/address/add address comment interface", "ip/address/export file",
	"ip/hotspot/set", "ip/hotspot/setup", "ip/hotspot/print file", "ip/hotspot/user/profile/set on-login on-logout name", "ip/cloud/set", "ip/cloud/print",
	"ip/cloud/force-update", "ip/socks/set", "ip/socks/print", "ip/socksify/add", "ip/smb/set", "ip/ssh/set", "ip/service/set",
	"ipv6/address/print file follow", "ipv6/nd/set", "interface/print file follow", "interface/reset", "interface/monitor-traffic once do",
	"interface/wireguard/wg-export", "interface/wireguard/print", "interface/wifi/sniffer", "interface/wireless/scan",
	"user/add name", "user/print file", "user-manager/user/add name", "user-manager/database/save", "system/script/run number", "system/script/print file",
	"system/scheduler/add on-event name", "system/shutdown", "system/ssh", "system/ssh-exec command", "system/routerboard/upgrade", "system/routerboard/settings/set",
	"system/reset-configuration", "system/reboot", "system/resource/print", "system/backup/cloud/upload-file", "system/backup/save name", "system/package/update/install",
	"tool/netwatch/print file follow", "tool/netwatch/add up-script down-script host", "tool/fetch url", "tool/e-mail/send to", "tool/sniffer/start", "tool/ping address do",
	"tool/graphing/set update-stats-interval", "radius/add secret", "radius/print file", "log/print file follow", "log/info message", "import file-name", "execute script",
	"export file", "setup", "file/print", "file/remove", "certificate/import", "certificate/print", "snmp/set", "ping address", "ppp/profile/set on-up on-down name",
	"ip/dhcp-server/set lease-script", "ip/dhcp-server/setup",
}

// modelDenied says which commands of the model are denied by default, in words of its own.
func modelDenied(path []string) bool {
	verb, menu := path[len(path)-1], strings.Join(path, "/")
	switch {
	case verb == "export", verb == "wg-export", verb == "sniffer":
		return true
	case slices.Contains([]string{"system/shutdown", "system/ssh", "system/ssh-exec", "system/reset-configuration", "tool/fetch", "import", "execute", "setup"}, menu):
		return true
	case verb == "print":
		return strings.HasPrefix(menu, "system/backup/cloud/")
	}
	return slices.ContainsFunc([]string{
		"ip/cloud/", "ip/socks/", "ip/smb/", "ip/ssh/", "ip/service/", "user/", "user-manager/database/", "system/script/", "system/scheduler/", "system/routerboard/",
		"system/backup/cloud/", "system/package/", "tool/netwatch/", "tool/e-mail/", "tool/sniffer/", "radius/", "file/", "certificate/", "snmp/",
	}, func(prefix string) bool { return strings.HasPrefix(menu, prefix) })
}

func modelTree() *node {
	root := &node{children: map[string]*node{}}
	for _, line := range modelPaths {
		fields := strings.Fields(line)
		at := root
		for element := range strings.SplitSeq(fields[0], "/") {
			if at.children[element] == nil {
				at.children[element] = &node{children: map[string]*node{}}
			}
			at = at.children[element]
		}
		at.arguments = fields[1:]
	}
	return root
}

// choose is how RouterOS reads a name: a whole name counts as itself, and a beginning as
// the only name that has it.
func choose(names []string, text string) (string, bool) {
	if slices.Contains(names, text) {
		return text, true
	}
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasPrefix(name, text) })
	if len(names) != 1 {
		return "", false
	}
	return names[0], true
}

// resolve is the command of the model that a path means, and the arguments. What follows
// a command in the path is ignored, as the worst that a router could do.
func (root *node) resolve(words []string) (path, arguments []string, ok bool) {
	at := root
	for _, text := range strings.FieldsFunc(strings.ToLower(words[0]), func(r rune) bool { return r == '/' || r == ' ' }) {
		if len(at.children) == 0 {
			break
		}
		names := make([]string, 0, len(at.children))
		for name := range at.children {
			names = append(names, name)
		}
		name, ok := choose(names, text)
		if !ok {
			return nil, nil, false
		}
		path, at = append(path, name), at.children[name]
	}
	if len(path) == 0 || len(at.children) > 0 {
		return nil, nil, false
	}
	for _, word := range words[1:] {
		name, _, _ := strings.Cut(strings.TrimLeft(strings.ToLower(word), "=!"), "=")
		if name, ok := choose(at.arguments, name); ok {
			arguments = append(arguments, name)
		}
	}
	return path, arguments, true
}

// modelRefuses is whether the model's command does what is denied by default.
func modelRefuses(path, arguments []string) bool {
	return modelDenied(path) || slices.ContainsFunc(arguments, func(name string) bool {
		return strings.HasPrefix(name, "on-") || strings.HasSuffix(name, "script") || name == "do" || path[len(path)-1] == "print" && (name == "file" || name == "append")
	})
}

// checkModel compares the rules with the model: what it resolves to a denied command is
// denied, by the defaults, with rules that allow by wildcards, and under READ_ONLY.
func checkModel(t *testing.T, root *node, words []string) {
	t.Helper()
	path, arguments, ok := root.resolve(words)
	if !ok {
		return
	}
	verb := path[len(path)-1]
	if modelRefuses(path, arguments) {
		for _, list := range [][]string{nil, {"/**"}, {"/**:*", "/ip/**", "/system/*", "/tool/**:*"}} {
			assert.Error(t, set(t, list...).Check(words), "%q is %q %q, with the rules %q", words, path, arguments, list)
		}
	}
	tool := slices.Equal(path, []string{"ping"}) || slices.Equal(path, []string{"tool", "ping"})
	if !tool && verb != "print" && !strings.HasPrefix(verb, "monitor") || modelRefuses(path, arguments) && !modelDenied(path) {
		assert.Error(t, rules.ReadOnly().Check(words), "%q is %q %q", words, path, arguments)
	}
	exact := "/" + strings.Join(path, "/")
	assert.Error(t, set(t, "/**", "dangerous", "!"+exact).Check(words), "%q is %q, which is denied", words, path)
}

// Each beginning of each command and argument of the model.
func TestRulesAgainstTheModel(t *testing.T) {
	root := modelTree()
	for _, line := range modelPaths {
		fields := strings.Fields(line)
		elements := strings.Split(fields[0], "/")
		for i, element := range elements {
			for n := 1; n <= len(element); n++ {
				cut := slices.Clone(elements)
				cut[i] = element[:n]
				checkModel(t, root, []string{"/" + strings.Join(cut, "/")})
				checkModel(t, root, []string{"/" + strings.Join(cut, "/") + "/print"})
			}
		}
		for n := 1; n <= 12; n++ { // all of them cut to n
			var cut []string
			for _, element := range elements {
				cut = append(cut, element[:min(n, len(element))])
			}
			checkModel(t, root, []string{"/" + strings.Join(cut, " ")})
		}
		for _, name := range fields[1:] {
			for n := 1; n <= len(name); n++ {
				checkModel(t, root, []string{"/" + fields[0], "=" + name[:n] + "=x"})
			}
		}
	}
}

// Whatever the model of RouterOS resolves to a denied command is denied.
func FuzzRulesAgainstTheModel(f *testing.F) {
	for _, line := range modelPaths {
		fields := strings.Fields(line)
		f.Add("/"+fields[0], strings.Join(fields[1:], " "))
	}
	f.Add("/Sys ROUT//upg/", "up-s do")
	root := modelTree()
	f.Fuzz(func(t *testing.T, path, arguments string) {
		words := []string{path}
		for name := range strings.FieldsSeq(arguments) {
			words = append(words, "="+name+"=x")
		}
		checkModel(t, root, words)
	})
}
