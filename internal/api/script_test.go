package api_test

import (
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// script is a router that says what a test tells it to, in the real protocol.
type script struct {
	mu      sync.Mutex
	answers map[string]said // by path; others are answered with !done
	heard   []string        // paths, without the login
}

// said is an answer: its sentences, to which the tag is added, and whether the
// connection is closed then.
type said struct {
	sentences [][]string
	hangsUp   bool
}

func says(sentences ...[]string) said { return said{sentences: sentences} }

func re(words ...string) []string       { return append([]string{"!re"}, words...) }
func trap(words ...string) []string     { return append([]string{"!trap"}, words...) }
func doneWith(words ...string) []string { return append([]string{"!done"}, words...) }

func (r *script) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := proto.NewReader(conn, proto.Limits{})
	for {
		command, err := in.Next()
		if err != nil {
			return
		}
		answer := r.answer(string(command.Name()))
		tag := ".tag=" + string(command.Tag())
		for _, words := range answer.sentences {
			if _, err := conn.Write(proto.AppendSentence(nil, append(slices.Clone(words), tag)...)); err != nil {
				return
			}
		}
		if answer.hangsUp {
			return
		}
	}
}

func (r *script) answer(path string) said {
	r.mu.Lock()
	defer r.mu.Unlock()
	if path != "/login" {
		r.heard = append(r.heard, path)
	}
	if answer, ok := r.answers[path]; ok {
		return answer
	}
	return says(doneWith())
}

// commands returns how often the router has heard a path.
func (r *script) commands(path string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, heard := range r.heard {
		if heard == path {
			n++
		}
	}
	return n
}

// newScript is a site with one router, which is connected as "r".
func newScript(t testing.TB, answers map[string]said) (*site, *script) {
	t.Helper()
	r := &script{answers: answers}
	if r.answers == nil {
		r.answers = make(map[string]said)
	}
	s := &site{t: t}
	s.manager = manager.New(pool.New(dialer(func(string) func(net.Conn) { return r.serve }), pool.Options{}), manager.Options{})
	s.ready.Store(true)
	s.rebuild()
	t.Cleanup(s.manager.Close)
	require.Equal(t, http.StatusOK, s.connect("r", "r.test").Code)
	return s, r
}

// inEveryForm runs a command in every form of answer and returns the answers.
func (s *site) inEveryForm(args ...string) map[string]response {
	s.t.Helper()
	answers := make(map[string]response)
	for name, d := range frontDoors {
		answers[name] = s.send(http.MethodPost, d.path, marshal(s.t, d.body("r", args)), "Accept", d.accept)
	}
	return answers
}
