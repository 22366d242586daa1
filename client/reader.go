package client

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// scanner reads the lines of a body, each of Options.MaxAnswer at most.
func (c *Client) scanner(body io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(body)
	s.Buffer(make([]byte, 0, min(64<<10, c.opts.MaxAnswer)), c.opts.MaxAnswer)
	return s
}

// ended is the error of an answer that ended before it was complete.
func ended(err error) error {
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	if errors.Is(err, bufio.ErrTooLong) {
		return &Error{Code: CodeTooLarge, Message: "a line of the answer is too long", Err: err}
	}
	return fmt.Errorf("the answer ended early: %w", err)
}

// frame is one event of a stream as it came.
type frame struct {
	name, id string
	data     []byte
	retry    time.Duration // how long to wait before the next connection; 0 if nothing was said
}

// frames reads the events of a stream.
type frames struct {
	lines *bufio.Scanner
	most  int // bytes of data
}

// next returns the next event that has data; its bytes are valid until the next call.
func (r *frames) next() (frame, error) {
	var f frame
	for r.lines.Scan() {
		line := r.lines.Bytes()
		if len(line) == 0 {
			if len(f.data) > 0 {
				return f, nil
			}
			f = frame{retry: f.retry}
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "data":
			if len(f.data)+len(value) >= r.most {
				return f, ended(bufio.ErrTooLong)
			}
			if len(f.data) > 0 {
				f.data = append(f.data, '\n')
			}
			f.data = append(f.data, value...)
		case "event":
			f.name = string(value)
		case "id":
			f.id = string(value)
		case "retry":
			if ms, err := strconv.ParseUint(string(value), 10, 31); err == nil {
				f.retry = time.Duration(ms) * time.Millisecond
			}
		}
	}
	return frame{}, ended(r.lines.Err())
}
