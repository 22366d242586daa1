package bench

import "syscall"

// childAttributes have the kernel end a child whose parent has died.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
