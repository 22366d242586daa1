package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/history"
	"github.com/aprakasa/mikronec/internal/sim"
)

// measured returns how many values of a series there are, and the step.
func (p *program) measured(router, series, from string) (n int, step time.Duration) {
	p.t.Helper()
	var page struct {
		Step   int
		Series map[string][]*uint64
	}
	require.NoError(p.t, json.Unmarshal([]byte(p.get("/routers/"+router+"/history?series="+series+"&from="+from).raw), &page))
	for _, v := range page.Series[series] {
		if v != nil {
			n++
		}
	}
	return n, time.Duration(page.Step) * time.Second
}

// writeHistory puts what was measured of a router on some days into a folder.
func writeHistory(t *testing.T, dir, router string, days int) {
	t.Helper()
	disk, damaged, err := datadir.OpenHistory(dir, datadir.MaxHistory)
	require.NoError(t, err)
	require.NoError(t, damaged)
	s := history.NewLasting(24*time.Hour, 1<<20, disk)
	end := time.Now().Add(-time.Hour).Truncate(time.Hour)
	for at := end.Add(-time.Duration(days) * 24 * time.Hour); at.Before(end); at = at.Add(time.Hour) {
		for k := range 12 {
			s.Add([]string{router}, history.Sample{At: at.Add(time.Duration(k) * 5 * time.Minute), Values: []history.Value{{Series: "ppp", Number: 700}}})
		}
		require.NoError(t, s.Flush(at.Add(time.Hour), false))
	}
	require.NoError(t, disk.Close())
}

// What was measured is there after a restart, also of days ago and of a router that is down;
// a program that is killed loses the last hour at most.
func TestTheHistoryStaysOverARestart(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED WITH signals: there are none on Windows")
	}
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	writeHistory(t, dir, "a", 20)
	router, addr := device(t, sim.Options{PPPUsers: 7})
	file, env := binary(t), []string{"DATA_DIR=" + dir, "HISTORY=24h"}
	first := serve(t, file, env...)
	require.Equal(t, http.StatusOK, first.connect("a", addr).status)
	eventually(t, "it is measured", func() bool { n, _ := first.measured("a", "cpu", "5m"); return n > 0 })
	n, step := first.measured("a", "ppp", "120h")
	assert.Equal(t, 5*time.Minute, step)
	assert.Greater(t, n, 118*12)
	n, step = first.measured("a", "ppp", "24h")
	assert.LessOrEqual(t, step, 2*time.Minute, "memory was filled from the disk")
	assert.Greater(t, n, 22*30)
	require.NoError(t, first.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, first.cmd.Wait())
	router.Close()

	second := serve(t, file, env...)
	n, step = second.measured("a", "cpu", "30m")
	assert.Equal(t, 5*time.Minute, step)
	assert.Positive(t, n, "of the minute before the stop, though the router is down")
	n, _ = second.measured("a", "ppp", "480h")
	assert.Greater(t, n, 900)
	require.NoError(t, second.cmd.Process.Kill())
	_ = second.cmd.Wait()

	third := serve(t, file, env...)
	n, _ = third.measured("a", "ppp", "480h")
	assert.Greater(t, n, 900)
	info, err := os.Stat(filepath.Join(dir, "history.db"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	assert.Less(t, info.Size(), int64(8<<20))
	require.NoError(t, third.cmd.Process.Kill())
	_ = third.cmd.Wait()

	require.NoError(t, os.WriteFile(filepath.Join(dir, "history.db"), fmt.Appendf(nil, "%65536s", "rubbish"), 0o600))
	fourth := serve(t, file, env...)
	n, _ = fourth.measured("a", "ppp", "480h")
	assert.Zero(t, n, "a file that is damaged does not keep the program from starting")
	assert.Contains(t, fourth.log.String(), "history.db.damaged")
	require.NoError(t, fourth.cmd.Process.Kill())
	_ = fourth.cmd.Wait()
}
