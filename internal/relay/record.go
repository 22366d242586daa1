package relay

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// The answer to a command is records, each with its kind and its length.
const (
	recordMenu = 'm' // path, error or nothing: what follows is of this menu
	recordPage = 'p' // name of the code page; before the first row
	recordSize = 's' // bytes of all rows that follow
	recordRows = 'r' // whole sentences
	recordDone = 'd' // the !done, whether the time is known, how long ago it came
)

// maxRecord limits one record, in bytes. A sentence of a router is smaller.
const maxRecord = 33 << 20

func writeRecord(out *Answer, kind byte, content []byte) error {
	head := appendNumber([]byte{kind}, uint64(len(content)))
	if _, err := out.Write(head); err != nil {
		return err
	}
	_, err := out.Write(content)
	return err
}

func writePage(out *Answer, page charset.Page) error {
	return writeRecord(out, recordPage, []byte(page.Name()))
}

// writeRows writes rows in records of about a piece.
func writeRows(out *Answer, rows proto.Sentences) error {
	for len(rows) > 0 {
		whole := rows
		for len(rows) > 0 && len(whole)-len(rows) < pieceSize {
			_, rows = rows.Cut()
		}
		if err := writeRecord(out, recordRows, whole[:len(whole)-len(rows)]); err != nil {
			return err
		}
	}
	return nil
}

func writeDone(out *Answer, done proto.Sentence, answered time.Time) error {
	b := appendFlag(appendText(nil, done), !answered.IsZero())
	if !answered.IsZero() {
		b = appendDuration(b, time.Since(answered))
	}
	return writeRecord(out, recordDone, b)
}

// writeReply writes a whole reply; nil is none.
func writeReply(out *Answer, reply *routeros.Reply) error {
	if reply == nil {
		return nil
	}
	if err := writePage(out, reply.Page); err != nil {
		return err
	}
	if len(reply.Rows) > pieceSize {
		if err := writeRecord(out, recordSize, appendNumber(nil, uint64(len(reply.Rows)))); err != nil {
			return err
		}
	}
	if err := writeRows(out, reply.Rows); err != nil {
		return err
	}
	return writeDone(out, reply.Done, reply.Answered)
}

// records reads the records of an answer.
type records struct {
	next func() ([]byte, error) // the next piece of the answer, see incoming
	rest []byte                 // arrived and not read
}

// read returns the next record, which does not change later. At the end of the answer the
// error is that of next.
func (r *records) read() (kind byte, content []byte, err error) {
	for {
		if f := (fields{rest: r.rest}); len(r.rest) > 0 {
			kind = f.byte()
			length := f.number()
			if !f.malformed && length > maxRecord {
				return 0, nil, fmt.Errorf("%w: a record of %d bytes", errMalformed, length)
			}
			if !f.malformed && length <= uint64(len(f.rest)) {
				r.rest = f.rest[length:]
				return kind, f.rest[:length:length], nil
			}
		}
		piece, err := r.next()
		switch {
		case errors.Is(err, errEnd) && len(r.rest) > 0:
			return 0, nil, fmt.Errorf("%w: it ends inside a record", errMalformed)
		case err != nil:
			return 0, nil, err
		case len(r.rest) == 0:
			r.rest = piece[:len(piece):len(piece)]
		default:
			r.rest = append(r.rest, piece...) // behind what was returned before
		}
	}
}

// readPage returns the page of a record.
func readPage(content []byte) (charset.Page, error) {
	page, err := charset.Lookup(string(content))
	if err != nil {
		return page, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return page, nil
}

// readRows returns the rows of a record and their number.
func readRows(content []byte) (rows proto.Sentences, n int, err error) {
	rows = proto.Sentences(content)
	n, ok := rows.Count()
	if !ok {
		return nil, 0, fmt.Errorf("%w: rows", errMalformed)
	}
	return rows, n, nil
}

// readDone returns a copy of the !done of a record, and when it came, by the clock of this
// instance.
func readDone(content []byte) (done proto.Sentence, answered time.Time, err error) {
	f := fields{rest: content}
	text := f.bytes()
	if f.flag() {
		answered = time.Now().Add(-f.duration())
	}
	if err := f.err(); err != nil || len(text) == 0 {
		return nil, answered, err
	}
	list := append(bytes.Clone(text), 0)
	if n, ok := proto.Sentences(list).Count(); !ok || n != 1 {
		return nil, answered, fmt.Errorf("%w: the end of a reply", errMalformed)
	}
	return proto.Sentence(list[:len(text):len(text)]), answered, nil
}
