package audit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/audit"
)

var entry = audit.Entry{
	Time: time.Date(2026, 3, 1, 9, 0, 0, 0, time.FixedZone("WIB", 7*3600)), RequestID: "R1", Action: audit.Run, Key: "owner", Role: "admin", Remote: "192.0.2.7",
	Router: "cabang-jakarta-01", Command: []string{"/ppp/secret/add", "=name=budi", "=password=hush", "=comment=lantai 2"}, Outcome: audit.OK, TookMS: 12.5,
}

const line = `{"time":"2026-03-01T02:00:00Z","request_id":"R1","action":"run","key":"owner","role":"admin","remote":"192.0.2.7","router":"cabang-jakarta-01",` +
	`"command":["/ppp/secret/add","=name=budi","=password=[redacted]","=comment=lantai 2"],"outcome":"ok","took_ms":12.5}` + "\n"

// disk is a place to write to that can be full, or hang.
type disk struct {
	mu   sync.Mutex
	text bytes.Buffer
	fail error         // guarded by mu
	take int           // bytes that a failing write still takes; guarded by mu
	hang chan struct{} // a write waits for it
}

func (d *disk) Write(b []byte) (int, error) {
	if d.hang != nil {
		<-d.hang
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		d.text.Write(b[:d.take])
		return d.take, d.fail
	}
	return d.text.Write(b)
}

func (d *disk) set(fail error, take int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail, d.take = fail, take
}

func (d *disk) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

// records is a log that several goroutines write.
type records struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *records) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *records) count(what string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Count(r.text.String(), what)
}

func open(t *testing.T, target string, out *disk) (*audit.Log, *records) {
	t.Helper()
	r := &records{}
	l, err := audit.Open(target, out, slog.New(slog.NewTextHandler(r, nil)))
	require.NoError(t, err)
	return l, r
}

func TestLines(t *testing.T) {
	out := &disk{}
	l, _ := open(t, "stdout", out)
	l.Write(entry)
	l.Write(audit.Entry{Time: entry.Time, Action: audit.LoginRefused, Outcome: audit.Denied, Code: "unauthorized", Router: strings.Repeat("x", 1000)})
	l.Reopen() // nothing to do for standard output
	l.Close(t.Context())
	assert.Equal(t, line+`{"time":"2026-03-01T02:00:00Z","action":"login_refused","router":"`+strings.Repeat("x", 256)+`…","outcome":"denied","code":"unauthorized","took_ms":0}`+"\n", out.String())
}

func TestOffTakesEverything(t *testing.T) {
	l, err := audit.Open("off", nil, nil)
	require.NoError(t, err)
	l.Write(entry)
	l.Reopen()
	l.Close(t.Context())
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, r := open(t, path, nil)
	l.Write(entry)
	l.Close(t.Context())
	l, _ = open(t, path, nil)
	l.Write(entry)
	eventually(t, "written", func() bool { return content(t, path) == line+line })
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, os.Rename(path, path+".1"))
	l.Reopen()
	eventually(t, "a new file", func() bool { _, err := os.Stat(path); return err == nil })
	l.Write(entry)
	l.Close(t.Context())
	assert.Equal(t, line, content(t, path))
	assert.Equal(t, line+line, content(t, path+".1"), "the old one was appended to and left alone")
	assert.Zero(t, r.count("level=ERROR"))
}

func TestAFileThatCannotBeOpened(t *testing.T) {
	_, err := audit.Open(filepath.Join(t.TempDir(), "no", "audit"), nil, nil)
	assert.ErrorContains(t, err, "AUDIT_LOG")
}

// The old file stays in use when the path cannot be opened again.
func TestReopenThatFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	require.NoError(t, os.Mkdir(dir, 0o700))
	l, r := open(t, filepath.Join(dir, "audit"), nil)
	require.NoError(t, os.Rename(dir, dir+"2"))
	l.Reopen()
	eventually(t, "reported", func() bool { return r.count("audit log not reopened") == 1 })
	l.Write(entry)
	l.Close(t.Context())
	assert.Equal(t, line, content(t, filepath.Join(dir+"2", "audit")))
}

// A full disk costs no line of what reached a router: it is tried again, and others wait
// their turn. A torn line has an end.
func TestAFullDisk(t *testing.T) {
	out := &disk{}
	l, r := open(t, "stdout", out)
	l.Write(entry)
	out.set(errors.New("no space left on device"), 5)
	var writers sync.WaitGroup
	writers.Go(func() { l.Write(entry) })
	eventually(t, "reported", func() bool { return r.count("audit log cannot be written") == 1 })
	out.set(errors.New("no space left on device"), 0)
	for range 9 {
		writers.Go(func() { l.Write(entry) })
	}
	within, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, l.Wait(within), audit.ErrFull, "nothing more may be sent")
	l.Offer(entry)
	assert.Equal(t, int64(1), l.Lost(), "what was not sent does not wait")
	out.set(nil, 0)
	writers.Wait()
	require.NoError(t, l.Wait(t.Context()))
	l.Offer(entry)
	l.Close(t.Context())
	got := out.String()
	assert.Equal(t, 12, strings.Count(got, line), "every line")
	assert.True(t, strings.HasPrefix(got, line+line[:5]), got)
	assert.NotContains(t, got, line[:5]+line[:5], "the torn line has an end")
	assert.Regexp(t, `\n\{"time":"[^"]+","action":"lost","lines":1\}\n`, got)
	assert.Equal(t, 1, r.count("audit log cannot be written"))
	assert.Equal(t, 1, r.count("being written again"))
}

// After a line that was lost, nothing is sent before the disk takes lines again.
func TestNothingIsSentWhileTheDiskIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &disk{fail: errors.New("no space left on device")}
		l, r := open(t, "stdout", out)
		assert.True(t, l.Ready())
		l.Offer(entry)
		assert.False(t, l.Ready(), "a line was lost")
		within, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, l.Wait(within), audit.ErrFull)
		var waits sync.WaitGroup
		waits.Go(func() { assert.NoError(t, l.Wait(t.Context())) })
		time.Sleep(time.Minute)
		out.set(nil, 0)
		waits.Wait()
		assert.Regexp(t, `^\{"time":"[^"]+","action":"lost","lines":1\}\n$`, out.String())
		assert.Zero(t, l.Lost())
		assert.True(t, l.Ready())
		l.Close(t.Context())
		assert.False(t, l.Ready(), "closed")
		require.ErrorIs(t, l.Wait(within), audit.ErrFull, "closed")
		assert.Equal(t, 1, r.count("audit log cannot be written: commands wait"))
	})
}

// A disk that hangs costs no line of what reached a router, however many come.
func TestADiskThatHangs(t *testing.T) {
	out := &disk{hang: make(chan struct{})}
	l, r := open(t, "stdout", out)
	const lines = 3000
	var writers sync.WaitGroup
	for range lines {
		writers.Go(func() { l.Write(entry) })
	}
	eventually(t, "all wait", func() bool { return l.Waiting() == lines })
	within, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	assert.False(t, l.Ready())
	require.ErrorIs(t, l.Wait(within), audit.ErrFull)
	close(out.hang)
	writers.Wait()
	l.Close(t.Context())
	assert.Equal(t, strings.Repeat(line, lines), out.String())
	assert.Equal(t, 1, r.count("audit log cannot be written"))
}

// What was not sent is dropped and counted while the disk hangs, in bounded memory.
func TestOffersWhileTheDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &disk{hang: make(chan struct{})}
		l, _ := open(t, "stdout", out)
		var writers sync.WaitGroup
		writers.Go(func() { l.Write(entry) })
		synctest.Wait()
		begin := time.Now()
		for range 3000 {
			writers.Go(func() { l.Offer(entry) })
		}
		synctest.Wait()
		assert.Equal(t, int64(3000-1024), l.Lost(), "more than that do not wait")
		time.Sleep(audit.Patience)
		synctest.Wait()
		assert.Equal(t, int64(3000), l.Lost())
		assert.Equal(t, audit.Patience, time.Since(begin))
		close(out.hang)
		writers.Wait()
		l.Offer(entry)
		l.Close(t.Context())
		assert.Equal(t, 2, strings.Count(out.String(), line))
		assert.Contains(t, out.String(), `"action":"lost","lines":3000}`)
	})
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, 30*time.Second, time.Millisecond, what)
}

// Close gives up when its context ends, and says how many lines are lost.
func TestCloseWhileTheDiskHangs(t *testing.T) {
	out := &disk{hang: make(chan struct{})}
	l, r := open(t, "stdout", out)
	var writers sync.WaitGroup
	for range 2 {
		writers.Go(func() { l.Write(entry) })
	}
	eventually(t, "both wait", func() bool { return l.Waiting() == 2 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.Close(ctx)
	assert.Equal(t, 1, r.count("the last lines are lost\" lines=2"))
	close(out.hang)
	writers.Wait()
}

// Close gives up lines that a full disk does not take, and later ones, and says so.
func TestCloseWhileTheDiskIsFull(t *testing.T) {
	out := &disk{fail: errors.New("no space left on device")}
	l, r := open(t, "stdout", out)
	var writers sync.WaitGroup
	for range 3 {
		writers.Go(func() { l.Write(entry) })
	}
	eventually(t, "all wait", func() bool { return l.Waiting() == 3 })
	l.Close(t.Context())
	writers.Wait()
	l.Write(entry)
	assert.Equal(t, 4, r.count("line of the audit log lost at shutdown"))
}

// Every entry, from many at once, is one whole line.
func TestManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, _ := open(t, path, nil)
	var writers sync.WaitGroup
	for i := range 50 {
		writers.Go(func() {
			for range 40 {
				l.Write(entry)
			}
			if i%10 == 0 {
				l.Reopen()
			}
		})
	}
	writers.Wait()
	l.Close(t.Context())
	assert.Equal(t, strings.Repeat(line, 2000), content(t, path))
}
