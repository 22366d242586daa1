package sim

import (
	"slices"
	"strings"
)

// resolve returns the function for the path, or an error if the user may not run it.
func (x *call) resolve() (command, error) {
	d := x.c.d
	d.mu.Lock()
	defer d.mu.Unlock()
	i := strings.LastIndexByte(x.path, '/')
	if i < 0 {
		return nil, &refusal{category: noCategory, message: "no such command"}
	}
	dir := x.path[:i]
	x.verb = x.path[i+1:]
	if token := d.world.unknown(dir); token != "" || dir != "" && dir[0] != '/' {
		return nil, &refusal{category: 0, message: "no such command or directory (" + token + ")",
			next: &refusal{category: noCategory, message: "no such command prefix"}}
	}
	if x.menu = d.world.menu(dir); x.menu == nil {
		return nil, errNoCommand
	}
	run, policy := x.menu.command(x.verb)
	switch {
	case run == nil:
		return nil, errNoCommand
	case !x.c.account.may(policy):
		return nil, errPermissions
	}
	return run, nil
}

// command returns the function of a menu for a verb, and the policy that it needs.
func (m *menu) command(verb string) (run command, policy string) {
	if run, ok := m.extra[verb]; ok {
		return run, extraPolicy(m.path, verb)
	}
	if m.fill == nil {
		return nil, "" // has commands but no rows
	}
	switch verb {
	case "print", "getall", "listen":
		return (*call).print, "read"
	}
	if !slices.Contains(m.verbs, verb) {
		return nil, ""
	}
	policy = m.policy
	if policy == "" {
		policy = "write"
	}
	return edits[verb], policy
}

// extraPolicy is the policy for commands other than edits.
func extraPolicy(path, verb string) string {
	switch {
	case path == "/system" && (verb == "reboot" || verb == "shutdown"):
		return "reboot"
	case path == "" || path == "/tool":
		return "test"
	case verb == "remove", verb == "request-logout":
		return "policy"
	}
	return "read"
}
