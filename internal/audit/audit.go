// Package audit records who ran which command on which router, and with what result:
// one line of JSON each, appended to a file or to standard output, without secrets.
//
// Writing never delays a command. Lines go through a queue to one goroutine. When that
// cannot write (the disk is full) or falls behind (the disk hangs), lines are dropped
// and counted, which is logged once, and the next line that can be written follows one
// with the number of lost lines. Lines are written shortly after their command; the
// lines in the queue are lost if the program is killed. Nothing is synced to disk.
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
	Time      time.Time `json:"time"` // of the end of the action
	RequestID string    `json:"request_id,omitempty"`
	Action    Action    `json:"action"`
	Key       string    `json:"key,omitempty"`  // name of the key; empty without a valid one
	Role      string    `json:"role,omitempty"` // of the key at that time
	Remote    string    `json:"remote,omitempty"`
	Router    string    `json:"router,omitempty"`  // router_id
	Host      string    `json:"host,omitempty"`    // of connect and router_login
	User      string    `json:"user,omitempty"`    // of connect and router_login, on the router
	Command   []string  `json:"command,omitempty"` // as the client sent it; redacted by Write

	// Of a command that is clipped, set by Write: the number of its words, and the SHA-256
	// of all of them without secrets, each followed by a zero byte.
	Words int    `json:"command_words,omitempty"`
	Hash  string `json:"command_sha256,omitempty"`

	Outcome Outcome `json:"outcome"`
	Code    string  `json:"code,omitempty"` // of the error; empty without one
	TookMS  float64 `json:"took_ms"`
}

// Action is the kind of request, or of event.
type Action string

// The actions. A batch writes one line for each router.
const (
	Run          Action = "run"
	Batch        Action = "batch"
	Connect      Action = "connect"
	Disconnect   Action = "disconnect"
	Ticket       Action = "ticket"
	LoginRefused Action = "login_refused" // a wrong key or ticket
	RouterLogin  Action = "router_login"  // a router that was connected refuses the login now; no request
)

// Outcome is the result.
type Outcome string

// The outcomes.
const (
	OK     Outcome = "ok"
	Failed Outcome = "failed" // may have been executed; see the code
	Denied Outcome = "denied" // nothing was sent
)

// lostLines is written in place of lines that were lost.
type lostLines struct {
	Time   time.Time `json:"time"`
	Action string    `json:"action"`
	Lines  int64     `json:"lines"`
}

// queueLines is the size of the queue. A line has at most 24 KiB, so it holds at most
// 24 MiB.
const queueLines = 1024

// Log writes entries. A nil Log discards them. Write and Reopen may be called
// concurrently.
type Log struct {
	log    *slog.Logger
	queue  chan []byte
	reopen chan struct{} // buffer of one
	stop   chan struct{} // closed by Close
	done   chan struct{} // closed when the writer has ended
	lost   atomic.Int64  // lines lost since the last that was written

	// Owned by the writer.
	out     io.Writer
	path    string // empty for standard output
	partial bool   // the last write left an incomplete line
}

// Open starts a log. The target is "stdout", the path of a file, or "off" for a nil
// Log. A new file is created with mode 0600; an existing one is appended to. The log
// has one goroutine, which Close ends.
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

// Write queues an entry, with secrets redacted and texts truncated. It never blocks.
func (l *Log) Write(e Entry) {
	if l == nil {
		return
	}
	e.Time = e.Time.UTC()
	e.Router, e.Host, e.User = truncate(e.Router, maxWord), truncate(e.Host, maxWord), truncate(e.User, maxWord)
	words := len(e.Command)
	if e.Command, e.Hash = redactWords(e.Command); e.Hash != "" {
		e.Words = words
	}
	line, err := json.Marshal(e)
	if err != nil {
		l.countLost(err)
		return
	}
	select {
	case l.queue <- append(line, '\n'):
	default:
		l.countLost(fmt.Errorf("%d lines are waiting to be written", queueLines))
	}
}

// Reopen reopens the file, after a tool such as logrotate has renamed it.
func (l *Log) Reopen() {
	if l == nil {
		return
	}
	select {
	case l.reopen <- struct{}{}:
	default: // already requested
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

// countLost counts a line that is not written; the first is logged.
func (l *Log) countLost(cause error) {
	if l.lost.Add(1) == 1 {
		l.log.Error("audit log is losing lines", slog.Any("error", cause))
	}
}
