package relay

import (
	"errors"
	"fmt"
	"io"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// stream is a command at another instance whose rows are read as they arrive. It
// implements [device.Stream]. Its consumer is one goroutine, which must call Cancel when it
// stops before the end.
type stream struct {
	in *incoming
	records

	page charset.Page
	done proto.Sentence
}

// begin waits until the router was sent the command. The error is why it was not.
func (s *stream) begin() error {
	kind, content, err := s.read()
	switch {
	case errors.Is(err, errEnd):
		return fmt.Errorf("%w: it is empty", errMalformed)
	case err != nil:
		return err
	case kind != recordPage:
		return fmt.Errorf("%w: a record of kind %q", errMalformed, kind)
	}
	s.page, err = readPage(content)
	return err
}

// Next waits for rows, see [routeros.Call.Next]. It does not use buf: rows stay as they
// arrived.
func (s *stream) Next(proto.Sentences) (rows proto.Sentences, n int, err error) {
	for {
		kind, content, err := s.read()
		if errors.Is(err, errEnd) {
			err = io.EOF
		}
		if err != nil {
			return nil, 0, err
		}
		switch kind {
		case recordRows:
			rows, n, err = readRows(content)
		case recordDone:
			s.done, _, err = readDone(content)
		default:
			err = fmt.Errorf("%w: a record of kind %q", errMalformed, kind)
		}
		if err != nil {
			s.Cancel(err)
			return nil, 0, err
		}
		if n > 0 {
			return rows, n, nil
		}
	}
}

// Done is the closing !done once Next has returned io.EOF, nil before.
func (s *stream) Done() proto.Sentence { return s.done }

// Page is the code page of text in the rows that is not UTF-8.
func (s *stream) Page() charset.Page { return s.page }

// Cancel ends the command: it is cancelled at the router, and Next returns cause.
func (s *stream) Cancel(cause error) { s.in.discard(cause) }
