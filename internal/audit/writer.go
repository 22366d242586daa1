package audit

import (
	"encoding/json"
	"io"
	"log/slog"
	"time"
)

// write is the goroutine of the log. It ends when Close was called and the queue is
// empty.
func (l *Log) write() {
	defer close(l.done)
	defer l.closeFile()
	for {
		select {
		case <-l.reopen:
			l.reopenFile()
		case line := <-l.queue:
			l.append(line)
		case <-l.stop:
			for {
				select {
				case line := <-l.queue:
					l.append(line)
				default:
					return
				}
			}
		}
	}
}

// append writes a line, and before it one for lines that were lost. It is one write,
// so that the lines of several processes do not mix.
func (l *Log) append(line []byte) {
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
		l.countLost(err)
		return
	}
	l.partial = false
	if missing > 0 {
		l.lost.Add(-missing)
		l.log.Warn("audit log is being written again", slog.Int64("lost", missing))
	}
}

// reopenFile opens the path again. If that fails, the old file stays in use.
func (l *Log) reopenFile() {
	if l.path == "" {
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
