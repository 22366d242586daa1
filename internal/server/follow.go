package server

import (
	"context"
	"slices"
	"sync"
	"time"
)

// lookEvery is the time between two looks at followed files.
const lookEvery = time.Second

// followed is a file, with those that it names, that is read again when one of them
// changes.
type followed struct {
	// take reads the file and takes what is in it. It returns the files that it has read,
	// with a mistake as far as they are known; nothing changes then.
	take   func(ctx context.Context) (files []string, err error)
	reload chan struct{} // capacity 1

	// Owned by run.
	files []string // that were read last
	read  []stamp  // of them, then
	last  []stamp  // at the last look
}

// follow starts a goroutine that takes a file again when it or one of the others changes,
// or on request; it ends with the closers.
func (s *Server) follow(files []string, take func(ctx context.Context) ([]string, error)) *followed {
	f := &followed{take: take, reload: make(chan struct{}, 1), files: files}
	f.read = f.stamps()
	f.last = f.read
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { f.run(ctx) })
	s.closers = append(s.closers, func(context.Context) {
		cancel()
		wg.Wait()
	})
	return f
}

// again asks for the file to be read again; f may be nil.
func (f *followed) again() {
	if f == nil {
		return
	}
	select {
	case f.reload <- struct{}{}:
	default: // requested already
	}
}

func (f *followed) run(ctx context.Context) {
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.reload:
			f.now(ctx)
		case <-ticks.C:
			if f.settled() {
				f.now(ctx)
			}
		}
	}
}

// settled reports whether a file has changed since it was read, and not since the last
// look: who writes it may not be done yet.
func (f *followed) settled() bool {
	now := f.stamps()
	same := slices.Equal(now, f.last)
	f.last = now
	return same && !slices.Equal(now, f.read)
}

func (f *followed) stamps() []stamp {
	stamps := make([]stamp, len(f.files))
	for i, name := range f.files {
		stamps[i] = stampOf(name)
	}
	return stamps
}

// now takes the file.
func (f *followed) now(ctx context.Context) {
	f.read = f.stamps() // before it is read: what changes meanwhile is seen by the next look
	files, err := f.take(ctx)
	if err != nil {
		files = slices.Compact(slices.Sorted(slices.Values(slices.Concat(f.files, files))))
	}
	if !slices.Equal(files, f.files) {
		f.files, f.read = files, nil // once more, as they may have changed since
	}
	f.last = f.stamps()
}
