//go:build unix

package natsserver

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Pause stops the node where it is: its connections stay open and nothing answers.
func (n *Node) Pause() error {
	if err := n.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	// A process goes on for a moment after the signal was sent.
	for late := time.Now().Add(stopPatience); time.Now().Before(late) && !stopped(n.PID()); {
		time.Sleep(time.Millisecond)
	}
	return nil
}

// stopped reports whether no thread of a process runs, as far as the system tells.
func stopped(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true // no Linux
	}
	_, state, _ := bytes.Cut(data[bytes.LastIndexByte(data, ')'):], []byte(" "))
	return len(state) > 0 && state[0] == 'T'
}

// Resume goes on after Pause.
func (n *Node) Resume() error { return n.cmd.Process.Signal(syscall.SIGCONT) }
