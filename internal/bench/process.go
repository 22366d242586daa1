// Package bench is shared by the measuring programs below it: child processes and their
// resources, a client of the server, simulated routers in separate processes, and
// tables of results. It is not part of the server.
//
// The resources of a process are read from /proc, so the programs run on Linux only.
package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a child process. Its output is passed line by line to a function.
type Process struct {
	cmd    *exec.Cmd
	output sync.WaitGroup
}

// Start starts a program with env added to the environment of this process. line is
// called for each line of both outputs, one at a time.
func Start(env []string, line func(string), path string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(path, args...)}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.SysProcAttr = childAttributes() // an interrupted measurement leaves no process behind
	stdout, errOut := p.cmd.StdoutPipe()
	stderr, errErr := p.cmd.StderrPipe()
	if err := errors.Join(errOut, errErr); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	for _, r := range []io.Reader{stdout, stderr} {
		p.output.Go(func() {
			lines := bufio.NewScanner(r)
			lines.Buffer(nil, 1<<20)
			for lines.Scan() {
				mu.Lock()
				line(lines.Text())
				mu.Unlock()
			}
			_, _ = io.Copy(io.Discard, r) // after a line that is too long
		})
	}
	return p, nil
}

// PID is the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal to the process.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Wait waits for the end of a process that is not stopped by Stop.
func (p *Process) Wait() error {
	p.output.Wait()
	return p.cmd.Wait()
}

// Stop sends the signal to the process and waits for its end, for at most 15 s.
func (p *Process) Stop(signal syscall.Signal) error {
	if err := p.cmd.Process.Signal(signal); err != nil {
		return err
	}
	late := time.AfterFunc(15*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	return p.Wait()
}

// Usage is the CPU time of a process so far, and the resources that it holds now.
type Usage struct {
	CPU     time.Duration // user and system, all threads; the kernel counts loopback traffic to the sender
	RSS     int64         // bytes of resident memory, without the socket buffers of the kernel
	Threads int
	Files   int // open descriptors
}

// Usage reads the usage of the process.
func (p *Process) Usage() (Usage, error) { return UsageOf(p.cmd.Process.Pid) }

// tick is the unit of CPU times in /proc, the same on all Linux systems.
const tick = 10 * time.Millisecond

// UsageOf reads the usage of a process from stat, smaps_rollup and fd; see proc(5).
func UsageOf(pid int) (Usage, error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return Usage{}, err
	}
	_, rest, _ := bytes.Cut(stat, []byte(") ")) // the name may contain anything
	fields := strings.Fields(string(rest))
	if len(fields) < 18 {
		return Usage{}, fmt.Errorf("%sstat has %d fields", dir, len(fields))
	}
	var u Usage
	for _, i := range []int{11, 12} { // utime, stime; 14 and 15 in proc(5), which counts from the pid
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return Usage{}, err
		}
		u.CPU += time.Duration(n) * tick
	}
	if u.Threads, err = strconv.Atoi(fields[17]); err != nil {
		return Usage{}, err
	}
	if u.RSS, err = resident(dir + "smaps_rollup"); err != nil {
		return Usage{}, err
	}
	files, err := os.ReadDir(dir + "fd")
	u.Files = len(files)
	return u, err
}

func resident(path string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "Rss:" {
			kib, err := strconv.ParseInt(f[1], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("%s has no Rss", path)
}
