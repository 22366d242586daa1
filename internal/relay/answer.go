package relay

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Answer is the answer to a request at work. Its writer is one goroutine.
type Answer struct {
	// Static after construction.
	nc     *nats.Conn
	reply  string // subject of the frames to the requester
	ctx    context.Context
	cancel context.CancelCauseFunc
	wake   chan struct{} // frames were taken

	buf    []byte // written and not sent; of the writer
	number uint64 // of the last frame; of the writer

	mu     sync.Mutex
	taken  uint64    // number of the last frame that the requester has taken; guarded by mu
	silent int       // looks since the last sign of life of the requester; guarded by mu
	spoke  time.Time // the last one to it; guarded by mu
}

func newAnswer(nc *nats.Conn, reply string) *Answer {
	a := &Answer{nc: nc, reply: reply, wake: make(chan struct{}, 1), spoke: time.Now()}
	a.ctx, a.cancel = context.WithCancelCause(context.Background())
	return a
}

// serve does the work and sends how it ended.
func (a *Answer) serve(work Work) {
	defer a.cancel(nil)
	a.end(a.try(work))
}

// try makes an error of a panic: a command of another instance must not end this one.
func (a *Answer) try(work Work) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return work(a.ctx, a)
}

// Write appends to the answer. It waits while the requester takes nothing, until the
// context of the work ends.
func (a *Answer) Write(b []byte) (int, error) {
	a.buf = append(a.buf, b...)
	for len(a.buf) >= pieceSize {
		if err := a.send(a.buf[:pieceSize]); err != nil {
			return 0, err
		}
		a.buf = append(a.buf[:0], a.buf[pieceSize:]...)
	}
	return len(b), nil
}

// Flush sends what was written.
func (a *Answer) Flush() error {
	if len(a.buf) == 0 {
		return nil
	}
	if err := a.send(a.buf); err != nil {
		return err
	}
	a.buf = a.buf[:0]
	return nil
}

// send sends a piece, when the requester has taken enough.
func (a *Answer) send(piece []byte) error {
	for !a.room() {
		select {
		case <-a.wake:
		case <-a.ctx.Done():
			return context.Cause(a.ctx)
		}
	}
	a.number++
	return a.publish(appendBody(appendNumber([]byte{frameData}, a.number), piece))
}

// room reports whether one more frame may be under way.
func (a *Answer) room() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.number < a.taken+window
}

// end sends how the work ended, with the rest of the answer if nobody has cancelled it.
// The last frame needs no room.
func (a *Answer) end(err error) {
	if context.Cause(a.ctx) != nil {
		a.buf = nil
	}
	a.number++
	frame := appendText(appendNumber([]byte{frameEnd}, a.number), appendError(nil, err))
	_ = a.publish(appendBody(frame, a.buf)) // a requester that does not get it notices the silence
}

func (a *Answer) publish(frame []byte) error {
	a.mu.Lock()
	a.spoke = time.Now()
	a.mu.Unlock()
	return a.nc.Publish(a.reply, frame)
}

// frame takes a frame of the requester.
func (a *Answer) frame(data []byte) {
	a.mu.Lock()
	a.silent = 0
	a.mu.Unlock()
	f := fields{rest: data}
	switch f.byte() {
	case frameTaken:
		taken := f.number()
		a.mu.Lock()
		a.taken = max(a.taken, taken)
		a.mu.Unlock()
		signal(a.wake)
	case frameCancel:
		cause := decodeError(f.rest, nil)
		if cause == nil {
			cause = context.Canceled
		}
		a.cancel(causeError{cause})
	}
}

// errGone is why the work for a requester that shows no sign of life is cancelled.
var errGone = errors.New("the instance that asked shows no sign of life")

// look cancels the work if the requester is gone.
func (a *Answer) look(now time.Time, timing Timing) {
	a.mu.Lock()
	a.silent++
	gone := a.silent >= timing.looks(timing.Gone)
	quiet := now.Sub(a.spoke) >= timing.tick()
	a.mu.Unlock()
	if gone {
		a.cancel(errGone)
	}
	if quiet {
		_ = a.publish([]byte{frameAlive})
	}
}
