// Package audit keeps the record of who had what done at which router, and what
// came of it: one line of JSON each, appended to a file or to standard output,
// without the secrets in it.
//
// Writing never holds up a command. Lines go through a queue to one goroutine;
// when that cannot write (the disk is full) or falls behind (it hangs), lines are
// dropped and counted, the program's log says so once, and the next line that
// can be written follows one that tells how many are missing. A line is in the
// file some moments after its command; a program that is killed loses what is in
// the queue. Nothing is synced to the disk.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// Entry is one line.
type Entry struct {
	Time      time.Time `json:"time"` // when it was over
	RequestID string    `json:"request_id,omitempty"`
	Action    Action    `json:"action"`
	Key       string    `json:"key,omitempty"`  // the name of the key; empty where none was good
	Role      string    `json:"role,omitempty"` // of the key, at the time
	Remote    string    `json:"remote,omitempty"`
	Router    string    `json:"router,omitempty"`  // router_id
	Host      string    `json:"host,omitempty"`    // of connect
	User      string    `json:"user,omitempty"`    // of connect, at the router
	Command   []string  `json:"command,omitempty"` // redacted by Write
	Outcome   Outcome   `json:"outcome"`
	Code      string    `json:"code,omitempty"` // of the error
	TookMS    float64   `json:"took_ms"`
}

// Action is what was asked for.
type Action string

// The actions. A batch has a line for each router.
const (
	Run          Action = "run"
	Batch        Action = "batch"
	Connect      Action = "connect"
	Disconnect   Action = "disconnect"
	Ticket       Action = "ticket"
	LoginRefused Action = "login_refused" // a wrong key or ticket
)

// Outcome is what came of it.
type Outcome string

// The outcomes.
const (
	OK     Outcome = "ok"
	Failed Outcome = "failed" // it may have been carried out; the code says more
	Denied Outcome = "denied" // nothing was sent
)

// lostLines is the line that stands for others.
type lostLines struct {
	Time   time.Time `json:"time"`
	Action string    `json:"action"`
	Lines  int64     `json:"lines"`
}

// queueLines bounds what waits to be written. With lines of 24 KiB at the worst
// that is 24 MiB.
const queueLines = 1024

// Log takes entries. A nil Log takes them and does nothing. It may be used by
// many goroutines.
type Log struct {
	log    *slog.Logger
	queue  chan []byte
	reopen chan struct{} // room for one
	stop   chan struct{} // closed by Close
	done   chan struct{} // closed when the writer is over
	lost   atomic.Int64  // lines since the last that was written

	// Owned by the writer.
	out     io.Writer
	path    string // empty for standard output
	partial bool   // the last write left half a line
}

// Open starts a log. The target is "stdout" or the path of a file, which is made
// for its owner alone and appended to; "off" gives a nil Log.
func Open(target string, stdout io.Writer, log *slog.Logger) (*Log, error) {
	l := &Log{
		log: log, out: stdout, queue: make(chan []byte, queueLines),
		reopen: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
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
	go l.write()
	return l, nil
}

func open(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, fmt.Errorf("open the audit log (AUDIT_LOG): %w", err)
	}
	return file, nil
}

// Write records an entry, with its secrets redacted and its texts bounded. It
// returns at once.
func (l *Log) Write(e Entry) {
	if l == nil {
		return
	}
	e.Time = e.Time.UTC()
	e.Router, e.Host, e.User = truncate(e.Router), truncate(e.Host), truncate(e.User)
	e.Command = Redact(e.Command)
	line, err := json.Marshal(e)
	if err != nil {
		l.countLost(err)
		return
	}
	select {
	case l.queue <- append(line, '\n'):
	default:
		l.countLost(fmt.Errorf("%d lines wait to be written", queueLines))
	}
}

// Reopen opens the file anew, for tools that have moved it away.
func (l *Log) Reopen() {
	if l == nil {
		return
	}
	select {
	case l.reopen <- struct{}{}:
	default: // one is due already
	}
}

// Close writes the lines that wait and ends the log. It waits until ctx is done at
// the longest: a write that hangs is left behind. The Log must not be used afterwards.
func (l *Log) Close(ctx context.Context) {
	if l == nil {
		return
	}
	close(l.stop)
	select {
	case <-l.done:
	case <-ctx.Done():
		l.log.Error("audit log blocked at shutdown; the last lines are lost", slog.Int("lines", len(l.queue)))
	}
}

// countLost counts a line that is not written; the first is reported.
func (l *Log) countLost(cause error) {
	if l.lost.Add(1) == 1 {
		l.log.Error("audit lines are being lost", slog.Any("error", cause))
	}
}
