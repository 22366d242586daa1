package device

import "sync"

// maxPaths limits the paths that are remembered of a router; when there are more, all are
// forgotten.
const maxPaths = 1024

// PathMemory is what is known of the paths of a router: which are a menu, and which are
// not.
type PathMemory struct {
	mu      sync.Mutex      // held together with no other
	session int             // in which they were found, as a number of logins; guarded by mu
	menus   map[string]bool // guarded by mu
}

// Paths remembers which paths of a router are menus, for one session: the next one may be
// with another version of RouterOS, or with other packages.
type Paths struct {
	memory  *PathMemory
	session int
}

// In returns the memory of a session. Sessions are numbered in their order.
func (m *PathMemory) In(session int) Paths { return Paths{m, session} }

// Paths returns the memory of the present session. It sends nothing to the router.
func (d *Device) Paths() Paths { return d.paths.In(d.link.Status().Logins) }

// IsMenu reports whether a path is a menu, if that is known.
func (p Paths) IsMenu(path string) (is, known bool) {
	if p.memory == nil {
		return false, false
	}
	p.memory.mu.Lock()
	defer p.memory.mu.Unlock()
	if p.memory.session != p.session {
		return false, false
	}
	is, known = p.memory.menus[path]
	return is, known
}

// Learn remembers whether a path is a menu, unless a later session has begun to learn.
func (p Paths) Learn(path string, isMenu bool) {
	if p.memory == nil {
		return
	}
	p.memory.mu.Lock()
	defer p.memory.mu.Unlock()
	switch {
	case p.session < p.memory.session:
		return
	case p.memory.menus == nil || p.session > p.memory.session || len(p.memory.menus) >= maxPaths:
		p.memory.menus = make(map[string]bool)
	}
	p.memory.session, p.memory.menus[path] = p.session, isMenu
}
