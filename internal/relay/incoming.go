package relay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// incoming is an answer that arrives. Its consumer is one goroutine, which calls next and
// at the end discard.
type incoming struct {
	// Static after construction.
	client   *Client
	id       string
	instance string // that answers
	what     string // that was asked, for errors
	control  string // subject of the request and of all frames to the instance
	wake     chan struct{}

	mu     sync.Mutex
	held   held        // the frames in queue; guarded by mu
	queue  [][]byte    // bodies that have arrived and were not taken; guarded by mu
	last   uint64      // number of the last frame that has arrived; guarded by mu
	taken  uint64      // number of the last one that was taken; guarded by mu
	told   uint64      // taken, as the instance was told; guarded by mu
	silent int         // looks since the last sign of life of the instance; guarded by mu
	spoke  time.Time   // the last one to it; guarded by mu
	cause  error       // why the request was cancelled; nil if it was not; guarded by mu
	over   bool        // nothing more arrives; guarded by mu
	err    error       // how it ended; nil for success; guarded by mu
	stop   func() bool // ends the watch of the context; nil before follow; guarded by mu
	grace  *time.Timer // runs from cancel to the end; guarded by mu
}

// follow cancels the request when ctx ends.
func (in *incoming) follow(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { in.cancel(context.Cause(ctx)) })
	in.mu.Lock()
	in.stop = stop
	over := in.over
	in.mu.Unlock()
	if over {
		stop()
	}
}

// errEnd is the end of an answer. It is no error of another instance, as io.EOF may be.
var errEnd = errors.New("the end of the answer")

// next waits for a piece of the answer. Behind the last one the error is errEnd, or how
// the request ended.
func (in *incoming) next() ([]byte, error) {
	for {
		in.mu.Lock()
		if len(in.queue) > 0 {
			body := in.queue[0]
			in.queue = in.queue[1:]
			in.held.add(-len(body))
			in.taken++
			tell := !in.over && in.taken-in.told >= window/2
			in.mu.Unlock()
			if tell {
				in.tell()
			}
			f := fields{rest: body}
			return f.piece()
		}
		over, err := in.over, in.err
		in.mu.Unlock()
		if over && err == nil {
			err = errEnd
		}
		if over {
			return nil, err
		}
		<-in.wake
	}
}

// tell shows the instance which frames were taken, which is a sign of life as well.
func (in *incoming) tell() {
	in.mu.Lock()
	taken := in.taken
	in.told, in.spoke = taken, time.Now()
	in.mu.Unlock()
	in.publish(appendNumber([]byte{frameTaken}, taken))
}

// publish sends a frame to the instance. A frame that is lost shows as silence.
func (in *incoming) publish(frame []byte) { _ = in.client.bus.NATS().Publish(in.control, frame) }

// frame takes a frame of the instance.
func (in *incoming) frame(data []byte) {
	f := fields{rest: data}
	switch f.byte() {
	case frameAlive:
		in.mu.Lock()
		in.silent = 0
		in.mu.Unlock()
	case frameRefused:
		elsewhere := f.flag()
		in.fail(&RefusedError{Err: in.errorOf(f.bytes()), Elsewhere: elsewhere})
	case frameData:
		number := f.number()
		in.take(number, f, nil, false)
	case frameEnd:
		number, failure := f.number(), f.bytes()
		in.take(number, f, failure, true)
	default:
		in.fail(in.lost("sent something unknown"))
	}
}

// errorOf decodes an error of the instance.
func (in *incoming) errorOf(b []byte) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return decodeError(b, in.cause)
}

// take queues the body of a numbered frame.
func (in *incoming) take(number uint64, f fields, failure []byte, last bool) {
	var failed error
	if len(failure) > 0 {
		failed = in.errorOf(failure)
	}
	in.mu.Lock()
	in.silent = 0
	switch {
	case in.over:
		in.mu.Unlock()
		return
	case f.malformed || number != in.last+1 || len(in.queue) > window:
		in.mu.Unlock()
		in.abandon(in.lost("sent an answer of which a part is missing"))
		return
	}
	in.last = number
	if len(f.rest) > 1 { // the flag alone is an empty body
		if !in.held.add(len(f.rest)) {
			in.mu.Unlock()
			in.abandon(errNoMemory)
			return
		}
		in.queue = append(in.queue, f.rest)
	} else {
		in.taken++
	}
	in.mu.Unlock()
	if last {
		in.fail(failed)
		return
	}
	signal(in.wake)
}

// lost is the error of an answer that does not come, or not whole.
func (in *incoming) lost(how string) error {
	return errcode.New(errcode.Unreachable, fmt.Sprintf("the instance %q %s; the %s may have been carried out", in.instance, how, in.what))
}

// fail ends the request; nil is success. What has arrived can still be taken.
func (in *incoming) fail(err error) {
	in.mu.Lock()
	if in.over {
		in.mu.Unlock()
		return
	}
	in.over, in.err = true, err
	stop, grace := in.stop, in.grace
	in.mu.Unlock()
	in.client.forget(in.id)
	if stop != nil {
		stop()
	}
	if grace != nil {
		grace.Stop()
	}
	signal(in.wake)
}

// cancel tells the instance that the context of the request has ended, and gives it a
// moment to say what became of it.
func (in *incoming) cancel(cause error) {
	in.mu.Lock()
	if in.over || in.cause != nil {
		in.mu.Unlock()
		return
	}
	in.cause = cause
	in.grace = time.AfterFunc(in.client.opts.Timing.Silence/5, func() { in.fail(cause) })
	in.mu.Unlock()
	in.publish(appendError([]byte{frameCancel}, cause))
}

// abandon cancels the request and ends it.
func (in *incoming) abandon(cause error) {
	in.mu.Lock()
	over := in.over
	in.mu.Unlock()
	if !over {
		in.publish(appendError([]byte{frameCancel}, cause))
	}
	in.fail(cause)
}

// discard ends the request, if it is not over, and drops what was not taken.
func (in *incoming) discard(cause error) {
	in.abandon(cause)
	in.mu.Lock()
	defer in.mu.Unlock()
	in.queue = nil
	in.held.add(-in.held.bytes)
}

// look ends the request if the instance is silent.
func (in *incoming) look(now time.Time, timing Timing) {
	in.mu.Lock()
	in.silent++
	silent := in.silent >= timing.looks(timing.Silence)
	quiet := now.Sub(in.spoke) >= timing.Gone/4
	in.mu.Unlock()
	switch {
	case silent:
		in.abandon(in.lost(fmt.Sprintf("gave no sign of life for %v", timing.Silence)))
	case quiet:
		in.tell()
	}
}
