// Package audit records who ran which command on which router, and with what result:
// one line of JSON each, appended to a file or to standard output, without secrets.
//
// Lines are written one after the other, by those who have something to record. The line
// of what reached a router is written before [Log.Write] returns, and so before a client
// is told; it is never dropped. While the disk is full or hangs, commands wait before they
// are sent, see [Log.Wait], so that no more lines come together than commands were under
// way. Lines of what reached no router wait a second ([Log.Offer]); those that found no
// time are counted, and the next line follows one with their number. Nothing is synced to
// disk, and nothing waits in memory but the lines of those who write.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// Entry is one line.
type Entry struct {
	Time      time.Time `json:"time"` // of the end of the action
	RequestID string    `json:"request_id,omitempty"`
	Action    Action    `json:"action"`
	Key       string    `json:"key,omitempty"`  // name of the key; empty without a valid one
	Role      string    `json:"role,omitempty"` // of the key at that time
	Remote    string    `json:"remote,omitempty"`
	Router    string    `json:"router,omitempty"`  // router_id; the first of several
	Routers   int       `json:"routers,omitempty"` // how many, if it is one line for several
	Host      string    `json:"host,omitempty"`    // of connect, change and router_login
	User      string    `json:"user,omitempty"`    // of connect, change and router_login, on the router
	Target    string    `json:"target,omitempty"`  // name of the key that is made or taken back
	Grant     string    `json:"grant,omitempty"`   // what that key permits, as a line of API_KEYS_FILE has it
	Command   []string  `json:"command,omitempty"` // as the client sent it until Redact

	// Of a command that is clipped, set by Redact: the number of its words, and the SHA-256
	// of all of them without secrets, each followed by a zero byte.
	Words int    `json:"command_words,omitempty"`
	Hash  string `json:"command_sha256,omitempty"`

	Outcome Outcome `json:"outcome"`
	Code    string  `json:"code,omitempty"` // of the error; empty without one
	TookMS  float64 `json:"took_ms"`

	redacted bool // Redact was called
}

// lostLines is written in place of lines that were lost.
type lostLines struct {
	Time   time.Time `json:"time"`
	Action string    `json:"action"`
	Lines  int64     `json:"lines"`
}

// Log writes entries. A nil Log discards them. The methods may be called concurrently.
type Log struct {
	log     *slog.Logger
	turn    chan struct{} // has an element while somebody writes, reopens or closes; others wait in order
	stop    chan struct{} // closed by Close: no line is tried again
	asked   atomic.Bool   // Reopen was called
	waiting atomic.Int64  // lines of Write that are not yet written
	offered atomic.Int64  // lines of Offer that are not yet written
	lost    atomic.Int64  // lines lost since the last that was written
	failing atomic.Bool   // it is logged that lines cannot be written

	// Owned by whose turn it is.
	out     io.Writer
	path    string // empty for standard output
	partial bool   // the last write left an incomplete line
	closed  bool
}

const (
	// Patience is how long Offer waits for its turn.
	Patience = time.Second
	// retryAfter is the time between two attempts to write a line.
	retryAfter = 250 * time.Millisecond
	// maxOffered is the number of lines that may wait in Offer. A line has at most 32 KiB.
	maxOffered = 1024
)

// ErrFull means that the log took no line in the time there was.
var ErrFull = errors.New("the audit log takes no lines")

// Open starts a log. The target is "stdout", the path of a file, or "off" for a nil
// Log. A new file is created with mode 0600; an existing one is appended to.
func Open(target string, stdout io.Writer, log *slog.Logger) (*Log, error) {
	l := &Log{log: log, out: stdout, turn: make(chan struct{}, 1), stop: make(chan struct{})}
	switch target {
	case "off", "":
		return nil, nil //nolint:nilnil // documented
	case "stdout":
	default:
		file, err := open(target)
		if err != nil {
			return nil, err
		}
		l.out, l.path = file, target
	}
	return l, nil
}

func open(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, fmt.Errorf("open the audit log (AUDIT_LOG): %w", err)
	}
	return file, nil
}

// Redact removes the secrets from the command and clips it. Write and Offer do so if it
// was not done before; it is worth it where many lines have the same command.
func (e *Entry) Redact() {
	if e.redacted {
		return
	}
	e.redacted = true
	words := len(e.Command)
	if e.Command, e.Hash = redactWords(e.Command); e.Hash != "" {
		e.Words = words
	}
}

// line is the entry as it is written.
func (e Entry) line() []byte {
	e.Time = e.Time.UTC()
	for _, text := range []*string{&e.Router, &e.Host, &e.User, &e.Target, &e.Grant} {
		*text = truncate(*text, maxWord)
	}
	e.Redact()
	line, err := json.Marshal(e)
	if err != nil { // a time beyond the year 9999
		e.Time = time.Time{}
		line, _ = json.Marshal(e)
	}
	return append(line, '\n')
}

// Write writes the entry of something that reached a router, or may have. It returns when
// the line is written, however long that takes, or when the log is closed.
func (l *Log) Write(e Entry) {
	if l == nil {
		return
	}
	line := e.line()
	l.waiting.Add(1)
	defer l.waiting.Add(-1)
	l.turn <- struct{}{}
	defer l.release()
	for {
		err := l.append(line)
		if err == nil {
			return
		}
		l.report(err)
		select {
		case <-l.stop:
			l.lost.Add(1)
			l.log.Error("line of the audit log lost at shutdown", slog.Any("error", err))
			return
		case <-time.After(retryAfter):
		}
	}
}

// Offer writes the entry of something that reached no router. The line is lost, and
// counted, if it cannot be written within Patience, or if too many wait.
func (l *Log) Offer(e Entry) {
	if l == nil {
		return
	}
	defer l.offered.Add(-1)
	if l.offered.Add(1) > maxOffered {
		l.countLost(fmt.Errorf("%d lines are waiting to be written", maxOffered))
		return
	}
	line := e.line()
	patience := time.NewTimer(Patience)
	defer patience.Stop()
	select {
	case l.turn <- struct{}{}:
	case <-patience.C:
		l.countLost(ErrFull)
		return
	}
	defer l.release()
	if err := l.append(line); err != nil {
		l.countLost(err)
	}
}

// Wait returns when no line waits to be written before it, and none was lost since the
// last that was written, so that a command may be sent; its own line is then written by
// Write. It returns ErrFull if ctx ends before.
func (l *Log) Wait(ctx context.Context) error {
	if l == nil {
		return nil
	}
	for {
		select { // also where ctx has ended
		case l.turn <- struct{}{}:
		default:
			select {
			case l.turn <- struct{}{}:
			case <-ctx.Done():
				return l.full(ctx)
			}
		}
		err := l.settle()
		l.release()
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errClosed):
			return ErrFull
		}
		l.report(err)
		select {
		case <-ctx.Done():
			return l.full(ctx)
		case <-time.After(retryAfter):
		}
	}
}

// full is the error of Wait. It is logged, unless the caller left.
func (l *Log) full(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		l.report(ErrFull)
	}
	return ErrFull
}

// Reopen reopens the file, after a tool such as logrotate has renamed it. It does not
// wait: where a line is being written, the file is reopened after it.
func (l *Log) Reopen() {
	if l == nil {
		return
	}
	l.asked.Store(true)
	l.reopenAsked()
}

// Close ends the log when the lines that wait are written. It waits until ctx is done at
// the longest: a write that hangs is left behind. What is written afterwards is lost.
func (l *Log) Close(ctx context.Context) {
	if l == nil {
		return
	}
	close(l.stop)
	select {
	case l.turn <- struct{}{}:
		l.closeFile()
		l.closed = true
		<-l.turn
	case <-ctx.Done():
		l.log.Error("audit log blocked at shutdown; the last lines are lost", slog.Int64("lines", l.waiting.Load()))
	}
}

// countLost counts a line that is not written.
func (l *Log) countLost(cause error) {
	l.lost.Add(1)
	l.report(cause)
}

// report logs that lines cannot be written, once until one can.
func (l *Log) report(cause error) {
	if !l.failing.Swap(true) {
		l.log.Error("audit log cannot be written: commands wait or are refused, lines of what was not sent are lost", slog.Any("error", cause))
	}
}
