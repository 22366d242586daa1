package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/bench"
)

// Hostile clients have a key for the first routers, or none. These routers have no faults,
// so that whatever happens to their viewers is the doing of the hostile clients. The first of
// them has many users, whose answers are large.
const (
	weakKey   = "a key of a client that is hostile"
	weakList  = "router-0000*" // routers of the key, also some with faults
	calm      = 6              // routers without faults
	manyUsers = 2000           // of the first one
	held      = 16 << 20       // MAX_HELD_BYTES
)

// weakKeyLine is the key for API_KEYS.
func weakKeyLine() string {
	return fmt.Sprintf("name=weak role=operator routers=%s hash=%s", weakList, access.HashOf(weakKey))
}

// attack is one kind of hostile client. do is repeated until ctx ends, by so many clients.
type attack struct {
	name    string
	clients int
	do      func(t *trial, ctx context.Context, c *enemy)
}

var attacks = []attack{
	{"unread answers", 40, (*trial).leaveUnread},
	{"unread pages", 10, (*trial).leavePagesUnread},
	{"batches of invented ids", 2, (*trial).invent},
	{"endless commands", 16, (*trial).endless},
	{"wrong keys", 4, (*trial).guess},
}

// enemy is one hostile client.
type enemy struct {
	attack string
	from   net.IP // its address, which viewers do not share
}

// attackAll runs all hostile clients until ctx ends.
func (t *trial) attackAll(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for i, a := range attacks {
		for n := range a.clients {
			c := &enemy{a.name, net.IPv4(127, 4, byte(i), byte(1+n))}
			wg.Go(func() {
				for bench.Pause(ctx, rand.N(time.Second)) == nil {
					a.do(t, ctx, c)
				}
			})
		}
	}
}

// send opens a connection and sends a request with a key, or with none. The connection is
// closed when ctx ends.
func (t *trial) send(ctx context.Context, c *enemy, key, method, path, body string, headers ...string) (net.Conn, func()) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: c.from}, Timeout: 10 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", t.server.Addr)
	if err != nil {
		t.book.count("hostile: " + c.attack + ": not connected")
		return nil, nil
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	end := func() { stop(); _ = conn.Close() }
	text := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, t.server.Addr)
	if key != "" {
		headers = append(headers, "X-API-Key: "+key)
	}
	if body != "" {
		headers = append(headers, "Content-Type: application/json", fmt.Sprint("Content-Length: ", len(body)))
	}
	for _, h := range headers {
		text = append(append(text, h...), "\r\n"...)
	}
	if _, err := conn.Write(append(append(text, "\r\n"...), body...)); err != nil {
		end()
		return nil, nil
	}
	return conn, end
}

// leaveUnread asks for a large answer and reads none of it.
func (t *trial) leaveUnread(ctx context.Context, c *enemy) {
	body := fmt.Sprintf(`{"router_id":%q,"args":["/ppp/secret/print"]}`, bench.RouterID(0))
	conn, end := t.send(ctx, c, weakKey, http.MethodPost, "/run", body)
	if conn == nil {
		return
	}
	defer end()
	_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	t.book.count("hostile: " + c.attack)
	_ = bench.Pause(ctx, between(5*time.Second, 30*time.Second))
	t.status(conn, c)
}

// leavePagesUnread asks for a page many times, without a key, and reads none of it.
func (t *trial) leavePagesUnread(ctx context.Context, c *enemy) {
	page := fmt.Sprintf("GET / HTTP/1.1\r\nHost: %s\r\n\r\n", t.server.Addr)
	conn, end := t.send(ctx, c, "", http.MethodGet, "/", "")
	if conn == nil {
		return
	}
	defer end()
	_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(conn, strings.Repeat(page, 200))
	t.book.count("hostile: " + c.attack)
	_ = bench.Pause(ctx, between(5*time.Second, 30*time.Second))
}

// invent sends a command to ids of which two exist, and reads the answer.
func (t *trial) invent(ctx context.Context, c *enemy) {
	var ids strings.Builder
	for range 5000 {
		fmt.Fprintf(&ids, `"invented-%d",`, rand.N(1<<40))
	}
	body := fmt.Sprintf(`{"routers":[%s%q,%q],"args":["/ip/address/print"]}`, ids.String(), bench.RouterID(1), bench.RouterID(rand.N(10)))
	conn, end := t.send(ctx, c, weakKey, http.MethodPost, "/run/batch", body)
	if conn == nil {
		return
	}
	defer end()
	t.book.count("hostile: " + c.attack)
	_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	if resp := t.status(conn, c); resp != nil {
		_, _ = io.Copy(io.Discard, resp.Body)
	}
}

// endless starts a command that does not end, reads its rows for a while and leaves.
func (t *trial) endless(ctx context.Context, c *enemy) {
	id := bench.RouterID(1 + rand.N(calm-1))
	body := fmt.Sprintf(`{"router_id":%q,"args":["/ping","=address=192.0.2.1","=interval=0.2"],"timeout":600}`, id)
	conn, end := t.send(ctx, c, weakKey, http.MethodPost, "/run", body, "Accept: application/x-ndjson")
	if conn == nil {
		return
	}
	defer end()
	t.book.count("hostile: " + c.attack)
	_ = conn.SetReadDeadline(time.Now().Add(between(5*time.Second, 40*time.Second)))
	if resp := t.status(conn, c); resp != nil {
		_, _ = io.Copy(io.Discard, resp.Body)
	}
}

// guess sends wrong keys on one connection as fast as they are answered.
func (t *trial) guess(ctx context.Context, c *enemy) {
	conn, end := t.send(ctx, c, "wrong", http.MethodGet, "/routers", "")
	if conn == nil {
		return
	}
	defer end()
	r := bufio.NewReader(conn)
	for n := 0; ; n++ {
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return
		}
		t.book.count(fmt.Sprintf("hostile: %s: %d", c.attack, resp.StatusCode))
		if resp.StatusCode == http.StatusOK {
			t.book.violate("key", "a wrong key is accepted")
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.Close {
			return
		}
		request := fmt.Appendf(nil, "GET /routers HTTP/1.1\r\nHost: %s\r\nX-API-Key: wrong-%d\r\n\r\n", t.server.Addr, n)
		if _, err := conn.Write(request); err != nil {
			return
		}
	}
}

// status counts the status of an answer, whose body is then read or not.
func (t *trial) status(conn net.Conn, c *enemy) *http.Response {
	if c.attack == "unread answers" { // what is in the buffer of this end
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		head := make([]byte, 64)
		n, _ := conn.Read(head)
		line, _, _ := bytes.Cut(head[:n], []byte("\r\n"))
		t.book.count(fmt.Sprintf("hostile: %s: %s", c.attack, bytes.TrimPrefix(line, []byte("HTTP/1.1 "))))
		return nil
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil
	}
	t.book.count(fmt.Sprintf("hostile: %s: %d", c.attack, resp.StatusCode))
	return resp
}
