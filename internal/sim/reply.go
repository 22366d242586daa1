package sim

import (
	"errors"
	"strconv"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

const noCategory = -1

// refusal is a !trap. next is another one after it; the first is the most specific.
type refusal struct {
	category int
	message  string
	next     *refusal
}

func (r *refusal) Error() string { return r.message }

var (
	// errStopped ends a command that was canceled.
	errStopped error = &refusal{category: 2, message: "interrupted"}

	errNoCommand   error = &refusal{category: noCategory, message: "no such command"}
	errPermissions error = &refusal{category: noCategory, message: "not enough permissions (9)"}
	errNoItem      error = &refusal{category: 0, message: "no such item (4)"}
)

// argument returns the error for the value of an argument.
func argument(format, name string) error { return &refusal{category: 1, message: format + name} }

const (
	badName  = "input does not match any value of "
	badValue = "invalid value for argument "
	missing  = "missing value(s) of argument(s) " // form of scripts; the form of the API is assumed to be the same
)

func unknownParameter(name string) error {
	return &refusal{category: noCategory, message: "unknown parameter " + name}
}

func failure(text string) error {
	return &refusal{category: noCategory, message: "failure: " + text}
}

// begin starts a sentence in the reply.
func (x *call) begin(word string) {
	x.buf = proto.AppendWord(x.buf, word)
	if x.c.d.opts.TagFirst {
		x.appendTag()
	}
}

// end closes the sentence.
func (x *call) end() {
	if !x.c.d.opts.TagFirst {
		x.appendTag()
	}
	x.buf = append(x.buf, 0)
}

func (x *call) appendTag() {
	if x.tag != "" {
		x.buf = proto.AppendLength(x.buf, len(".tag=")+len(x.tag))
		x.buf = append(append(x.buf, ".tag="...), x.tag...)
	}
}

// row adds a !re with pairs of names and values.
func (x *call) row(pairs ...string) {
	x.begin("!re")
	for i := 0; i+1 < len(pairs); i += 2 {
		x.buf = appendAttr(x.buf, pairs[i], pairs[i+1])
	}
	x.end()
}

// traps adds a !trap for err and for each one after it.
func (x *call) traps(err error) {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		r = &refusal{category: 4, message: err.Error()}
	}
	for ; r != nil; r = r.next {
		x.begin("!trap")
		if r.category >= 0 {
			x.buf = appendAttr(x.buf, "category", strconv.Itoa(r.category))
		}
		x.buf = appendAttr(x.buf, "message", r.message)
		x.end()
	}
}

// done adds the !done with the attributes in ret.
func (x *call) done() {
	x.begin("!done")
	for i := 0; i+1 < len(x.ret); i += 2 {
		x.buf = appendAttr(x.buf, x.ret[i], x.ret[i+1])
	}
	x.end()
}

// flush queues the buffered part of the reply. It waits while the queue is full.
func (x *call) flush() error {
	if len(x.buf) == 0 {
		return nil
	}
	k := chunk{data: x.buf, pause: x.pause, cleared: x.faultCleared}
	x.buf = nil
	if x.cut != goOn {
		if x.torn {
			return errGone
		}
		k.data, k.after, x.torn = truncateInSentence(k.data), x.cut, true
	}
	return x.c.send(k)
}
