//go:build !linux

package viewer

// poll is for Linux.
type poll struct{}

func newPoll() (*poll, error) { return nil, ErrUnsupported }

func (*poll) add(*viewer) error { return ErrUnsupported }

func (*poll) run(func(slot, nonce uint32, gone bool)) {}

func writeOnce(uintptr, []byte) (int, error) { return 0, ErrUnsupported }

func (*poll) close() {}
