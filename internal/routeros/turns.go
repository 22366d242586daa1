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
	// Standing commands go on until they are cancelled. They have places of
	// their own and never wait for one: nobody knows when one would be free.
	Standing
	// Urgent commands are sent whatever is in flight. They ask whether the
	// router is still there, which must not wait for what may never end.
	Urgent
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

// turns keeps what a session may ask of its router at the same time within
// bounds: small boards lose streams beyond a few, and large ones have been seen
// to stall all connections after bursts. It is guarded by Session.mu.
type turns struct {
	opts       Options
	atOnce     []*Call // standing and urgent ones, which do not wait
	foreground []*Call // waiting, in order
	background []*Call
	inFlight   int
	streams    int
}

// room reports whether all the commands may be sent or wait.
func (t *turns) room(commands []Command) bool {
	queue, streams := t.opts.MaxQueue-len(t.foreground)-len(t.background)+max(0, t.opts.MaxInFlight-t.inFlight), t.opts.MaxStreams-t.streams
	for _, c := range commands {
		switch c.Class {
		case Standing:
			streams--
		case Foreground, Background:
			queue--
		}
	}
	return queue >= 0 && streams >= 0
}

// wait puts a call in its line.
func (t *turns) wait(c *Call) {
	switch c.class {
	case Background:
		t.background = append(t.background, c)
	case Standing:
		t.streams++
		t.atOnce = append(t.atOnce, c)
	case Urgent:
		t.atOnce = append(t.atOnce, c)
	default:
		t.foreground = append(t.foreground, c)
	}
}

// next takes the call whose turn it is, nil where all have to wait.
func (t *turns) next() *Call {
	if len(t.atOnce) > 0 {
		c := t.atOnce[0]
		t.atOnce = slices.Delete(t.atOnce, 0, 1)
		return c
	}
	if len(t.foreground) > 0 {
		if t.inFlight >= t.opts.MaxInFlight {
			return nil
		}
		c := t.foreground[0]
		t.foreground = slices.Delete(t.foreground, 0, 1)
		t.inFlight++
		return c
	}
	if len(t.background) > 0 && t.inFlight < max(1, t.opts.MaxInFlight-1) {
		c := t.background[0]
		t.background = slices.Delete(t.background, 0, 1)
		t.inFlight++
		return c
	}
	return nil
}

// withdraw takes a waiting call out of its line.
func (t *turns) withdraw(c *Call) {
	is := func(other *Call) bool { return other == c }
	t.foreground = slices.DeleteFunc(t.foreground, is)
	t.background = slices.DeleteFunc(t.background, is)
}

// over frees the place of a call that was sent.
func (t *turns) over(class Class) {
	switch class {
	case Standing:
		t.streams--
	case Foreground, Background:
		t.inFlight--
	}
}

func (t *turns) load() Load {
	return Load{
		InFlight: t.inFlight, MaxInFlight: t.opts.MaxInFlight,
		Streams: t.streams, MaxStreams: t.opts.MaxStreams,
		Queued: len(t.foreground) + len(t.background), MaxQueued: t.opts.MaxQueue,
	}
}
