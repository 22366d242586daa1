package server_test

import (
	encoding "encoding/binary"
	"net/netip"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Of linux/netlink.h, sock_diag.h, inet_diag.h and tcp_states.h.
const (
	sockDiag       = 4  // NETLINK_SOCK_DIAG
	byFamily       = 20 // SOCK_DIAG_BY_FAMILY
	timeWait       = 6  // TCP_TIME_WAIT
	listening      = 10 // TCP_LISTEN
	timerOfTheGone = 3  // of what remembers a socket that is gone, in whichever state
)

// sockets are the connections that the kernel has for a port of the server, also those
// that the program has closed, and the bytes that wait in them for a client to read or
// for the program. The kernel is asked for just these: its table in /proc also has those
// that earlier tests closed, which are thousands.
func sockets(t *testing.T, addr string) (count, held int) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, sockDiag)
	require.NoError(t, err)
	defer func() { _ = syscall.Close(fd) }()

	question := make([]byte, syscall.NLMSG_HDRLEN+56) // inet_diag_req_v2
	native := encoding.NativeEndian
	native.PutUint32(question, uint32(len(question)))
	native.PutUint16(question[4:], byFamily)
	native.PutUint16(question[6:], syscall.NLM_F_REQUEST|syscall.NLM_F_DUMP)
	of := question[syscall.NLMSG_HDRLEN:]
	of[0], of[1] = syscall.AF_INET, syscall.IPPROTO_TCP
	native.PutUint32(of[4:], ^uint32(1<<timeWait|1<<listening))
	encoding.BigEndian.PutUint16(of[8:], netip.MustParseAddrPort(addr).Port())
	require.NoError(t, syscall.Sendto(fd, question, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}))

	for buf := make([]byte, 64<<10); ; {
		n, _, err := syscall.Recvfrom(fd, buf, 0)
		require.NoError(t, err)
		messages, err := syscall.ParseNetlinkMessage(buf[:n])
		require.NoError(t, err)
		for _, m := range messages {
			switch {
			case m.Header.Type == syscall.NLMSG_DONE:
				return count, held
			case m.Header.Type == syscall.NLMSG_ERROR:
				t.Fatalf("the kernel does not tell its sockets: %v", syscall.Errno(-int32(native.Uint32(m.Data))))
			case m.Data[2] != timerOfTheGone: // inet_diag_msg
				count++
				held += int(native.Uint32(m.Data[56:])) + int(native.Uint32(m.Data[60:])) // to be read, to be sent
			}
		}
	}
}
