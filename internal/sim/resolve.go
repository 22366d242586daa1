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
	run, policy := x.menu.command(&d.world, x.verb)
	only, limited := x.menu.only[x.verb]
	switch {
	case run == nil, limited && !only.holds(&d.world):
		return nil, errNoCommand
	case !x.c.account.may(policy):
		return nil, errPermissions
	}
	return run, nil
}

// command returns the function of a menu for a verb, and the policy that it needs.
func (m *menu) command(w *world, verb string) (run command, policy string) {
	if run, ok := m.extra[verb]; ok {
		return run, extraPolicy(m.path, verb)
	}
	if !m.rows() {
		return nil, "" // has commands but no rows
	}
	switch verb {
	case "print", "getall", "listen":
		return (*call).print, "read"
	case "get":
		return (*call).get, "read"
	}
	if !m.has(w, verb) {
		return nil, ""
	}
	policy = m.policy
	if policy == "" {
		policy = "write"
	}
	return edits[verb], policy
}

// has reports whether the menu has a verb that changes rows.
func (m *menu) has(w *world, verb string) bool {
	named := verb
	switch verb { // follow from the fields
	case "comment":
		named = "set"
	case "enable", "disable":
		named, verb = "set", "disabled"
	default:
		return slices.Contains(m.verbs, verb)
	}
	return slices.Contains(m.verbs, named) && w.writable(m, verb) != nil
}

// extraPolicy is the policy for commands other than edits.
func extraPolicy(path, verb string) string {
	switch {
	case slices.Contains([]string{"print", "check-for-updates"}, verb), path == "/console":
		return "read"
	case slices.Contains(restarts, path+"/"+verb):
		return "reboot"
	case path == "" || path == "/tool":
		return "test"
	case path == userActive:
		return "policy"
	case path == interfaces:
		return "read"
	}
	return "write"
}
