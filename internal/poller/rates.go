package poller

import (
	"hash/maphash"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// rates computes bits per second from the byte counters of two readings. Counters
// have 64 bits and restart at 0 together, after a reboot or reset. There is no rate for
// a row of which a counter decreased, for a row whose .id belonged to another name
// before, for rows without .id, and across a login.
//
// A rate is computed over at least half an interval: rows that come sooner, for a new
// watcher or from a listen, repeat the rates of the previous reading.
type rates struct {
	rows []counters // in the order of the last reading
}

// counters are the counters of a row when its rates were last computed.
type counters struct {
	id, name     uint64 // hashes
	at           time.Time
	rx, tx       uint64
	known        bool   // the rates are
	rxBPS, txBPS uint64 // bits per second
}

// rateSize is the maximum number of bytes that the two rates add to a row.
const rateSize = 64

var rateSeed = maphash.MakeSeed()

// add appends the rows to out, with their rates if these are known. at is when the
// reply was complete.
func (r *rates) add(out, list proto.Sentences, at time.Time, interval time.Duration) proto.Sentences {
	known := r.rows
	r.rows = make([]counters, 0, len(known)+1)
	ids := make([]uint64, len(known))
	for i := range known {
		ids[i] = known[i].id
	}
	var places menu.Places
	places.Reset(ids)
	for row := range list.All() {
		out = append(out, row...)
		if c, ok := countersOf(row, at); ok {
			if before := places.Find(c.id); before >= 0 {
				c = c.since(known[before], at, interval)
			}
			if c.known {
				out = appendRate(out, "rx-bits-per-second", c.rxBPS)
				out = appendRate(out, "tx-bits-per-second", c.txBPS)
			}
			r.rows = append(r.rows, c)
		}
		out = append(out, 0)
	}
	return out
}

// countersOf reads a row; false without .id or counters.
func countersOf(row proto.Sentence, at time.Time) (counters, bool) {
	id, ok := row.Get(".id")
	if !ok {
		return counters{}, false
	}
	rx, okRx := counter(row, "rx-byte")
	tx, okTx := counter(row, "tx-byte")
	name, _ := row.Get("name")
	return counters{
		id: maphash.Bytes(rateSeed, id), name: maphash.Bytes(rateSeed, name), at: at, rx: rx, tx: tx,
	}, okRx && okTx
}

// since computes the rates since an earlier reading.
func (c counters) since(before counters, at time.Time, interval time.Duration) counters {
	elapsed := at.Sub(before.at)
	switch {
	case before.name != c.name, c.rx < before.rx, c.tx < before.tx:
		return c
	case elapsed < interval/2:
		return before // too soon: keep the counters and rates
	}
	c.known = true
	c.rxBPS = bitsPerSecond(c.rx-before.rx, elapsed)
	c.txBPS = bitsPerSecond(c.tx-before.tx, elapsed)
	return c
}

func bitsPerSecond(bytes uint64, elapsed time.Duration) uint64 {
	return uint64(float64(bytes) * 8 / elapsed.Seconds())
}

func counter(row proto.Sentence, name string) (uint64, bool) {
	value, ok := row.Get(name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(string(value), 10, 64)
	return n, err == nil
}

func appendRate(out proto.Sentences, name string, rate uint64) proto.Sentences {
	var word [rateSize]byte
	w := append(append(append(word[:0], '='), name...), '=')
	return proto.Sentences(proto.AppendWord([]byte(out), strconv.AppendUint(w, rate, 10)))
}
