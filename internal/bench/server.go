package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// APIKey is the key of all servers that Serve starts.
const APIKey = "measuring-on-loopback-only"

// Server is a mikronec server in a separate process.
type Server struct {
	*Process
	Addr string // host:port

	http *http.Client

	mu  sync.Mutex
	log []string // records above the level info, and the first other lines; guarded by mu
}

// maxLog limits the lines of the log that are kept.
const maxLog = 20000

// Serve starts the binary and waits until it serves. env may set everything but the
// address and the key.
func Serve(binary string, env ...string) (*Server, error) {
	s := &Server{http: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
		Timeout:   time.Minute,
	}}
	addr := make(chan string, 1)
	// All requests come from one address, with one key. env overrides.
	env = append([]string{"ADDRESS_REQUESTS=0", "KEY_REQUESTS=0", "KEY_STREAMS=0", "KEY_ROUTERS=0", "ADDRESS_CONNECTIONS=0"}, env...)
	env = append(env, "MY_API_KEY="+APIKey, "LISTEN_HOST=127.0.0.1", "PORT=0", "LOG_FORMAT=json", "GOTRACEBACK=all")
	var err error
	s.Process, err = Start(env, func(line string) { s.heard(line, addr) }, binary)
	if err != nil {
		return nil, err
	}
	select {
	case s.Addr = <-addr:
		return s, nil
	case <-time.After(10 * time.Second):
		return nil, errors.Join(fmt.Errorf("the server did not start: %s", strings.Join(s.Log(), "\n")), s.Stop(syscall.SIGKILL))
	}
}

// heard handles a line of the log.
func (s *Server) heard(line string, addr chan<- string) {
	var record struct{ Level, Msg, Addr string }
	if json.Unmarshal([]byte(line), &record) == nil {
		if record.Msg == "server started" {
			addr <- record.Addr
		}
		if record.Level == "INFO" || record.Level == "DEBUG" {
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.log) < maxLog {
		s.log = append(s.log, line)
	}
}

// Log returns what the server logged above the level info.
func (s *Server) Log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.log...)
}

// Post sends a body as JSON and decodes the field data of the answer into data, which
// may be nil. Another status than 200 is a *StatusError.
func (s *Server) Post(ctx context.Context, path string, body, data any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.Addr+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	return s.do(req, data)
}

// Get requests a path and decodes the field data of the answer into data.
func (s *Server) Get(ctx context.Context, path string, data any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Addr+path, nil)
	if err != nil {
		return err
	}
	return s.do(req, data)
}

// StatusError is an answer with another status than 200.
type StatusError struct {
	Status int
	Body   string
}

func (e *StatusError) Error() string { return fmt.Sprintf("status %d: %s", e.Status, e.Body) }

func (s *Server) do(req *http.Request, data any) error {
	req.Header.Set("X-API-Key", APIKey)
	resp, err := s.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return &StatusError{resp.StatusCode, strings.TrimSpace(string(body))}
	}
	answer := struct {
		Success bool
		Data    any
	}{Data: data}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if !answer.Success {
		return errors.New("status 200 without success")
	}
	return nil
}

// Request returns the bytes of a request, for connections without package net/http. The
// body is JSON, or empty for none.
func (s *Server) Request(method, target, body string, headers ...string) []byte {
	b := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\nX-API-Key: %s\r\n", method, target, s.Addr, APIKey)
	for _, h := range headers {
		b = append(append(b, h...), "\r\n"...)
	}
	if body != "" {
		b = fmt.Appendf(b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	return append(append(b, "\r\n"...), body...)
}

// Stream opens an event stream on a new connection. The caller reads the answer, from
// its status line on.
func (s *Server) Stream(target string, headers ...string) (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", s.Addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(s.Request(http.MethodGet, target, "", headers...)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// Connect connects a router under an id.
func (s *Server) Connect(ctx context.Context, id, addr string) error {
	body := map[string]string{"router_id": id, "host": addr, "user": DeviceUser, "pass": DevicePassword}
	if err := s.Post(ctx, "/connect", body, nil); err != nil {
		return fmt.Errorf("connect %s at %s: %w", id, addr, err)
	}
	return nil
}

// ConnectAll connects the routers of addrs from index from on, some at a time, with ids
// of RouterID.
func (s *Server) ConnectAll(ctx context.Context, addrs []string, from int) error {
	return each(len(addrs)-from, func(i int) error { return s.Connect(ctx, RouterID(from+i), addrs[from+i]) })
}

// each calls do for all numbers below n, some at a time, and returns the first error.
func each(n int, do func(i int) error) error {
	const workers = 16
	var wg sync.WaitGroup
	failed := make(chan error, workers)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				if err := do(i); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(failed)
	return <-failed
}

// RouterID returns the id of the router with that number.
func RouterID(n int) string { return fmt.Sprintf("router-%05d", n) }

// Router has the fields of a router that the programs read.
type Router struct {
	RouterID string `json:"router_id"`
	State    string `json:"state"`
	Logins   int    `json:"logins"`
	Viewers  int    `json:"viewers"`
	LastPoll struct {
		TookMS  float64 `json:"took_ms"`
		Polls   int     `json:"polls"`
		Skipped int     `json:"skipped"`
		Error   string  `json:"error"`
	} `json:"last_poll"`
}

// Routers lists all routers.
func (s *Server) Routers(ctx context.Context) ([]Router, error) {
	var list []Router
	err := s.Get(ctx, "/routers", &list)
	return list, err
}

// FreeAddr returns a free loopback address. Its port is below those that systems give to
// clients: a server that starts later, or again, could find one of those taken.
func FreeAddr() (addr string, err error) {
	for range 100 {
		addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(10_000+rand.IntN(22_000))) // #nosec G404 -- no secret
		var l net.Listener
		if l, err = net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", err
}
