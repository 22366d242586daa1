package device

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/routeros"
)

func TestCommandsAfterWhichARouterGoesDown(t *testing.T) {
	for path, want := range map[string]bool{
		"/system/reboot": true, "system/reboot": true, "/System reboot": true, "/system\nshutdown": true, "/system//reboot/": true,
		"/system/package/update/install": true, "/system/reset-configuration": true,
		"/system/reboot/print": false, "/system": false, "": false, "/ip/address/print": false, "/system/rebooted": false,
	} {
		assert.Equal(t, want, endsTheSession(path), "%q", path)
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
		"it could not be sent":       {&routeros.LinkError{Step: "write", Err: io.ErrClosedPipe}, false},
		"no connection":              {&routeros.LinkError{Step: "dial", Err: io.EOF}, false},
		"refused":                    {&routeros.TrapError{}, false},
		"the queue was full":         {routeros.ErrBusy, false},
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
