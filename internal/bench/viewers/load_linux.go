package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// account is what the viewers print, once a second and at the end.
type account struct {
	At        int64          // ns since the viewers began
	Open      int            // connections that stand
	Bytes     int64          // of everything that came
	Delivered int64          // events, each viewer counted
	Events    map[uint64]hit // of the last seconds, by the hash of the id
}

// hit is one event as it came to the viewers.
type hit struct {
	Viewers     int
	First, Last int64 // ns since the viewers began
}

// viewer is one connection. Its parser sees pieces of any size.
type viewer struct {
	fd    int
	event uint64 // hash of the id of the event that is coming; 0 between events
	carry []byte // the end of the last piece, where a mark may have been cut
}

type crowd struct {
	began   time.Time
	viewers map[int32]*viewer
	account account
}

var (
	ids     = maphash.MakeSeed() // ids are opaque: all that counts is which are the same
	idMark  = []byte("id: ")
	endMark = []byte("\n\n")
)

// watch opens the connections, then reads from all of them until ctx ends or all
// are closed. The account goes to standard output as JSON, a line a second.
func watch(ctx context.Context, addr, path string, count int) error {
	to, err := netip.ParseAddrPort(addr)
	if err != nil {
		return err
	}
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	c := &crowd{began: time.Now(), viewers: make(map[int32]*viewer), account: account{Events: make(map[uint64]hit)}}
	request := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nX-API-Key: %s\r\nAccept: text/event-stream\r\n\r\n", path, addr, bench.APIKey)
	for range count {
		fd, err := open(to, request)
		if err != nil {
			return fmt.Errorf("connection %d: %w", len(c.viewers)+1, err)
		}
		c.viewers[int32(fd)] = &viewer{fd: fd}
		if err := syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}); err != nil {
			return err
		}
	}
	out := json.NewEncoder(os.Stdout)
	events := make([]syscall.EpollEvent, 1024)
	buf := make([]byte, 256<<10)
	for report := time.Now(); ctx.Err() == nil && len(c.viewers) > 0; {
		n, err := syscall.EpollWait(poll, events, 0)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
		if n <= 0 {
			// Were it asleep in the kernel, the server would have to wake it with
			// every write: a price of having the viewers on the same machine, and
			// the higher the slower a server writes.
			time.Sleep(time.Millisecond)
		}
		for _, e := range events[:max(n, 0)] {
			c.read(c.viewers[e.Fd], buf)
		}
		if time.Since(report) >= time.Second {
			report = time.Now()
			c.account.Open, c.account.At = len(c.viewers), time.Since(c.began).Nanoseconds()
			if err := out.Encode(c.account); err != nil {
				return err
			}
			c.forget()
		}
	}
	c.account.Open = len(c.viewers)
	return out.Encode(c.account)
}

// open connects and asks.
func open(to netip.AddrPort, request []byte) (int, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}); err != nil {
		return 0, err
	}
	if _, err := syscall.Write(fd, request); err != nil {
		return 0, err
	}
	return fd, syscall.SetNonblock(fd, true)
}

// read takes what has come on one connection.
func (c *crowd) read(v *viewer, buf []byte) {
	if v == nil {
		return
	}
	n, err := syscall.Read(v.fd, buf)
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) {
		return
	}
	if err != nil || n == 0 {
		_ = syscall.Close(v.fd)
		delete(c.viewers, int32(v.fd))
		return
	}
	c.account.Bytes += int64(n)
	c.scan(v, buf[:n], time.Since(c.began).Nanoseconds())
}

// scan finds events: a line with an id begins one, an empty line ends it. Chunks
// of HTTP end in CR LF, so they never look like an end.
func (c *crowd) scan(v *viewer, b []byte, at int64) {
	if len(v.carry) > 0 {
		b = append(v.carry, b...)
	}
	v.carry = v.carry[:0]
	for {
		if v.event == 0 {
			i := bytes.Index(b, idMark)
			if i < 0 {
				v.keep(b, len(idMark)-1)
				return
			}
			line, rest, whole := bytes.Cut(b[i:], endMark[:1])
			if !whole {
				v.keep(b[i:], len(b)-i)
				return
			}
			v.event = max(1, maphash.Bytes(ids, line))
			b = rest
			continue
		}
		i := bytes.Index(b, endMark)
		if i < 0 {
			v.keep(b, 1)
			return
		}
		h := c.account.Events[v.event]
		if h.Viewers++; h.Viewers == 1 {
			h.First = at
		}
		h.Last = at
		c.account.Delivered++
		c.account.Events[v.event] = h
		v.event = 0
		b = b[i+len(endMark):]
	}
}

// keep holds the last bytes back for the next piece.
func (v *viewer) keep(b []byte, n int) {
	v.carry = append([]byte(nil), b[max(0, len(b)-n):]...)
}

// forget drops events that nobody can still be waiting for.
func (c *crowd) forget() {
	now := time.Since(c.began).Nanoseconds()
	for id, h := range c.account.Events {
		if now-h.Last > (5 * time.Second).Nanoseconds() {
			delete(c.account.Events, id)
		}
	}
}
