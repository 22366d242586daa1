package limit

import "sync"

// Memory shares a number of bytes among owners. An owner may take no more than it leaves
// for others: one gets half, and as many owners as come find something left. The owner
// "", which is the program itself, is counted and never refused.
type Memory struct {
	total int

	mu     sync.Mutex
	taken  int            // by all owners; guarded by mu
	owners map[string]int // bytes of those that have some; guarded by mu
}

// NewMemory returns a budget of so many bytes.
func NewMemory(total int) *Memory { return &Memory{total: total, owners: make(map[string]int)} }

// Take counts more bytes for an owner; false if it may not have them.
func (m *Memory) Take(owner string, bytes int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if has := m.owners[owner]; owner != "" && has+bytes > m.total-m.taken-bytes {
		return false
	}
	m.owners[owner] += bytes
	m.taken += bytes
	return true
}

// Give gives back bytes that were taken.
func (m *Memory) Give(owner string, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken -= bytes
	if m.owners[owner] -= bytes; m.owners[owner] <= 0 {
		delete(m.owners, owner)
	}
}

// Taken returns the bytes of all owners.
func (m *Memory) Taken() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.taken
}
