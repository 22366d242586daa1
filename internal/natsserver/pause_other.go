//go:build !unix

package natsserver

import "errors"

// Pause cannot stop a process on this system.
func (n *Node) Pause() error { return errors.ErrUnsupported }

// Resume goes on after Pause.
func (n *Node) Resume() error { return errors.ErrUnsupported }
