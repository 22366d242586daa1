package errcode_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

func TestOf(t *testing.T) {
	down := func(cause error) error {
		return &pool.DownError{Cause: cause, NextAttempt: time.Now().Add(time.Minute)}
	}
	link := func(cause error) error { return &routeros.LinkError{Step: "read", Err: cause} }
	refused := &routeros.TrapError{Traps: []routeros.Trap{{Message: "no such item"}}}
	login := &routeros.LoginError{User: "api", Reason: "invalid user name or password (6)"}
	for name, tc := range map[string]struct {
		err  error
		want errcode.Code
	}{
		"input":                         {errcode.Field("args", "is empty"), errcode.Invalid},
		"unknown":                       {errcode.New(errcode.Unknown, "no such router"), errcode.Unknown},
		"unknown, with the id":          {fmt.Errorf("%w (x)", errcode.New(errcode.Unknown, "no such router")), errcode.Unknown},
		"released meanwhile":            {pool.ErrReleased, errcode.Unknown},
		"trap":                          {refused, errcode.Refused},
		"login":                         {login, errcode.Login},
		"login, at the last attempt":    {down(login), errcode.Login},
		"certificate":                   {&routeros.CertificateError{}, errcode.Certificate},
		"certificate, on the way":       {down(&routeros.CertificateError{}), errcode.Certificate},
		"busy":                          {routeros.ErrBusy, errcode.Busy},
		"no memory":                     {routeros.ErrNoMemory, errcode.InFlight},
		"too large":                     {routeros.ErrReplyTooLarge, errcode.TooLarge},
		"link":                          {link(io.EOF), errcode.Unreachable},
		"link that timed out":           {link(fmt.Errorf("%w: stopped reading", routeros.ErrTimeout)), errcode.Timeout},
		"silent while a command waited": {&routeros.LinkError{Step: "probe", Err: routeros.ErrTimeout}, errcode.Unreachable},
		"login ended by the router":     {&routeros.LinkError{Step: "login", Err: &routeros.FatalError{Reason: "too many"}}, errcode.Unreachable},
		"login, for another reason":     {&routeros.LoginError{Reason: "radius timeout"}, errcode.Unreachable},
		"login that worked before":      {down(&routeros.LoginError{Reason: "cannot log in", Retried: true}), errcode.Unreachable},
		"fatal":                         {&routeros.FatalError{Reason: "bye"}, errcode.Unreachable},
		"session closed":                {routeros.ErrClosed, errcode.Unreachable},
		"down":                          {down(link(io.EOF)), errcode.Unreachable},
		"down after a timeout":          {down(link(routeros.ErrTimeout)), errcode.Unreachable},
		"down after a slow dial":        {down(&routeros.LinkError{Step: "dial", Err: os.ErrDeadlineExceeded}), errcode.Unreachable},
		"address, at the last attempt":  {down(&routeros.AddressError{}), errcode.Address},
		"given up while waiting":        {&pool.DownError{Cause: link(io.EOF), GaveUp: context.DeadlineExceeded}, errcode.Timeout},
		"given up after RUN_TIMEOUT":    {&pool.DownError{GaveUp: fmt.Errorf("%w: 30s", routeros.ErrTimeout)}, errcode.Timeout},
		"the client left":               {&pool.DownError{Cause: link(routeros.ErrTimeout), GaveUp: context.Canceled}, errcode.Unreachable},
		"given up, login refused":       {&pool.DownError{Cause: login, GaveUp: context.DeadlineExceeded}, errcode.Login},
		"a queued command given up":     {&routeros.NotSentError{Err: routeros.ErrTimeout}, errcode.Timeout},
		"a queued command, link lost":   {&routeros.NotSentError{Err: link(io.EOF)}, errcode.Unreachable},
		"no answer in time":             {routeros.ErrTimeout, errcode.Timeout},
		"deadline":                      {context.DeadlineExceeded, errcode.Timeout},
		"closing":                       {errcode.New(errcode.Closing, "stopping"), errcode.Closing},
		"pool closed":                   {pool.ErrPoolClosed, errcode.Closing},
		"something that nobody foresaw": {errors.New("out of cheese"), errcode.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, errcode.Of(tc.err))
			assert.Equal(t, tc.want, errcode.Of(fmt.Errorf("router a: %w", tc.err)), "wrapped")
		})
	}
}
