package routeros

import "slices"

// Class is the kind of a command, which decides when it is sent.
type Class uint8

const (
	// Foreground commands are those that a person or a script waits for.
	Foreground Class = iota
	// Background commands are polls.
	Background
	// Streaming commands go on until they are cancelled. They are limited by
	// MaxStreams and never queued, since nobody knows when a stream ends.
	Streaming
	// Probe commands ask whether the router still answers. They are sent whatever
	// is in flight, since that may never end.
	Probe
)

// Load is how many commands a session has, and may have.
type Load struct {
	InFlight    int // foreground and background commands that were sent
	MaxInFlight int
	Streams     int // streaming commands
	MaxStreams  int
	Queued      int // commands that are not sent yet
	MaxQueued   int // of foreground commands, and as many of background commands
}

// scheduler limits what a session asks of its router at the same time: small
// boards drop streams beyond a few, and large ones have been seen to stall all
// connections after bursts. It is guarded by Session.mu.
//
// One of maxInFlight is always free for polls, another one for foreground commands,
// and half of maxStreams for the listens of polls. The rest is shared by the owners of
// foreground and streaming commands, see [owner.share]; those that wait are sent in
// turns. Commands that were started together are one round trip where there are places.
// With a maxInFlight of one, foreground commands and polls take turns.
type scheduler struct {
	maxInFlight, maxStreams, maxQueue int // static; see Options

	atOnce     []*Call  // streaming and probe commands, until the next flush
	owners     []*owner // of foreground and streaming commands; first the one whose turn is next
	spare      *owner   // for the next one; may be nil
	background []*Call  // queue, in order

	foreground int  // queued foreground commands of all owners
	inFlight   int  // foreground commands that were sent
	polls      int  // background commands that were sent
	streams    int  // streaming commands
	shared     int  // of those, with an owner that has a name
	yields     bool // with a maxInFlight of one, the next turn is that of the polls
}

// owner is who has foreground or streaming commands at a router; see Command.Owner.
type owner struct {
	name     string
	queue    []*Call // foreground commands, in order
	inFlight int     // foreground commands that were sent
	streams  int
}

// share is how many more an owner may take who has own, where so many are free: no
// more than are left for others. So one owner gets half, and as many owners as come
// find something left.
func (o *owner) share(own, free int) int {
	if o.name == "" {
		return max(0, free)
	}
	return max(0, (free-own+1)/2)
}

// admits reports whether all commands can be sent or queued. They have one owner.
func (q *scheduler) admits(commands []Command) bool {
	var foreground, background, streams int
	for _, c := range commands {
		switch c.Class {
		case Foreground:
			foreground++
		case Background:
			background++
		case Streaming:
			streams++
		}
	}
	if background > 0 && background > q.maxQueue-len(q.background)+max(0, q.freePolls()) {
		return false
	}
	if foreground == 0 && streams == 0 {
		return true
	}
	o := q.ownerOf(commands[0].Owner)
	defer q.forget(o)
	queue := o.share(len(o.queue), q.maxQueue-q.foreground) + o.share(o.inFlight, q.freeForeground())
	return foreground <= queue && streams <= min(o.share(o.streams, q.freeStreams(o)+1), q.freeStreams(o))
}

// freeForeground and freePolls are how many more may be sent, less than zero included.
func (q *scheduler) freeForeground() int {
	return min(q.maxInFlight-q.polls, max(1, q.maxInFlight-1)) - q.inFlight
}

func (q *scheduler) freePolls() int {
	return min(q.maxInFlight-q.inFlight, max(1, q.maxInFlight-1)) - q.polls
}

// freeStreams is how many streams owners like this one may open.
func (q *scheduler) freeStreams(o *owner) int {
	free := q.maxStreams - q.streams
	if o.name == "" {
		return free
	}
	return min(free, q.maxStreams-q.maxStreams/2-q.shared)
}

// ownerOf returns the owner with a name, a new one behind the others. forget must
// follow once it has less than before.
func (q *scheduler) ownerOf(name string) *owner {
	for _, o := range q.owners {
		if o.name == name {
			return o
		}
	}
	o := q.spare
	if q.spare = nil; o == nil {
		o = new(owner)
	}
	o.name = name
	q.owners = append(q.owners, o)
	return o
}

// forget removes an owner without commands.
func (q *scheduler) forget(o *owner) {
	if len(o.queue) > 0 || o.inFlight > 0 || o.streams > 0 {
		return
	}
	i := slices.Index(q.owners, o)
	q.owners = slices.Delete(q.owners, i, i+1)
	if cap(o.queue) > 16 { // idle sessions hold little
		o.queue = nil
	}
	q.spare = o
}

// enqueue adds a call to its queue.
func (q *scheduler) enqueue(c *Call) {
	switch c.class {
	case Background:
		q.background = append(q.background, c)
	case Streaming:
		c.owner = q.ownerOf(c.name)
		c.owner.streams++
		q.countStream(c.owner, 1)
		q.atOnce = append(q.atOnce, c)
	case Probe:
		q.atOnce = append(q.atOnce, c)
	default:
		c.owner = q.ownerOf(c.name)
		c.owner.queue = append(c.owner.queue, c)
		q.foreground++
	}
}

func (q *scheduler) countStream(o *owner, n int) {
	q.streams += n
	if o.name != "" {
		q.shared += n
	}
}

// next removes the call to be sent next from its queue and returns it, nil if none
// may be sent now.
func (q *scheduler) next() *Call {
	if len(q.atOnce) > 0 {
		c := q.atOnce[0]
		q.atOnce = slices.Delete(q.atOnce, 0, 1)
		return c
	}
	if c := q.nextForeground(); c != nil {
		return c
	}
	if len(q.background) == 0 || q.freePolls() <= 0 {
		return nil
	}
	c := q.background[0]
	q.background = slices.Delete(q.background, 0, 1)
	q.polls++
	q.yields = false
	return c
}

// nextForeground is next for foreground commands. Their owner has the last turn then.
func (q *scheduler) nextForeground() *Call {
	free := q.freeForeground()
	if q.foreground == 0 || free <= 0 || q.yields && len(q.background) > 0 {
		return nil
	}
	for i, o := range q.owners {
		if len(o.queue) == 0 || o.share(o.inFlight, free) == 0 && !o.queue[0].joined {
			continue
		}
		c := o.queue[0]
		o.queue = slices.Delete(o.queue, 0, 1)
		o.inFlight++
		q.foreground--
		q.inFlight++
		q.yields = q.maxInFlight == 1
		copy(q.owners[i:], q.owners[i+1:])
		q.owners[len(q.owners)-1] = o
		return c
	}
	return nil
}

// withdraw removes a call from its queue.
func (q *scheduler) withdraw(c *Call) {
	is := func(other *Call) bool { return other == c }
	switch c.class {
	case Foreground:
		c.owner.queue = slices.DeleteFunc(c.owner.queue, is)
		q.foreground--
		q.forget(c.owner)
	case Background:
		q.background = slices.DeleteFunc(q.background, is)
	}
}

// release is called when a call that was sent has ended.
func (q *scheduler) release(c *Call) {
	switch c.class {
	case Streaming:
		c.owner.streams--
		q.countStream(c.owner, -1)
		q.forget(c.owner)
	case Foreground:
		c.owner.inFlight--
		q.inFlight--
		q.forget(c.owner)
	case Background:
		q.polls--
	}
}

func (q *scheduler) load() Load {
	return Load{
		InFlight: q.inFlight + q.polls, MaxInFlight: q.maxInFlight,
		Streams: q.streams, MaxStreams: q.maxStreams,
		Queued: q.foreground + len(q.background), MaxQueued: q.maxQueue,
	}
}

// clear removes all calls: the session has ended.
func (q *scheduler) clear() {
	*q = scheduler{maxInFlight: q.maxInFlight, maxStreams: q.maxStreams, maxQueue: q.maxQueue}
}
