package routeros

import "slices"

// Class is whom a command serves, which decides when it gets its turn.
type Class uint8

const (
	// Foreground commands are those that a person or a script waits for.
	Foreground Class = iota
	// Background commands, the polls, get their turn when no foreground command
	// waits, and leave one place in flight free for the next one.
	Background
	// Streaming commands go on until they are cancelled. They have places of
	// their own and never wait for one: nobody knows when one would be free.
	Streaming
	// Probe commands are sent whatever is in flight. They ask whether the
	// router is still there, which must not wait for what may never end.
	Probe
)

// Load is how much is under way on a session.
type Load struct {
	InFlight    int // commands at the router, without standing ones
	MaxInFlight int
	Streams     int // standing commands
	MaxStreams  int
	Queued      int // commands that wait for their turn
	MaxQueued   int
}

// scheduler keeps what a session may ask of its router at the same time within
// bounds: small boards lose streams beyond a few, and large ones have been seen
// to stall all connections after bursts. It is guarded by Session.mu.
type scheduler struct {
	maxInFlight, maxStreams, maxQueue int // static; see Options

	atOnce     []*Call // standing and urgent ones, which do not wait
	foreground []*Call // waiting, in order
	background []*Call
	inFlight   int
	streams    int
}

// admits reports whether all the commands may be sent or wait.
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

// enqueue puts a call in its line.
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

// next takes the call whose turn it is, nil where all have to wait.
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

// withdraw takes a waiting call out of its line.
func (q *scheduler) withdraw(c *Call) {
	is := func(other *Call) bool { return other == c }
	q.foreground = slices.DeleteFunc(q.foreground, is)
	q.background = slices.DeleteFunc(q.background, is)
}

// release frees the place of a call that was sent.
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

// clear forgets all calls: their session has ended.
func (q *scheduler) clear() {
	q.atOnce, q.foreground, q.background = nil, nil, nil
	q.inFlight, q.streams = 0, 0
}
