//go:build linux && amd64

package server_test

import (
	"debug/elf"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// steppedClock is set in the process in which TestIntervalsUseTheMonotonicClock steps the
// wall clock.
const steppedClock = "MIKRONEC_TEST_STEPPED_CLOCK"

// Nothing that the program measures depends on the wall clock, which an operator or NTP
// may step at any time: an hour forward and two hours back, sessions, streams and
// heart-beats go on, and a router that falls silent is noticed. The test has a process of
// its own, since others count on their clock.
func TestIntervalsUseTheMonotonicClock(t *testing.T) {
	t.Parallel()
	if os.Getenv(steppedClock) == "" {
		file, err := os.Executable()
		require.NoError(t, err)
		run := exec.CommandContext(t.Context(), file, "-test.run", "^"+t.Name()+"$", "-test.v")
		run.Env = append(os.Environ(), steppedClock+"=1")
		text, err := run.CombinedOutput()
		require.NoError(t, err, string(text))
		require.Contains(t, string(text), "--- PASS: "+t.Name()+"/back")
		return
	}
	stepWall := takeWallClock(t)
	for name, seconds := range map[string]int64{"forward": 3600, "back": -7200} {
		t.Run(name, func(t *testing.T) {
			p := start(t, map[string]string{
				"POLL_INTERVAL": "500ms", "POLL_TIMEOUT": "1s", "SSE_HEARTBEAT": "1s", "SSE_MAX_AGE": "10m",
			})
			d, addr := device(t, sim.Options{PPPUsers: 3})
			require.Equal(t, http.StatusOK, p.connect("a", addr).status)
			busy := p.open("a")
			busy.snapshot()
			idle := p.open("a?topics=sessions")
			beats := idle.comments()

			before := time.Now()
			stepWall(seconds)
			defer stepWall(-seconds)
			assert.InDelta(t, seconds, time.Now().Round(0).Sub(before.Round(0)).Seconds(), 60, "the wall clock")
			assert.Less(t, time.Since(before), time.Minute, "the monotonic clock")
			for range 5 {
				assert.Len(t, busy.snapshot()["ppp_active"], 3)
			}
			for range 3 {
				select {
				case _, open := <-beats:
					require.True(t, open, "the stream ended")
				case <-time.After(10 * time.Second):
					t.Fatal("no heart-beat")
				}
			}
			assert.Equal(t, http.StatusOK, p.run("a", "/system/identity/print").status)
			assert.Equal(t, 1, d.Stats().Logins, "the session is the one of before")

			d.Inject(sim.Fault{Kind: sim.Deaf})
			busy.status("down")
			d.Clear()
			busy.status("up")
		})
	}
}

// wallStep is what the wall clock of this process is ahead of the system's, in seconds.
var wallStep int64

// takeWallClock replaces the function that tells the time to this process, and to it alone:
// clock_gettime of the vDSO, which the kernel maps into every process and Go calls for
// time.Now. The new one asks the system, and adds wallStep to CLOCK_REALTIME. It returns
// what moves the clock.
func takeWallClock(t *testing.T) (step func(seconds int64)) {
	t.Helper()
	// C: int f(clockid_t clock, struct timespec *to); clock is in edi, to in rsi.
	code := []byte{
		0xb8, 0xe4, 0x00, 0x00, 0x00, // mov eax, 228 (the system call clock_gettime)
		0x0f, 0x05, // syscall
		0x85, 0xff, // test edi, edi (CLOCK_REALTIME is 0)
		0x75, 0x10, // jne to ret
		0x48, 0xb9, // mov rcx, &wallStep
	}
	for address := range 8 { // little-endian
		code = append(code, byte(uintptr(unsafe.Pointer(&wallStep))>>(8*address)))
	}
	code = append(code,
		0x48, 0x8b, 0x09, // mov rcx, [rcx]
		0x48, 0x01, 0x0e, // add [rsi], rcx (the seconds)
		0xc3, // ret
	)
	// This file reaches pages that are mapped for reading alone; the write copies the page, so
	// that no other process sees it.
	memory, err := os.OpenFile("/proc/self/mem", os.O_RDWR, 0)
	require.NoError(t, err)
	defer func() { _ = memory.Close() }()
	_, err = memory.WriteAt(code, vdsoFunction(t, memory, "__vdso_clock_gettime"))
	require.NoError(t, err)
	return func(seconds int64) { atomic.AddInt64(&wallStep, seconds) }
}

// vdsoFunction returns the address of a function of the vDSO, which is an ELF file in memory.
func vdsoFunction(t *testing.T, memory io.ReaderAt, name string) int64 {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	require.NoError(t, err)
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		if !strings.HasSuffix(strings.TrimSpace(line), "[vdso]") {
			continue
		}
		_, err := fmt.Sscanf(line, "%x-%x ", &from, &to)
		require.NoError(t, err)
		file, err := elf.NewFile(io.NewSectionReader(memory, from, to-from))
		require.NoError(t, err)
		symbols, err := file.DynamicSymbols()
		require.NoError(t, err)
		for _, s := range symbols {
			if s.Name == name {
				return from + int64(s.Value)
			}
		}
	}
	t.Fatal("the vDSO of this kernel has no " + name)
	return 0
}

// comments has a value for each comment of the stream; it is closed when the
// stream ends.
func (s *stream) comments() <-chan struct{} {
	out := make(chan struct{}, 100)
	go func() {
		defer close(out)
		for {
			line, err := s.lines.ReadString('\n')
			if err != nil {
				return
			}
			if line[0] == ':' {
				out <- struct{}{}
			}
		}
	}()
	return out
}
