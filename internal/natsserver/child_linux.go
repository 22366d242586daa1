package natsserver

import "syscall"

// childAttributes make the kernel end a node when the test program dies.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
