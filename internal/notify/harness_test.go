package notify

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/board"
	"github.com/aprakasa/mikronec/internal/dialpolicy"
	"github.com/aprakasa/mikronec/internal/secret"
)

// received is a request that a server of a test got.
type received struct {
	path   string
	header http.Header
	body   string
	at     time.Time
}

// server is an HTTP server that records requests and answers as told.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []received                                         // guarded by mu
	answer   func(n int, r received) (status int, reply string) // n counts from 1; nil for 200
	header   http.Header                                        // of answers
}

func serve(t *testing.T, answer func(n int, r received) (int, string)) *server {
	t.Helper()
	s := &server{answer: answer, header: http.Header{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		one := received{r.URL.Path, r.Header, string(body), time.Now()}
		s.mu.Lock()
		s.requests = append(s.requests, one)
		n := len(s.requests)
		maps.Copy(w.Header(), s.header)
		s.mu.Unlock()
		status, reply := http.StatusOK, ""
		if answer := s.answering(); answer != nil {
			status, reply = answer(n, one)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, reply)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) answering() func(int, received) (int, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answer
}

// respond changes the answers.
func (s *server) respond(answer func(int, received) (int, string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *server) all() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received{}, s.requests...)
}

// wait waits for a number of requests.
func (s *server) wait(t *testing.T, n int) []received {
	t.Helper()
	require.Eventually(t, func() bool { return len(s.all()) >= n }, 20*time.Second, 5*time.Millisecond, "%d requests", n)
	return s.all()
}

// secrets are files and variables of a test.
func build(t *testing.T, spec Spec, values map[string]string) *Receiver {
	t.Helper()
	policy, err := dialpolicy.Parse(nil)
	require.NoError(t, err)
	r, err := buildWith(policy, spec, values)
	require.NoError(t, err)
	return r
}

func buildWith(policy *dialpolicy.Policy, spec Spec, values map[string]string) (*Receiver, error) {
	b := Builder{Policy: policy, Secret: func(_, file, env string, _ bool) (secret.Text, error) {
		return secret.New(values[file+env]), nil
	}}
	return b.Build("x", spec)
}

var began = time.Date(2026, 11, 26, 11, 3, 5, 0, time.UTC)

// down is a transition of a router.
func down(router string) alert.Transition {
	return alert.Transition{
		ID: "id-" + router, Alert: "alert-" + router, Status: alert.Firing, Rule: "router-down", Source: "router.down", When: "router.down",
		Severity: alert.Critical, RouterID: router, Reason: "dial: connection refused", Since: began, Started: began.Add(time.Minute), At: began.Add(time.Minute),
	}
}

// journal is a log in memory.
type journal struct {
	mu   sync.Mutex
	text strings.Builder // guarded by mu
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// run runs an outbox until the test ends, or stop is called.
func run(t *testing.T, store board.Store, receivers ...*Receiver) (o *Outbox, firing []alert.Transition, log *journal, stop func()) {
	t.Helper()
	return runIf(t, store, nil, receivers...)
}

// runIf is run with other instances, where sends says whether this one sends.
func runIf(t *testing.T, store board.Store, sends func() bool, receivers ...*Receiver) (o *Outbox, firing []alert.Transition, log *journal, stop func()) {
	t.Helper()
	log = &journal{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	b, err := board.Open(t.Context(), store, logger)
	require.NoError(t, err)
	o = New(b, Options{Sends: sends, Log: logger})
	b.Attach(o, Prefixes()...)
	firing = o.Fires()
	o.Replace(receivers)
	sending, endSending := context.WithCancel(context.Background())
	writing, endWriting := context.WithCancel(context.Background())
	var one, other sync.WaitGroup
	one.Go(func() { o.Run(sending) })
	other.Go(func() { b.Run(writing) })
	stop = sync.OnceFunc(func() {
		endSending()
		one.Wait()
		endWriting()
		other.Wait()
	})
	t.Cleanup(stop)
	return o, firing, log, stop
}

// golden compares a text with a file of testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
