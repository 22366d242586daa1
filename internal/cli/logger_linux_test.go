package cli

import (
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/aprakasa/mikronec/internal/config"
)

// terminal opens a pair of pseudo-terminals: what is written to one end, which
// is a terminal, is read at the other.
func terminal(t *testing.T) (screen, program *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = screen.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = program.Close() })
	return screen, program
}

// People read text, programs JSON; the null device is no person.
func TestLogsAreTextOnATerminalAndJSONElsewhere(t *testing.T) {
	const text, asJSON = "level=WARN msg=careful", `"level":"WARN","msg":"careful"`
	logged := func(format config.LogFormat, to *os.File, from io.Reader) string {
		p := &Program{Stderr: to}
		log := p.logger(config.Config{LogFormat: format, LogLevel: slog.LevelWarn})
		log.Info("not at this level")
		log.Warn("careful")
		line := make([]byte, 4096)
		n, err := from.Read(line)
		require.NoError(t, err)
		return string(line[:n])
	}
	for name, tt := range map[string]struct {
		format config.LogFormat
		tty    bool
		want   string
	}{
		"terminal":              {config.LogAuto, true, text},
		"pipe":                  {config.LogAuto, false, asJSON},
		"terminal, JSON wanted": {config.LogJSON, true, asJSON},
		"pipe, text wanted":     {config.LogText, false, text},
	} {
		t.Run(name, func(t *testing.T) {
			from, to, err := os.Pipe()
			require.NoError(t, err)
			defer func() { _, _ = from.Close(), to.Close() }()
			if tt.tty {
				from, to = terminal(t)
			}
			line := logged(tt.format, to, from)
			assert.Contains(t, line, tt.want)
			assert.Equal(t, 1, strings.Count(line, "\n"))
		})
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer func() { _ = null.Close() }()
	assert.False(t, isTerminal(null))
}
