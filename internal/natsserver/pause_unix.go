//go:build unix

package natsserver

import "syscall"

// Pause stops the node where it is: its connections stay open and nothing answers.
func (n *Node) Pause() error { return n.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume goes on after Pause.
func (n *Node) Resume() error { return n.cmd.Process.Signal(syscall.SIGCONT) }
