package device

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
)

func TestCommandsAfterWhichARouterGoesDown(t *testing.T) {
	for command, want := range map[string]bool{
		"/system/reboot": true, "system/reboot": true, "/System reboot": true, "/system\nshutdown": true, "/system//reboot/": true,
		"/system/package/update/install": true, "/system/reset-configuration": true, "/system/package/apply-changes": true,
		"/system/package/local-update/download-all,=reboot-after-download=yes": true,
		"/system/package/local-update/download-all,=reboot-after-download=no":  false,
		"/system/package/local-update/download-all":                            false,
		"/system/reboot/print": false, "/system": false, "": false, "/ip/address/print": false, "/system/rebooted": false,
		"/system/routerboard/upgrade": false, "/system/package/update/download": false,
	} {
		assert.Equal(t, want, endsTheSession(strings.Split(command, ",")), "%q", command)
	}
}

// docs/errors.md lists the same commands.
func TestTheDocumentsListTheseCommands(t *testing.T) {
	for _, file := range []string{"../../docs/errors.md", "../../docs/id/errors.md"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var listed []string
		for _, match := range regexp.MustCompile("(?m)^\\| `(/[^`]+)`").FindAllStringSubmatch(string(text), -1) {
			path, argument, _ := strings.Cut(match[1], " =")
			argument, _, _ = strings.Cut(argument, "=")
			want, ok := endings[path]
			assert.True(t, ok && want == argument, "%s lists %s", file, match[1])
			listed = append(listed, path)
		}
		assert.ElementsMatch(t, slices.Collect(maps.Keys(endings)), listed, file)
	}
}

func TestHungUp(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"the connection ended":       {&routeros.LinkError{Step: "read", Err: io.EOF}, true},
		"wrapped":                    {fmt.Errorf("run: %w", &routeros.LinkError{Step: "read", Err: io.EOF}), true},
		"the router said so":         {&routeros.FatalError{Reason: "session terminated"}, true},
		"a later command noticed it": {&routeros.LinkError{Step: "write", Err: io.ErrClosedPipe}, true},
		"it could not be sent":       {unsent{&routeros.LinkError{Step: "write", Err: io.ErrClosedPipe}}, false},
		"the router stopped reading": {&routeros.LinkError{Step: "write", Err: routeros.ErrTimeout}, false},
		"no connection":              {&routeros.LinkError{Step: "dial", Err: io.EOF}, false},
		"refused":                    {&routeros.TrapError{}, false},
		"the queue was full":         {routeros.ErrBusy, false},
		"no error":                   {nil, false},
		"another reason":             {errors.New("read"), false},
		"ended, and was never sent":  {unsent{&routeros.LinkError{Step: "read", Err: io.EOF}}, false},
		"closed, and was never sent": {unsent{&routeros.FatalError{}}, false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, hungUp(test.err)) })
	}
}

// unsent is an error of a command that was not sent.
type unsent struct{ error }

func (unsent) SafeToRetry() bool { return true }

func (u unsent) Unwrap() error { return u.error }
