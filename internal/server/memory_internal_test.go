package server

import (
	"runtime/debug"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/config"
)

func TestTheMemoryForReplies(t *testing.T) {
	const machine = "MemTotal:        8388608 kB\nMemFree:         1 kB\n"
	for name, test := range map[string]struct {
		files map[string]string
		want  int // MiB
	}{
		"another system":    {nil, 256},
		"a machine":         {map[string]string{"proc/meminfo": machine}, 2048},
		"a container":       {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1073741824\n"}, 256},
		"a small container": {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "67108864\n"}, 64},
		"no limit":          {map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 2048},
		"a systemd unit": {map[string]string{
			"proc/meminfo": machine, "proc/self/cgroup": "0::/system.slice/mikronec.service\n",
			"sys/fs/cgroup/system.slice/mikronec.service/memory.max": "2147483648\n",
		}, 512},
		"a limit above": {map[string]string{
			"proc/meminfo": machine, "proc/self/cgroup": "0::/a/b/c\n", "sys/fs/cgroup/a/b/c/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "1073741824\n",
		}, 256},
		"version 1": {map[string]string{
			"proc/meminfo": machine, "proc/self/cgroup": "12:cpu,cpuacct:/x\n4:memory:/docker/1f\n1:name=systemd:/x\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n",
		}, 256},
		"version 1 without a limit": {map[string]string{
			"proc/meminfo": machine, "proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 2048},
		"nonsense": {map[string]string{"proc/meminfo": "MemTotal: x kB\n", "proc/self/cgroup": "::\nx\n0::../..\n", "sys/fs/cgroup/memory.max": "-1\n"}, 256},
	} {
		root := fstest.MapFS{}
		for file, text := range test.files {
			root[file] = &fstest.MapFile{Data: []byte(text)}
		}
		assert.Equal(t, test.want<<20, heldBytes(config.Config{}, root), name)
	}
	assert.Equal(t, 5<<20, heldBytes(config.Config{MaxHeldBytes: 5 * config.MiB}, fstest.MapFS{}))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(4 << 30))
	assert.Equal(t, 1<<30, heldBytes(config.Config{}, fstest.MapFS{}), "GOMEMLIMIT")
}
