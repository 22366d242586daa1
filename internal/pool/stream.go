package pool

import (
	"context"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Stream is one command whose rows are read as they arrive. Its consumer is one
// goroutine, which must call Cancel when it stops before the end.
type Stream struct {
	link    *Link
	ctx     context.Context // of the command
	cancel  context.CancelCauseFunc
	command routeros.Command
	call    *routeros.Call // on the current session
}

// Stream sends one command whose rows are read as they arrive. It ends with
// [routeros.ErrReplyTooLarge] if more than command.Limit bytes of rows are unread.
func (l *Link) Stream(ctx context.Context, command routeros.Command) (*Stream, error) {
	command.Class = routeros.Streaming
	s := &Stream{link: l, command: command}
	if !isRead(command.Words) {
		s.command = l.change(s.command)
	}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	if err := s.start(); err != nil {
		s.cancel(err)
		return nil, err
	}
	return s, nil
}

func (s *Stream) start() error {
	calls, err := s.link.StartAll(s.ctx, s.command)
	if err == nil {
		s.call = calls[0]
	}
	return err
}

// Next waits for rows; see [routeros.Call.Next]. If the session ended before the
// command was sent, it is sent on the next session.
func (s *Stream) Next(buf proto.Sentences) (rows proto.Sentences, n int, err error) {
	for {
		rows, n, err = s.call.Next(buf)
		if moves(s.ctx, err) {
			if err = s.start(); err == nil {
				continue
			}
		}
		if err != nil {
			s.cancel(err)
		}
		return rows, n, err
	}
}

// Done is the closing !done once Next has returned io.EOF, nil before.
func (s *Stream) Done() proto.Sentence { return s.call.Done() }

// Page is the code page of text in the rows that is not UTF-8.
func (s *Stream) Page() charset.Page { return s.call.Page() }

// Cancel ends the command: it sends /cancel to the router, and Next returns cause.
func (s *Stream) Cancel(cause error) {
	s.cancel(cause)
	s.call.Discard(cause)
}
