package relay

import "github.com/aprakasa/mikronec/internal/routeros"

// errNoMemory ends an answer that would hold more than the budget permits.
var errNoMemory = routeros.ErrNoMemory

// heldFrom is the size from which what an answer holds is counted, in bytes; smaller ones
// are bounded by the number of connections, see package routeros.
const heldFrom = 4 << 10

// held is what one answer holds in memory. Whoever uses it guards it.
type held struct {
	budget  routeros.Budget // nil for no limit
	owner   string
	bytes   int // held now
	counted int // of these, in the budget
}

// add changes how many bytes are held. It returns false, and changes nothing, where the
// owner may not have so many.
func (h *held) add(bytes int) bool {
	total := h.bytes + bytes
	count := total
	if count < heldFrom || h.budget == nil {
		count = 0
	}
	switch more := count - h.counted; {
	case more > 0 && !h.budget.Take(h.owner, more):
		return false
	case more < 0:
		h.budget.Give(h.owner, -more)
	}
	h.bytes, h.counted = total, count
	return true
}
