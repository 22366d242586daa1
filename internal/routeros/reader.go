package routeros

import (
	"errors"
	"io"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// read is the reader goroutine. It takes the lock once for all sentences that
// one read from the socket has completed.
func (s *Session) read(r *proto.Reader) error {
	for {
		idle, err := s.dispatchAll(r)
		if err != nil {
			return err
		}
		if idle {
			r.Release()
		}
		if err := r.Fill(); err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("the router closed the connection")
			} else if errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.New("the router closed the connection inside a reply")
			}
			return &LinkError{Step: "read", Err: err}
		}
	}
}

// dispatchAll dispatches all sentences that have arrived whole. It reports whether
// no answer is expected now, streams aside.
func (s *Session) dispatchAll(r *proto.Reader) (idle bool, err error) {
	s.mu.Lock()
	defer s.unlock()
	if s.err != nil {
		return false, s.err
	}
	for n := 0; ; n++ {
		sentence, err := r.Take()
		if err != nil {
			return false, &LinkError{Step: "read", Err: err}
		}
		if sentence == nil {
			s.received = time.Now()
			if n > 0 {
				s.heard = s.received
			}
			return s.scheduler.inFlight+s.scheduler.polls == 0, nil
		}
		if name := sentence.Name(); len(name) == 0 || name[0] != '!' {
			return false, &LinkError{Step: "read", Err: &proto.Error{Offset: r.Offset(), Detail: "a sentence with no reply word"}}
		}
		if err := s.dispatch(sentence); err != nil {
			return false, err
		}
	}
}

// dispatch gives one sentence to its call; mu is held. Sentences without a call
// are ignored: they answer a /cancel, or a call that was reaped. So are unknown
// reply words: !empty, new in RouterOS 7.18, says no more than the !done after it.
// A sentence that begins with anything else is no reply: bytes of another protocol
// have swallowed a row or a trap, and a list without it would look as if it were whole.
func (s *Session) dispatch(sentence proto.Sentence) error {
	name := sentence.Name()
	if string(name) == "!fatal" {
		return fatalOf(sentence, s.page)
	}
	tag, ok := parseTag(sentence.Tag())
	if !ok {
		return nil
	}
	c := s.calls[tag]
	if c == nil {
		return nil
	}
	switch string(name) {
	case "!re":
		c.addRow(sentence)
	case "!trap":
		c.addTrap(trapOf(sentence, s.page))
	case "!done":
		c.finishDone(sentence)
		s.release(c)
	}
	return nil
}

// release removes a call that was sent from the table and sends what may be sent
// in its place; mu is held and err is nil.
func (s *Session) release(c *Call) {
	delete(s.calls, c.tag)
	c.settle()
	s.scheduler.release(c)
	s.sendWaiting()
}

func parseTag(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}
