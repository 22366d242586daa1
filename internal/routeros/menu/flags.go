package menu

import "sync"

// described are the menus above, by their paths, with the kind Flag for the fields that
// are Boolean, and no other kind.
var described = sync.OnceValue(func() map[string]*Menu {
	menus := make(map[string]*Menu)
	for _, m := range []*Menu{Resource, Identity, Routerboard, HotspotActive, PPPActive, Interface, QueueSimple, DHCPLease, Log, Health} {
		flags := make(map[string]Kind)
		for name, kind := range m.Kinds {
			if kind == Boolean {
				flags[name] = Flag
			}
		}
		menus[m.Path] = &Menu{Path: m.Path, Kinds: flags}
	}
	return menus
})

// Flags returns the menu with this path for text as RouterOS's REST writes it: all values
// are strings, and flags are "true" and "false", also where RouterOS 6 says yes and no. It
// is Any for a path that is not described here.
func Flags(path string) *Menu {
	if m := described()[path]; m != nil {
		return m
	}
	return Any
}
