package sim

import (
	"strings"
	"time"
)

// LogEntry is one line of the device's log.
type LogEntry struct {
	Time    time.Time
	Topics  []string // e.g. system,info,account
	Message string
}

// maxLog is the default size of the memory buffer in lines.
const maxLog = 1000

// log appends a line. The oldest line is dropped without an event for listeners
// (assumed).
func (w *world) log(at time.Time, topics, message string) {
	t := w.table(logLines)
	t.add(&row{words: attrs("topics", topics, "message", message), born: at, user: noUser})
	if over := len(t.rows) - maxLog; over > 0 {
		t.rows = t.rows[over:]
	}
}

// Log returns the lines of the memory buffer, oldest first.
func (d *Device) Log() []LogEntry {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.world.advance(now)
	rows := d.world.table(logLines).rows
	entries := make([]LogEntry, 0, len(rows))
	for _, r := range rows {
		entries = append(entries, LogEntry{
			Time: r.born, Topics: strings.Split(r.text("topics"), ","), Message: r.text("message"),
		})
	}
	return entries
}

// write returns the command that logs a message with a topic.
func write(topic string) command {
	return func(x *call) error {
		text, ok := x.arg("message")
		if !ok {
			return argument(missing, "message")
		}
		return x.edit(func(w *world, _ *table) error {
			w.log(w.last, "script,"+topic, text)
			return nil
		})
	}
}

func init() {
	lines := map[string]command{"debug": write("debug"), "info": write("info"), "warning": write("warning"), "error": write("error")}
	behave(logLines, behavior{fill: empty, extra: lines, live: []live{{"time", func(b []byte, m *moment, r *row) ([]byte, bool) {
		return append(b, m.p.logTime(r.born, m.now)...), true
	}}}})
}
