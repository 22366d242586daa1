package routeros

import "sync/atomic"

// Budget counts what the replies of all sessions hold in memory. Its methods may be
// called with the session locked: they must not block and must not call the session.
type Budget interface {
	// Take counts more bytes for an owner; false if it may not have them. The owner ""
	// is never refused: polls and listens have bounds of their own.
	Take(owner string, bytes int) bool
	// Give uncounts bytes that were taken.
	Give(owner string, bytes int)
}

// noBudget is the default.
type noBudget struct{}

func (noBudget) Take(string, int) bool { return true }
func (noBudget) Give(string, int)      {}

// heldFrom is the size from which the rows of a call are counted, in bytes. Smaller ones
// are bounded by the number of connections and sessions.
const heldFrom = 4 << 10

// hold sets how many bytes the call holds; mu is held. It returns false, and changes
// nothing, where its owner may not have so many.
func (c *Call) hold(bytes int) bool {
	if bytes < heldFrom || c.class == Probe { // nobody may wait for a probe; its limit is small
		bytes = 0
	}
	switch more := bytes - c.held; {
	case more > 0 && !c.s.budget.Take(c.name, more):
		return false
	case more < 0:
		c.s.budget.Give(c.name, -more)
	}
	c.held = bytes
	return true
}

// drop discards rows that nobody will read; mu is held.
func (c *Call) drop() {
	c.rows, c.len = nil, 0
	c.hold(0)
}

// holding is what a reply holds, until all who have it have released it.
type holding struct {
	budget Budget
	owner  string
	bytes  int
	users  atomic.Int64
}

// Share lets n more users have the reply, each of which must release it.
func (r *Reply) Share(n int) {
	if r.holding != nil {
		r.holding.users.Add(int64(n))
	}
}

// Release tells that the rows are no longer in use. Each user of a reply must call it
// once; until then, they count as held in memory. The receiver may be nil.
func (r *Reply) Release() {
	if r == nil || r.holding == nil {
		return
	}
	if h := r.holding; h.users.Add(-1) == 0 {
		h.budget.Give(h.owner, h.bytes)
	}
}

// Hold makes Release give back bytes that the caller has taken from a budget for this
// reply. It is for replies that were not read from a session.
func (r *Reply) Hold(budget Budget, owner string, bytes int) {
	r.holding = &holding{budget: budget, owner: owner, bytes: bytes}
	r.Share(1)
}
