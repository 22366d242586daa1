package viewer

import (
	"errors"
	"syscall"
)

// poll waits for what happens to the sockets of viewers: room to write, and
// clients that left. Sockets leave it by being closed.
type poll struct {
	epoll int
	pipe  [2]int // closing one end wakes run
}

func newPoll() (*poll, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	p := &poll{epoll: epoll}
	if err := syscall.Pipe2(p.pipe[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		_ = syscall.Close(epoll)
		return nil, err
	}
	wake := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLHUP, Fd: -1}
	if err := syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, p.pipe[0], &wake); err != nil {
		return nil, errors.Join(err, syscall.Close(epoll))
	}
	return p, nil
}

// edge makes the kernel report each change once.
const edge = 1 << 31

// add watches the socket of a viewer. Slot and nonce travel with its events, so
// that a late one is not taken for another viewer's.
func (p *poll) add(v *viewer) error {
	var failed error
	err := v.raw.Control(func(fd uintptr) {
		failed = syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, int(fd), &syscall.EpollEvent{
			Events: syscall.EPOLLOUT | syscall.EPOLLRDHUP | edge,
			Fd:     int32(v.slot),
			Pad:    int32(v.nonce),
		})
	})
	return errors.Join(err, failed)
}

// run reports until close is called.
func (p *poll) run(happened func(slot, nonce uint32, gone bool)) {
	events := make([]syscall.EpollEvent, 256)
	for {
		n, err := syscall.EpollWait(p.epoll, events, -1)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return
		}
		for _, e := range events[:n] {
			if e.Fd < 0 {
				_ = syscall.Close(p.epoll)
				_ = syscall.Close(p.pipe[0])
				return
			}
			gone := e.Events&(syscall.EPOLLRDHUP|syscall.EPOLLHUP|syscall.EPOLLERR) != 0
			happened(uint32(e.Fd), uint32(e.Pad), gone)
		}
	}
}

// writeOnce writes what the socket takes now.
func writeOnce(fd uintptr, b []byte) (int, error) { return syscall.Write(int(fd), b) }

func (p *poll) close() { _ = syscall.Close(p.pipe[1]) }
