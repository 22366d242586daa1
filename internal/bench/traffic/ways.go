package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// way is a way of watching all routers of a site.
type way struct {
	name  string
	start func(ctx context.Context, addrs []string) (client, error)
}

// client is what watches: a server with its viewers, or the script.
type client struct {
	usage func() (bench.Usage, error)
	leave func() // ends the viewers; the server goes on. The script has none.
	stop  func() error
}

// view is what a viewer of the server asks for.
type view struct {
	name    string
	targets func(s *bench.Server, routers int) ([]string, error) // of its streams
}

// The names of the views.
const (
	fleetView   = "fleet view"
	defaultView = "default streams"
	scriptName  = "script"
)

var views = []view{{fleetView, fleetTargets}, {defaultView, defaultTargets}}

// before is the name of the way that watches a view with the other build.
func before(v view) string { return "before, " + v.name }

// ways are all ways: each view with each build, and the script.
func (s settings) ways() []way {
	var list []way
	for i, binary := range s.binaries {
		for _, v := range views {
			name := v.name
			if i > 0 {
				name = before(v)
			}
			list = append(list, way{name, func(ctx context.Context, addrs []string) (client, error) {
				return startServer(ctx, binary, v, addrs)
			}})
		}
	}
	return append(list, way{scriptName, startScript})
}

func defaultTargets(_ *bench.Server, routers int) ([]string, error) {
	var list []string
	for i := range routers {
		list = append(list, "/sse/"+bench.RouterID(i))
	}
	return list, nil
}

// fleetTargets takes the stream from the dashboard that the server serves: it is measured
// as the build has it.
func fleetTargets(s *bench.Server, _ int) ([]string, error) {
	var problems error
	for _, file := range []string{"main.js", "feed.js"} { // older builds have a file for each module
		source, err := asset(s, file)
		if err != nil {
			return nil, err
		}
		query, err := feedQuery(source)
		if err == nil {
			return []string{"/sse?" + query}, nil
		}
		problems = errors.Join(problems, err)
	}
	return nil, problems
}

func asset(s *bench.Server, file string) ([]byte, error) {
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Get("http://" + s.Addr + "/assets/" + file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return io.ReadAll(resp.Body)
}

var (
	queryObject = regexp.MustCompile(`(?s)\b(?:fleetQuery|const query) ?= ?\{(.*?)\}`)
	queryField  = regexp.MustCompile(`(\w+): ?("[^"]*"|\[[^\]]*\])`)
	queryText   = regexp.MustCompile(`"([^"]*)"`)
)

// feedQuery returns the query of the stream that the dashboard opens.
func feedQuery(source []byte) (string, error) {
	object := queryObject.FindSubmatch(source)
	if object == nil {
		return "", errors.New("the page has no object named fleetQuery")
	}
	query := url.Values{}
	for _, field := range queryField.FindAllSubmatch(object[1], -1) {
		var values []string
		for _, text := range queryText.FindAllSubmatch(field[2], -1) {
			values = append(values, string(text[1]))
		}
		name := string(field[1])
		if name == "routers" { // the client sends each by itself
			query["router"] = values
			continue
		}
		query.Set(name, strings.Join(values, ","))
	}
	if !query.Has("router") {
		return "", fmt.Errorf("the query of the page has no routers: %q", object[1])
	}
	return query.Encode(), nil
}

// startScript starts the script in a process of its own.
func startScript(_ context.Context, addrs []string) (client, error) {
	self, err := os.Executable()
	if err != nil {
		return client{}, err
	}
	p, err := bench.Start(nil, func(line string) { fmt.Fprintln(os.Stderr, "script:", line) }, self, "-script", strings.Join(addrs, ","))
	if err != nil {
		return client{}, err
	}
	return client{p.Usage, func() {}, func() error { return p.Stop(syscall.SIGTERM) }}, nil
}
