package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/go-routeros/routeros/v3"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// latency runs the same command in turns over a bare connection to the router and
// through POST /run on a kept-alive connection. Both clients are as thin as they can
// be: the difference is the server's share. A request that asks no router shows how
// much of that is net/http.
//
// The client, the server and the router share the few processors of this machine, and
// a thread of Go's that looks for work takes time from the others. The same with
// GOMAXPROCS=1 shows how much, and next to polls of many routers what it costs.
func (s settings) latency(ctx context.Context) ([]bench.Row, error) {
	var rows []bench.Row
	for _, routers := range []int{1, 1000} {
		for _, env := range [][]string{nil, {"GOMAXPROCS=1"}} {
			more, err := s.latencyOf(ctx, routers, env...)
			if err != nil {
				return nil, err
			}
			rows = append(rows, more...)
		}
	}
	return rows, nil
}

func (s settings) latencyOf(ctx context.Context, routers int, env ...string) (rows []bench.Row, err error) {
	name := "POST /run on loopback"
	if routers > 1 {
		name += fmt.Sprintf(" while polling %d routers every %v", routers, s.intervalFor(routers))
	}
	name = strings.Join(append([]string{name}, env...), ", ")
	devices, server, err := s.start(ctx, routers, small, append(s.intervalEnv(routers), env...)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop(server, devices)) }()
	if routers > 1 {
		stream, err := watchAll(server)
		if err != nil {
			return nil, err
		}
		defer func() { _ = stream.Close() }()
		if err := bench.Pause(ctx, warmUp(s.intervalFor(routers))); err != nil {
			return nil, err
		}
	}

	bare, err := dialBare(devices.Addrs[0])
	if err != nil {
		return nil, err
	}
	defer func() { _ = bare.conn.Close() }()
	conn, err := net.Dial("tcp", server.Addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	relay, err := startRelay(relayKind, devices.Addrs[0], env)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, relay.close()) }()
	session, err := startRelay(sessionRelayKind, devices.Addrs[0], env)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.close()) }()
	sentence := proto.AppendSentence(nil, runWords...)
	request := server.Request(http.MethodPost, "/run", `{"router_id":"`+bench.RouterID(0)+`","args":["`+runWords[0]+`"]}`)
	nothing := server.Request(http.MethodGet, "/healthz", "")
	answers := bufio.NewReader(conn)

	turns, err := s.take(ctx, []func() error{
		func() error { return bare.exchange(sentence, 1) },
		func() error { return post(conn, answers, nothing) },
		func() error { return post(relay.conn, relay.answers, request) },
		func() error { return post(session.conn, session.answers, request) },
		func() error { return post(conn, answers, request) },
	})
	if err != nil {
		return nil, err
	}
	direct, empty, least, shared, through := turns[0], turns[1], turns[2], turns[3], turns[4]
	for _, q := range []struct {
		name string
		at   float64
		goal string
	}{{"p50", 0.5, "1.15 of both"}, {"p99", 0.99, ""}} {
		a, e, b := bench.Quantile(direct, q.at), bench.Quantile(empty, q.at), bench.Quantile(through, q.at)
		l, h := bench.Quantile(least, q.at), bench.Quantile(shared, q.at)
		both := float64(a + e)
		rows = append(rows, bench.Row{
			Name:     name + ", " + q.name,
			Measured: fmt.Sprintf("%s, %.2f of both, %.2f of a relay", bench.Micros(b), float64(b)/both, float64(b)/float64(l)),
			Baseline: fmt.Sprintf("bare exchange: %s, GET /healthz: %s, relay: %s, %.2f of both, with a session: %s, %.2f",
				bench.Micros(a), bench.Micros(e), bench.Micros(l), float64(l)/both, bench.Micros(h), float64(h)/both),
			Goal: q.goal,
		})
	}
	return rows, nil
}

// take does all of it in turns and returns how long each took.
func (s settings) take(ctx context.Context, do []func() error) ([][]time.Duration, error) {
	took := make([][]time.Duration, len(do))
	for i := range s.runs + 100 { // the first ones warm up
		for k, one := range do {
			began := time.Now()
			if err := one(); err != nil {
				return nil, err
			}
			if i >= 100 {
				took[k] = append(took[k], time.Since(began))
			}
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return took, nil
}

// runWords is the command whose latency is measured.
var runWords = []string{"/system/identity/print"}

func post(conn net.Conn, answers *bufio.Reader, request []byte) error {
	if _, err := conn.Write(request); err != nil {
		return err
	}
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = &bench.StatusError{Status: resp.StatusCode, Body: string(body)}
	}
	return err
}

// cycle measures polls of a router with a latency of 100 ms, compared with the three
// commands one after the other, as a client without tags sends them.
func (s settings) cycle(ctx context.Context) (rows []bench.Row, err error) {
	const roundTrip = 100 * time.Millisecond
	devices, server, err := s.start(ctx, 1, append(small, "-latency", roundTrip.String()))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop(server, devices)) }()
	took, err := watchedPolls(ctx, server, s.polls)
	if err != nil {
		return nil, err
	}
	client, err := routeros.DialTimeout(devices.Addrs[0], bench.DeviceUser, bench.DevicePassword, 10*time.Second)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }()
	var sequential []time.Duration
	for range s.polls {
		began := time.Now()
		for _, words := range pollWords() {
			if _, err := client.RunArgs(words); err != nil {
				return nil, err
			}
		}
		sequential = append(sequential, time.Since(began))
	}
	trips := func(d time.Duration) string {
		return fmt.Sprintf("%s, %.2f round trips", bench.Millis(d), float64(d)/float64(roundTrip))
	}
	return []bench.Row{{
		Name:     "poll cycle of three menus, router 100 ms away, median",
		Measured: trips(bench.Median(took)),
		Baseline: "go-routeros, one by one: " + trips(bench.Median(sequential)),
		Goal:     "1.1 round trips",
	}}, nil
}

// watchedPolls returns the durations of some polls, as the server reports them.
func watchedPolls(ctx context.Context, server *bench.Server, polls int) ([]time.Duration, error) {
	stream, err := server.Stream("/sse/" + bench.RouterID(0))
	if err != nil {
		return nil, err
	}
	defer func() { _ = stream.Close() }()
	go func() { _, _ = io.Copy(io.Discard, stream) }() // ends with the stream
	var took []time.Duration
	for last := 0; len(took) < polls; {
		if err := bench.Pause(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
		list, err := server.Routers(ctx)
		if err != nil {
			return nil, err
		}
		poll := list[0].LastPoll
		if poll.Error != "" {
			return nil, errors.New(poll.Error)
		}
		if poll.Polls > last {
			last = poll.Polls
			took = append(took, time.Duration(poll.TookMS*float64(time.Millisecond)))
		}
	}
	return took, nil
}

// start starts routers and a server, and connects them.
func (s settings) start(ctx context.Context, count int, device []string, env ...string) (*bench.Devices, *bench.Server, error) {
	devices, err := bench.Play(s.binary, firstAddr, count, device...)
	if err != nil {
		return nil, nil, err
	}
	server, err := bench.Serve(s.binary, env...)
	if err != nil {
		return nil, nil, errors.Join(err, devices.Close())
	}
	if err := server.ConnectAll(ctx, devices.Addrs, 0); err != nil {
		return nil, nil, errors.Join(err, stop(server, devices))
	}
	return devices, server, nil
}

// stop ends the routers and the server, and prints the warnings that it logged.
func stop(server *bench.Server, devices *bench.Devices) error {
	err := server.Stop(syscall.SIGTERM)
	for _, line := range server.Log() {
		fmt.Fprintln(os.Stderr, "server:", line)
	}
	return errors.Join(err, devices.Close())
}
