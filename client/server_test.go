package client_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/client"
)

// script is a server that answers each request by the next of its answers. The last
// one is used for all further requests.
type script struct {
	*httptest.Server

	mu       sync.Mutex
	requests []*http.Request // guarded by mu
	bodies   []string        // guarded by mu
}

func serve(t *testing.T, answers ...http.HandlerFunc) *script {
	t.Helper()
	s := &script{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		answer := answers[min(len(s.requests), len(answers)-1)]
		s.requests = append(s.requests, r)
		s.bodies = append(s.bodies, string(body))
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// header returns a header of all requests.
func (s *script) header(name string) (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		list = append(list, r.Header.Get(name))
	}
	return list
}

// asked returns method and address of all requests.
func (s *script) asked() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		list = append(list, r.Method+" "+r.URL.RequestURI())
	}
	return list
}

// answer is an answer that is complete.
func answer(status int, kind, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func failure(status int, code string, headers ...string) http.HandlerFunc {
	return answer(status, "application/json", fmt.Sprintf(`{"success":false,"error":"it is %s","code":%q,"request_id":"r1"}`, code, code), headers...)
}

// stream answers with events and ends.
func stream(text string) http.HandlerFunc { return answer(http.StatusOK, "text/event-stream", text) }

// open is stream without an end: the client has to leave.
func open(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		stream(text)(w, r)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

// cut ends the connection without an answer.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// mute answers nothing.
func mute(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// of returns a client of the server with a key.
func of(t *testing.T, s *script, o client.Options) *client.Client {
	t.Helper()
	if o.Key == "" && o.Ticket == nil {
		o.Key = "secret"
	}
	o.HTTP = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	c, err := client.New(s.URL, o)
	require.NoError(t, err)
	return c
}
