package routeros

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Run sends one command and waits for its whole answer, or until ctx ends. A
// refusal is a [*TrapError], returned together with the rows that came before it.
func (s *Session) Run(ctx context.Context, words ...string) (*Reply, error) {
	c, err := s.Start(ctx, words...)
	if err != nil {
		return nil, err
	}
	return c.Wait()
}

// Start sends one command and returns at once. The call lives until the router
// has finished it or ctx ends, whichever is first; the caller must make sure that
// one of them happens. Words must not be empty, must not be tags, and must not be
// changed before the command has ended.
func (s *Session) Start(ctx context.Context, words ...string) (*Call, error) {
	calls, err := s.StartAll(ctx, Command{Words: words})
	if err != nil {
		return nil, err
	}
	return calls[0], nil
}

// Command is one command for StartAll.
type Command struct {
	Words []string
	Class Class
	// Owner is who the command is for, such as the name of an API key. Owners share the
	// session: each has at most half of its places, of its queue and of its streams, less
	// where others have some. The empty one, which is the program itself, has no such limit.
	Owner string
	// Buf is the buffer for the rows, which overwrite it; nil for a new one. Reusing
	// the rows of an earlier reply saves a poller of large tables the growing.
	Buf proto.Sentences
	// Limit is the maximum of unread rows in bytes; 0 for Options.ReplyLimit.
	Limit int
	// Patient says that silence means nothing: a listen speaks when something changes.
	// See [Session.Quiet].
	Patient bool
	// Detached commands do not end with the context of StartAll: whoever starts one has to
	// cancel it, or the session ends it.
	Detached bool
	// Ended, if not nil, is called when the call has its result, and again when the
	// router sends its !done for a call that was cancelled before. It is called with
	// the session locked: it must not block and must not call the session.
	Ended func()
	// Arrived, if not nil, is called when there is something to take after [Call.Take]
	// found nothing: rows, or the end. It is called with the session locked, as Ended is.
	Arrived func()
}

// StartAll sends several commands in one write, so that together they cost one
// round trip. Commands beyond Options.MaxInFlight are queued and sent one by one
// as others end. If the queue has no room for all of them, none is sent and the
// error is [ErrBusy]. Any other error is a [*NotSentError]. All commands must have the
// same Owner.
func (s *Session) StartAll(ctx context.Context, commands ...Command) ([]*Call, error) {
	if ctx.Err() != nil {
		return nil, &NotSentError{context.Cause(ctx)}
	}
	for _, cmd := range commands {
		if err := checkWords(cmd.Words); err != nil {
			return nil, &NotSentError{err}
		}
	}
	if len(commands) == 0 {
		return nil, nil
	}
	calls := newCalls(commands)
	w := watchOf(ctx, commands)
	s.mu.Lock()
	defer s.unlock()
	if s.err != nil {
		return nil, &NotSentError{s.err}
	}
	if !s.scheduler.admits(commands) {
		for _, cmd := range commands {
			s.observer.Command(cmd.Class, Busy, 0, 0)
		}
		return nil, ErrBusy
	}
	now := time.Now()
	for i, cmd := range commands {
		s.lastTag++
		c := calls[i]
		*c = Call{
			s: s, tag: s.lastTag, class: cmd.Class, name: cmd.Owner, limit: cmp.Or(cmd.Limit, s.replyLimit),
			words: cmd.Words, ended: cmd.Ended, arrived: cmd.Arrived, patient: cmd.Patient, joined: i > 0, rows: cmd.Buf[:0], begun: now,
		}
		if !cmd.Detached {
			c.watch = w
		}
		// Registered before a byte is sent: a fast answer must find its call.
		s.calls[c.tag] = c
		s.scheduler.enqueue(c)
	}
	if w != nil {
		w.stop = context.AfterFunc(ctx, func() {
			for _, c := range calls {
				if c.watch == w {
					c.abandon(context.Cause(ctx))
				}
			}
		})
	}
	s.sendWaiting()
	return calls, nil
}

// newCalls makes the calls of commands. Those that end soon live together in one
// allocation, which streams would keep in memory.
func newCalls(commands []Command) []*Call {
	calls := make([]*Call, len(commands))
	short := len(commands)
	for i, cmd := range commands {
		if cmd.Class == Streaming {
			calls[i] = new(Call)
			short--
		}
	}
	together := make([]Call, short)
	for i, c := range calls {
		if c == nil {
			calls[i], together = &together[0], together[1:]
		}
	}
	return calls
}

// watchOf returns the watch of the commands that end with ctx; nil if there is none, or
// if ctx cannot end.
func watchOf(ctx context.Context, commands []Command) *watch {
	bound := 0
	for _, cmd := range commands {
		if !cmd.Detached {
			bound++
		}
	}
	if bound == 0 || ctx.Done() == nil {
		return nil
	}
	return &watch{open: bound}
}

// checkWords refuses words that would end the sentence early or give it a second
// tag. The HTTP side checks as well, with better messages.
func checkWords(words []string) error {
	if len(words) == 0 || words[0] == "" || words[0][0] != '/' {
		return errors.New("a command must begin with a path such as /system/resource/print")
	}
	for _, w := range words {
		if w == "" {
			return errors.New("an empty word would end the command")
		}
		if len(w) >= 4 && w[:4] == ".tag" {
			return errors.New("a command must not contain a tag: the session sets it")
		}
	}
	return nil
}
