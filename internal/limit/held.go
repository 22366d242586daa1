package limit

import "sync"

// Held bounds how many of something each holder may have at the same time, such
// as open streams. It may be used by any number of goroutines.
type Held struct {
	max int

	mu    sync.Mutex
	count map[string]int // holders with any; guarded by mu
}

// NewHeld allows a number to each holder, 0 for any number.
func NewHeld(most int) *Held { return &Held{max: most, count: make(map[string]int)} }

// Take takes one, or reports that the holder has all it may have.
func (h *Held) Take(holder string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.max > 0 && h.count[holder] >= h.max {
		return false
	}
	h.count[holder]++
	return true
}

// Force takes one in any case, and reports whether the holder was allowed to.
func (h *Held) Force(holder string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count[holder]++
	return h.max <= 0 || h.count[holder] <= h.max
}

// Give gives back what Take or Force took.
func (h *Held) Give(holder string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.count[holder]--; h.count[holder] <= 0 {
		delete(h.count, holder)
	}
}

// Named bounds how many names, such as router_ids, belong to each holder. A name
// belongs to the first who took it until it is given back.
type Named struct {
	held *Held

	mu     sync.Mutex
	owners map[string]string // of each name; guarded by mu
}

// NewNamed allows a number of names to each holder, 0 for any number.
func NewNamed(most int) *Named {
	return &Named{held: NewHeld(most), owners: make(map[string]string)}
}

// Take reports whether the holder may have the name, and whether it was taken
// just now.
func (n *Named) Take(holder, name string) (ok, fresh bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, taken := n.owners[name]; taken {
		return true, false
	}
	if !n.held.Take(holder) {
		return false, false
	}
	n.owners[name] = holder
	return true, true
}

// Give gives a name back, whoever has it.
func (n *Named) Give(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if owner, ok := n.owners[name]; ok {
		delete(n.owners, name)
		n.held.Give(owner)
	}
}
