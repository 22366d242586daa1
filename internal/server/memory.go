package server

import (
	"bufio"
	"bytes"
	"io/fs"
	"math"
	"path"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/aprakasa/mikronec/internal/config"
)

// Without MAX_HELD_BYTES, replies may hold a quarter of the memory, leastHeld at least.
// unknownMemory is taken where the memory is not known.
const (
	leastHeld     = 64 << 20
	unknownMemory = 1 << 30
)

// heldBytes is how much the replies of routers may hold in memory.
func heldBytes(cfg config.Config, root fs.FS) int {
	if cfg.MaxHeldBytes > 0 {
		return int(cfg.MaxHeldBytes)
	}
	memory := memoryLimit(root)
	if soft := debug.SetMemoryLimit(-1); soft < math.MaxInt64 { // GOMEMLIMIT
		memory = soft
	}
	return int(max(memory/4, leastHeld))
}

// memoryLimit is the memory of the container or of the machine, in bytes. It reads what
// Linux tells: the limits of the cgroup, of version 1 or 2, and those above it.
func memoryLimit(root fs.FS) int64 {
	memory := int64(math.MaxInt64)
	atMost := func(n int64, err error) {
		if err == nil && n > 0 {
			memory = min(memory, n)
		}
	}
	table, _ := fs.ReadFile(root, "proc/meminfo")
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "MemTotal:" {
			n, err := strconv.ParseInt(f[1], 10, 53)
			atMost(n<<10, err)
		}
	}
	groups, _ := fs.ReadFile(root, "proc/self/cgroup")
	for lines := bufio.NewScanner(bytes.NewReader(groups)); lines.Scan(); {
		part := strings.SplitN(lines.Text(), ":", 3) // number, controllers, path
		if len(part) < 3 {
			continue
		}
		base, file := "sys/fs/cgroup", "memory.max"
		if part[1] == "memory" {
			base, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		} else if part[1] != "" {
			continue
		}
		for dir := path.Join("/", part[2]); ; dir = path.Dir(dir) {
			text, _ := fs.ReadFile(root, path.Join(base, dir, file))
			atMost(strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)) // "max" is none
			if dir == "/" {
				break
			}
		}
	}
	if memory == math.MaxInt64 {
		return unknownMemory
	}
	return memory
}
