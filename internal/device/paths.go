package device

import "sync"

// maxPaths limits the paths that are remembered of a router; when there are more, all are
// forgotten.
const maxPaths = 1024

// paths are the paths that are known to be a menu of the router, or not to be one.
type paths struct {
	mu      sync.Mutex      // held together with no other
	session int             // in which they were found, as a number of logins; guarded by mu
	menus   map[string]bool // guarded by mu
}

// Paths remembers which paths of a router are menus, for one session: the next one may be
// with another version of RouterOS, or with other packages.
type Paths struct {
	*paths

	session int
}

// Paths returns the memory of the present session. It sends nothing to the router.
func (d *Device) Paths() Paths { return Paths{&d.paths, d.link.Status().Logins} }

// IsMenu reports whether a path is a menu, if that is known.
func (p Paths) IsMenu(path string) (is, known bool) {
	if p.paths == nil {
		return false, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paths.session != p.session {
		return false, false
	}
	is, known = p.menus[path]
	return is, known
}

// Learn remembers whether a path is a menu, unless a later session has begun to learn.
func (p Paths) Learn(path string, isMenu bool) {
	if p.paths == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.session < p.paths.session:
		return
	case p.menus == nil || p.session > p.paths.session || len(p.menus) >= maxPaths:
		p.menus = make(map[string]bool)
	}
	p.paths.session, p.menus[path] = p.session, isMenu
}
