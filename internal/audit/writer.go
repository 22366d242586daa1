package audit

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"time"
)

var errClosed = errors.New("the audit log is closed")

// release ends the turn of its caller.
func (l *Log) release() {
	<-l.turn
	l.reopenAsked()
}

// reopenAsked reopens the file if that was asked for and nobody has the turn; who has it
// calls this afterwards.
func (l *Log) reopenAsked() {
	for l.asked.Load() {
		select {
		case l.turn <- struct{}{}:
		default:
			return
		}
		l.reopenFile()
		<-l.turn
	}
}

// Ready reports whether Wait has nothing to wait for.
func (l *Log) Ready() bool {
	if l == nil {
		return true
	}
	select {
	case l.turn <- struct{}{}:
		defer l.release()
		return l.lost.Load() == 0 && !l.closed
	default:
		return false
	}
}

// Slow reports whether lines wait to be written, or cannot be written.
func (l *Log) Slow() bool {
	return l != nil && (l.failing.Load() || l.waiting.Load() > 0 || l.offered.Load() > 0)
}

// settle writes that lines were lost, if any were: whether that succeeds shows whether
// the disk takes lines again. The caller has the turn.
func (l *Log) settle() error {
	if l.lost.Load() == 0 && !l.closed {
		return nil
	}
	return l.append(nil)
}

// append writes a line, and before it one for lines that were lost. It is one write,
// so that the lines of several processes do not mix. The caller has the turn.
func (l *Log) append(line []byte) error {
	if l.closed {
		return errClosed
	}
	l.reopenFile()
	missing := l.lost.Load()
	var text []byte
	if l.partial {
		text = append(text, '\n')
	}
	if missing > 0 {
		note, err := json.Marshal(lostLines{Time: time.Now().UTC(), Action: "lost", Lines: missing})
		if err == nil {
			text = append(append(text, note...), '\n')
		}
	}
	n, err := l.out.Write(append(text, line...))
	if err != nil {
		l.partial = l.partial || n > 0
		return err
	}
	l.partial = false
	l.lost.Add(-missing)
	if l.failing.Swap(false) {
		l.log.Warn("audit log is being written again", slog.Int64("lost", missing))
	}
	return nil
}

// reopenFile opens the path again if that was asked for. If that fails, the old file
// stays in use. The caller has the turn.
func (l *Log) reopenFile() {
	if !l.asked.Swap(false) || l.path == "" || l.closed {
		return
	}
	file, err := open(l.path)
	if err != nil {
		l.log.Error("audit log not reopened; keeping the previous file", slog.Any("error", err))
		return
	}
	l.closeFile()
	l.out, l.partial = file, false
}

func (l *Log) closeFile() {
	if file, ok := l.out.(io.Closer); ok && l.path != "" {
		if err := file.Close(); err != nil {
			l.log.Error("close the audit log", slog.Any("error", err))
		}
	}
}
