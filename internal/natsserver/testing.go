package natsserver

import (
	"strings"
	"testing"

	"github.com/aprakasa/mikronec/internal/engine"
)

// Start runs one node until the end of the test.
func Start(t testing.TB) *Node {
	t.Helper()
	return StartNodes(t, Options{})[0]
}

// StartNodes runs nodes until the end of the test, in a folder of the test unless o names
// one. Where the server cannot be built, the test is skipped, or fails in CI.
func StartNodes(t testing.TB, o Options) []*Node {
	t.Helper()
	if _, err := Path(); err != nil {
		engine.Missing(t, "WITH NATS", err.Error())
	}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	nodes, err := Run(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, n := range nodes {
			n.Kill()
			if t.Failed() {
				t.Logf("the log of %s:\n%s", n.URL, n.Log())
			}
		}
	})
	return nodes
}

// URLs returns the addresses of nodes as a client takes them.
func URLs(nodes []*Node) string {
	urls := make([]string, len(nodes))
	for i, n := range nodes {
		urls[i] = n.URL
	}
	return strings.Join(urls, ",")
}
