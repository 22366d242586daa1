// Package bench is what the measuring programs below it share: child processes
// and what they use, a client of the server, simulated routers in a process of
// their own, and tables of results. Nothing of it is part of the server.
//
// What a process uses is read from /proc, so the programs run on Linux only.
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

// Process is a child process. Its output goes line by line to the function that
// Start was given.
type Process struct {
	cmd    *exec.Cmd
	output sync.WaitGroup
}

// Start starts a program with env beside the environment of this process. line
// gets every line of both outputs, one at a time.
func Start(env []string, line func(string), path string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(path, args...)}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.SysProcAttr = childAttributes() // a measurement that is interrupted leaves nothing behind
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
			_, _ = io.Copy(io.Discard, r) // behind a line that is too long
		})
	}
	return p, nil
}

// Stop asks the process to end with the signal and waits for it, 15 s at most.
func (p *Process) Stop(signal syscall.Signal) error {
	if err := p.cmd.Process.Signal(signal); err != nil {
		return err
	}
	late := time.AfterFunc(15*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	p.output.Wait()
	return p.cmd.Wait()
}

// Usage is what a process has used so far and holds now.
type Usage struct {
	CPU     time.Duration // user and system, all threads; the kernel counts loopback traffic to the sender
	RSS     int64         // bytes of resident memory; buffers of sockets are the kernel's and not in it
	Threads int
	Files   int // open descriptors
}

// Usage reads what the process uses.
func (p *Process) Usage() (Usage, error) { return UsageOf(p.cmd.Process.Pid) }

// tick is the unit of CPU times in /proc, the same on all Linux systems.
const tick = 10 * time.Millisecond

// UsageOf reads what a process uses: stat, smaps_rollup and fd, as described in
// proc(5).
func UsageOf(pid int) (Usage, error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return Usage{}, err
	}
	_, rest, _ := bytes.Cut(stat, []byte(") ")) // the name may hold anything
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
