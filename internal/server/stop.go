package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/manager"
)

// A shutdown takes SHUTDOWN_TIMEOUT at most, as a whole: each step ends at a point of
// that time, however long those before it took. What is left after the connections
// is for closing the sessions on the routers and for the last lines of the audit log.
const (
	fleetUntil   = 0.2 // routers go to other instances; those that have not are taken from this one
	drainUntil   = 0.4 // streams end, spread over this time
	requestUntil = 0.5 // requests may go on; then their contexts end
	connUntil    = 0.8 // connections that are still open are closed
)

// partOf is a part of SHUTDOWN_TIMEOUT.
func (s *Server) partOf(share float64) time.Duration {
	return time.Duration(share * float64(s.cfg.ShutdownTimeout))
}

// Wait serves until ctx ends, and then stops within SHUTDOWN_TIMEOUT: it accepts no
// new streams, ends those that are open, lets requests in flight finish for half of
// the time, closes what is still open, and closes the sessions on the routers. The
// error says what failed or had to be cut off.
func (s *Server) Wait(ctx context.Context) error {
	var failed error
	select {
	case failed = <-s.served:
		s.served <- http.ErrServerClosed // for stop
	case <-s.gone():
		failed = fmt.Errorf("no longer a part of the fleet: %w", s.instance.Err())
	case <-ctx.Done():
	}
	s.log.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "stopping")
	return errors.Join(failed, s.stop())
}

func (s *Server) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.ShutdownTimeout)
	defer cancel()
	s.state.Store(stopping)
	s.alerts.endEvaluation()
	s.leaveFleet(ctx)
	err := s.endRequests(ctx)
	s.manager.Close()
	for _, end := range s.closers {
		end(ctx)
	}
	s.admin.close()
	if end := <-s.served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}

// leaveFleet hands the routers to other instances, while streams and requests go on.
func (s *Server) leaveFleet(ctx context.Context) {
	if s.instance == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, s.partOf(fleetUntil))
	defer cancel()
	s.instance.Drain(ctx)
}

// discard ends a server that was not opened.
func (s *Server) discard() error {
	s.served <- http.ErrServerClosed
	return errors.Join(s.listener.Close(), s.stop())
}

// endRequests ends streams and requests, side by side, and closes their connections.
func (s *Server) endRequests(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.partOf(connUntil))
	defer cancel()
	abort := time.AfterFunc(s.partOf(requestUntil), func() { s.abort(manager.ErrClosed) })
	defer abort.Stop()
	s.manager.EndStreams() // or Shutdown would wait for them
	s.newConns.close()
	var wg sync.WaitGroup
	wg.Go(func() { s.streams.Close(s.partOf(connUntil)) })
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("requests were cut off: %w", err)
		_ = s.http.Close()
	}
	s.abort(manager.ErrClosed) // for handlers whose connection is closed now
	wg.Wait()
	return err
}
