package server

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// onHangup calls do for each SIGHUP until the server stops. Its goroutine ends with the
// closers. Without a call of onHangup, SIGHUP ends the program.
func (s *Server) onHangup(do func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-signals:
				do()
			case <-stop:
				return
			}
		}
	})
	s.closers = append(s.closers, func(context.Context) {
		signal.Stop(signals)
		close(stop)
		wg.Wait()
	})
}
