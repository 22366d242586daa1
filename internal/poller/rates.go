package poller

import (
	"hash/maphash"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// rates turns byte counters into bits per second, from one reading to the next.
// Counters are 64 bits wide and start again at a reboot or a reset: a counter
// that went back has no rate for that once, and neither has a row of another name
// than the one that had its .id before. Rows without .id have none at all.
//
// A rate is computed over half an interval at the least: a reading that comes
// sooner, for a viewer who has just come, repeats the rates of the one before.
type rates struct {
	rows []counters // in the order of the last reading
}

// counters are those of one row when its rate was computed last.
type counters struct {
	id, name   uint64 // hashes
	at         time.Time
	rx, tx     uint64
	rxOK, txOK bool   // there is a rate
	rxBPS      uint64 // bits per second
	txBPS      uint64
}

// rateSize is how many bytes the two rates add to a row.
const rateSize = 64

var rateSeed = maphash.MakeSeed()

// add appends the rows to out, with rx-bits-per-second and tx-bits-per-second
// added to those whose counters are known from before. The rows are of an answer
// that was complete at the time.
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
			if c.rxOK {
				out = appendRate(out, "rx-bits-per-second", c.rxBPS)
			}
			if c.txOK {
				out = appendRate(out, "tx-bits-per-second", c.txBPS)
			}
			r.rows = append(r.rows, c)
		}
		out = append(out, 0)
	}
	return out
}

// countersOf reads a row; one without .id or without counters has none.
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

// since computes the rates from those before.
func (c counters) since(before counters, at time.Time, interval time.Duration) counters {
	if before.name != c.name {
		return c
	}
	elapsed := at.Sub(before.at)
	back := c.rx < before.rx || c.tx < before.tx
	if elapsed < interval/2 && !back {
		return before // too soon: the same counters and rates as before
	}
	c.rxBPS, c.rxOK = bitsPerSecond(before.rx, c.rx, elapsed)
	c.txBPS, c.txOK = bitsPerSecond(before.tx, c.tx, elapsed)
	return c
}

func bitsPerSecond(before, now uint64, elapsed time.Duration) (rate uint64, ok bool) {
	if now < before || elapsed <= 0 {
		return 0, false
	}
	return uint64(float64(now-before) * 8 / elapsed.Seconds()), true
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
