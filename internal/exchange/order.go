package exchange

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/hub"
)

// order is what an instance knows of the order. The dispatcher owns it.
type order struct {
	last  uint64 // sequence of the last message that was delivered
	alone uint64 // the number of the probe after which this instance is no longer alone; 0 if it is not
}

// ensureStream makes the stream if it is missing, or makes it again if it has begun from
// the start, as one in memory does with its server: its sequence must be greater than all
// before. A sequence begins with the time in microseconds, which is greater unless there
// were a million messages a second.
func (x *Exchange) ensureStream(ctx context.Context, seen uint64) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	stream, err := x.opts.JetStream.Stream(ctx, x.opts.Stream)
	if err == nil {
		info := stream.CachedInfo()
		if info.State.LastSeq >= seen {
			return nil
		}
		if err := x.opts.JetStream.DeleteStream(ctx, x.opts.Stream); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
			return err
		}
	} else if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	_, err = x.opts.JetStream.CreateStream(ctx, jetstream.StreamConfig{
		Name: x.opts.Stream, Subjects: []string{x.opts.Subject("ev", ">")},
		Description: "the order of events of Mikronec; keeps nothing",
		Storage:     jetstream.MemoryStorage, Replicas: x.opts.Replicas,
		MaxMsgs: 1, MaxAge: time.Minute, Discard: jetstream.DiscardOld, NoAck: true,
		FirstSeq:  max(uint64(time.Now().UnixMicro()), seen+1),
		RePublish: &jetstream.RePublish{Source: x.opts.Subject("ev", ">"), Destination: x.opts.Subject("live", ">")},
	})
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return nil // another instance was faster
	}
	return err
}

// lostProbes is how many probes may be missing before the instance is alone. They are
// counted, not timed: a process that was stopped must not take that for a failure.
const lostProbes = 3

func (x *Exchange) probeSubject(kind string) string {
	return x.opts.Subject(kind, "_probe", token(x.opts.Instance))
}

// watchOrder is the goroutine that sends the probes, which tell whether the stream works:
// each comes back after the messages before it.
func (x *Exchange) watchOrder() {
	ticks := time.NewTicker(x.opts.Timing.Probe)
	defer ticks.Stop()
	for {
		select {
		case <-x.done.Done():
			return
		case <-ticks.C:
		}
		x.mu.Lock()
		x.probes++
		sent := x.probes
		x.mu.Unlock()
		x.probe(sent, 0)
		x.call(func() { x.judge(sent) })
	}
}

// probe sends a probe; the number 0 is for its place in the order alone. sync is what to wake
// when it comes back, 0 for nothing.
func (x *Exchange) probe(number, sync uint64) {
	_ = x.opts.NATS.Publish(x.probeSubject("ev"), binary.AppendUvarint(binary.AppendUvarint(nil, number), sync))
}

// call has the dispatcher run a function.
func (x *Exchange) call(do func()) {
	select {
	case x.calls <- do:
	case <-x.done.Done():
	}
}

// judge looks whether the order is lost after a probe was sent. The dispatcher calls it.
func (x *Exchange) judge(sent uint64) {
	if sent-x.confirmed < lostProbes {
		return
	}
	if x.order.alone == 0 {
		x.beginAlone(sent)
	}
	x.check()
}

// check makes the stream again if it is missing or has begun from the start. The dispatcher
// calls it; it does not wait, and there is one check at a time.
func (x *Exchange) check() {
	seen := x.order.last
	select {
	case x.checking <- struct{}{}:
		x.wg.Go(func() {
			defer func() { <-x.checking }()
			if err := x.ensureStream(x.done, seen); err != nil {
				x.opts.Log.LogAttrs(x.done, slog.LevelDebug, "stream of events not available", slog.Any("error", err))
			}
		})
	default:
	}
}

// probed takes a probe that came back.
func (x *Exchange) probed(data []byte) {
	n, size := binary.Uvarint(data)
	if size <= 0 {
		return
	}
	if id, _ := binary.Uvarint(data[size:]); id > 0 {
		x.mu.Lock()
		if came := x.syncs[id]; came != nil {
			close(came)
			delete(x.syncs, id)
		}
		x.mu.Unlock()
	}
	x.confirmed = max(x.confirmed, n)
	if x.order.alone > 0 && n > x.order.alone {
		x.endAlone()
	}
	if x.order.alone == 0 && n > 0 {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.sendLost(n)
	}
}

// beginAlone begins an order of this instance alone. The dispatcher calls it.
func (x *Exchange) beginAlone(probe uint64) {
	x.opts.Log.LogAttrs(x.done, slog.LevelWarn, "events do not come back from NATS; this instance serves the routers that it has, and no others")
	x.order.alone, x.delayed = probe, nil
	x.mu.Lock()
	x.alone = true
	type own struct {
		feed *hub.Feed
		name hub.Track
		seed hub.Seed
	}
	var tracks []own
	var others []*hub.Feed
	for _, r := range x.routes {
		if r.source == nil && r.feed != nil {
			others = append(others, r.feed)
		}
		for _, t := range r.tracks {
			if t.active && r.feed != nil {
				tracks = append(tracks, own{r.feed, t.name, t.seed(x.order.last)})
			}
		}
	}
	x.mu.Unlock()
	x.opts.Hub.Reorder(newEpoch(), x.order.last)
	for _, o := range tracks {
		o.feed.Seed(o.name, o.seed)
	}
	for _, feed := range others {
		feed.Notice(noticeBody("the fleet cannot be reached, and another instance has this router"))
	}
}

// seed is the newest state of a track; mu is held.
func (t *track) seed(seq uint64) hub.Seed {
	s := hub.Seed{Tail: seq, Since: seq}
	switch {
	case t.name.Kind != hub.Snapshots && t.full != nil:
		s.State = &hub.Body{Seq: seq, Data: t.full()}
	case t.name.Kind == hub.Snapshots && t.body != nil:
		s.State = &hub.Body{Seq: seq, Data: t.body}
	}
	return s
}

// endAlone returns to the order of the fleet.
func (x *Exchange) endAlone() {
	x.opts.Log.LogAttrs(x.done, slog.LevelInfo, "events come back from NATS")
	x.order.alone = 0
	x.mu.Lock()
	x.alone = false
	x.mu.Unlock()
	x.opts.Hub.Reorder(x.opts.Epoch, x.order.last)
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, r := range x.routes {
		for _, t := range r.tracks {
			switch {
			case t.active:
				t.renew()
			default:
				t.needs, t.broken, t.asking = true, true, false
			}
		}
		if r.source != nil && r.status != nil {
			r.sendStatus()
		}
		x.touch(r)
	}
}

// Alone reports whether this instance is alone.
func (x *Exchange) Alone() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.alone
}

// noticeBody is the status of a router that only its owner knows.
func noticeBody(reason string) []byte {
	return device.StatusBody("down", unreachableError(reason), time.Now(), 0)
}

func newEpoch() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint64(b[:])
}

// sequenceOf is the place of a republished message in the order; 0 for none.
func sequenceOf(header map[string][]string) uint64 {
	if v := header[jetstream.SequenceHeader]; len(v) == 1 {
		n, _ := strconv.ParseUint(v[0], 10, 64)
		return n
	}
	return 0
}
