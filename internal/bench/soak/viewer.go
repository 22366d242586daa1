package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// wish is what a viewer asks for.
type wish struct {
	topics   string // as in the query; empty for the combined event
	delta    bool
	volatile bool
	routers  int // number of routers; 0 for all
	weight   int
}

var wishes = []wish{
	{routers: 1, weight: 40},
	{topics: "ppp_active,hotspot_active", delta: true, routers: 1, weight: 20},
	{topics: "ppp_active", delta: true, volatile: true, routers: 1, weight: 8},
	{topics: "interfaces,queues", delta: true, routers: 1, weight: 6},
	{topics: "sessions,log", routers: 1, weight: 15},
	{topics: "interfaces,queues,dhcp_leases,health", routers: 1, weight: 5},
	{routers: 5, weight: 3},
	{topics: "ppp_active,sessions", delta: true, routers: 5, weight: 2},
	everything,
}

// everything is all routers.
var everything = wish{topics: "ppp_active", delta: true, routers: 0, weight: 1}

// pick returns a random wish by weight.
func pick() wish {
	sum := 0
	for _, w := range wishes {
		sum += w.weight
	}
	n := rand.N(sum)
	for _, w := range wishes {
		if n -= w.weight; n < 0 {
			return w
		}
	}
	return wishes[0]
}

// view is one viewer, which opens one stream after the other until ctx ends. The first one
// always watches all routers, so that they are polled all the time: the memory at the end is
// to be that of the first minute.
func (t *trial) view(ctx context.Context, n int) {
	for bench.Pause(ctx, rand.N(3*time.Second)) == nil {
		w := t.newWatch(pick())
		if n == 0 {
			w = t.newWatch(everything)
		}
		for {
			t.follow(ctx, w)
			if ctx.Err() != nil || rand.N(3) == 0 {
				break
			}
			if bench.Pause(ctx, rand.N(4*time.Second)) != nil {
				break
			}
		}
	}
}

// newWatch chooses the routers for a wish.
func (t *trial) newWatch(w wish) *watch {
	list := t.fleet
	query := url.Values{}
	if w.routers == 0 {
		query.Set("router", "*")
	} else {
		list = nil
		for _, i := range rand.Perm(len(t.fleet))[:w.routers] {
			list = append(list, t.fleet[i])
			query.Add("router", t.fleet[i].id)
		}
	}
	if w.topics != "" {
		query.Set("topics", w.topics)
	}
	if w.delta {
		query.Set("mode", "delta")
	}
	if w.volatile {
		query.Set("volatile", "1")
	}
	return newWatch(t.book, w, list, "/sse?"+query.Encode())
}

// follow opens the stream of a watch, which may be a resumption, and checks its events
// until the viewer closes it or it ends.
func (t *trial) follow(ctx context.Context, w *watch) {
	var headers []string
	if w.lastID != "" {
		headers = append(headers, "Last-Event-ID: "+w.lastID)
		t.book.count("streams that resume another")
	}
	opened := time.Now()
	conn, err := t.server.Stream(w.target, headers...)
	if err != nil {
		t.book.violate("stream", "open %s: %v", w.target, err)
		return
	}
	var left atomic.Bool // by the viewer
	leave := func() { left.Store(true); _ = conn.Close() }
	enough := time.AfterFunc(between(5*time.Second, 90*time.Second), leave)
	defer enough.Stop()
	defer context.AfterFunc(ctx, leave)()
	defer leave()

	r := bufio.NewReaderSize(conn, 64<<10)
	head, err := http.ReadResponse(r, nil)
	switch {
	case left.Load():
		return
	case err != nil:
		t.book.violate("stream", "the head of %s: %v", w.target, err)
		return
	case head.StatusCode == http.StatusNotFound && w.excused(opened.Add(-time.Minute)):
		t.book.count("streams of a router that is away")
		return
	case head.StatusCode != http.StatusOK:
		t.book.violate("stream", "%s: %s", w.target, head.Status)
		return
	}
	t.book.count("streams")
	w.begin()
	if rand.N(20) == 0 {
		w.standStill = time.Now().Add(between(time.Second, 20*time.Second))
	}
	err = w.read(ctx, conn, bufio.NewReader(head.Body))
	w.over(err, left.Load())
}

// read checks events until the stream fails or ends.
func (w *watch) read(ctx context.Context, conn net.Conn, r *bufio.Reader) error {
	var name, id, data string
	for {
		if !w.standStill.IsZero() && time.Now().After(w.standStill) {
			w.stall(ctx, conn)
		}
		// A comment comes at least every 15 s.
		if err := conn.SetReadDeadline(time.Now().Add(45 * time.Second)); err != nil {
			return err
		}
		line, err := r.ReadString('\n')
		if err != nil {
			if errors.Is(err, io.EOF) && line != "" {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "":
			if data != "" {
				w.event(name, id, []byte(data))
			}
			name, id, data = "", "", ""
		case field == "id":
			id = value
		case field == "event":
			name = value
		case field == "data" && data == "":
			data = value
		case field == "retry", strings.HasPrefix(line, ":"):
		default:
			w.book.violate("frame", "%s: %.200q", w.target, line)
		}
	}
}

// stall stops reading for a while.
func (w *watch) stall(ctx context.Context, conn net.Conn) {
	w.standStill, w.stalled = time.Time{}, true
	w.book.count("viewers that stood still")
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4 << 10)
	}
	_ = bench.Pause(ctx, between(3*time.Second, 20*time.Second))
}

// over checks the end of a stream.
func (w *watch) over(err error, left bool) {
	switch {
	case left:
		w.gaps()
		w.book.count("streams that the viewer left")
	case w.ended != "":
		w.book.count("streams that ended: " + w.ended)
		if w.ended != "max_age" && (w.ended != "disconnected" || !w.excused(w.opened)) {
			w.book.violate("end", "%s ended: %s", w.target, w.ended)
		}
	case w.stalled:
		w.book.count("streams closed on a viewer that stood still")
	default:
		w.book.violate("stream", "%s broke after %v: %v", w.target, time.Since(w.opened).Round(time.Millisecond), err)
	}
}

// excused reports whether a router of the watch had a fault since then.
func (w *watch) excused(since time.Time) bool {
	for _, d := range w.routers {
		if d.excused(since) {
			return true
		}
	}
	return false
}
