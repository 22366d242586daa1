//go:build !linux

package natsserver

import "syscall"

func childAttributes() *syscall.SysProcAttr { return nil }
