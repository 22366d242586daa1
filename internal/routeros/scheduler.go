package routeros

import "slices"

// Class is the kind of a command, which decides when it is sent.
type Class uint8

const (
	// Foreground commands are those that a person or a script waits for.
	Foreground Class = iota
	// Background commands are polls. They are sent when no foreground command is
	// queued, and leave one of MaxInFlight free for the next foreground command.
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
	MaxQueued   int
}

// scheduler limits what a session asks of its router at the same time: small
// boards drop streams beyond a few, and large ones have been seen to stall all
// connections after bursts. It is guarded by Session.mu.
type scheduler struct {
	maxInFlight, maxStreams, maxQueue int // static; see Options

	atOnce     []*Call // streaming and probe commands, until the next flush
	foreground []*Call // queues, in order
	background []*Call
	inFlight   int
	streams    int
}

// admits reports whether all commands can be sent or queued.
func (q *scheduler) admits(commands []Command) bool {
	queue, streams := q.maxQueue-len(q.foreground)-len(q.background)+max(0, q.maxInFlight-q.inFlight), q.maxStreams-q.streams
	for _, c := range commands {
		switch c.Class {
		case Streaming:
			streams--
		case Foreground, Background:
			queue--
		}
	}
	return queue >= 0 && streams >= 0
}

// enqueue adds a call to its queue.
func (q *scheduler) enqueue(c *Call) {
	switch c.class {
	case Background:
		q.background = append(q.background, c)
	case Streaming:
		q.streams++
		q.atOnce = append(q.atOnce, c)
	case Probe:
		q.atOnce = append(q.atOnce, c)
	default:
		q.foreground = append(q.foreground, c)
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
	if len(q.foreground) > 0 {
		if q.inFlight >= q.maxInFlight {
			return nil
		}
		c := q.foreground[0]
		q.foreground = slices.Delete(q.foreground, 0, 1)
		q.inFlight++
		return c
	}
	if len(q.background) > 0 && q.inFlight < max(1, q.maxInFlight-1) {
		c := q.background[0]
		q.background = slices.Delete(q.background, 0, 1)
		q.inFlight++
		return c
	}
	return nil
}

// withdraw removes a call from its queue.
func (q *scheduler) withdraw(c *Call) {
	is := func(other *Call) bool { return other == c }
	q.foreground = slices.DeleteFunc(q.foreground, is)
	q.background = slices.DeleteFunc(q.background, is)
}

// release is called when a call that was sent has ended.
func (q *scheduler) release(class Class) {
	switch class {
	case Streaming:
		q.streams--
	case Foreground, Background:
		q.inFlight--
	}
}

func (q *scheduler) load() Load {
	return Load{
		InFlight: q.inFlight, MaxInFlight: q.maxInFlight,
		Streams: q.streams, MaxStreams: q.maxStreams,
		Queued: len(q.foreground) + len(q.background), MaxQueued: q.maxQueue,
	}
}

// clear removes all calls: the session has ended.
func (q *scheduler) clear() {
	q.atOnce, q.foreground, q.background = nil, nil, nil
	q.inFlight, q.streams = 0, 0
}
