package poller

import (
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// rates turns byte counters into bits per second, from one reading to the next.
// Counters are 64 bits wide and start again at a reboot or a reset: a counter
// that went back has no rate for that once. The goroutine of the poller owns it.
type rates struct {
	last map[string]counters // by .id
	at   time.Time
}

type counters struct{ rx, tx uint64 }

func newRates() *rates { return &rates{last: make(map[string]counters)} }

// add returns the rows with rx-bits-per-second and tx-bits-per-second added to
// those that had counters in the reading before, too.
func (r *rates) add(list proto.Sentences, now time.Time) proto.Sentences {
	elapsed := now.Sub(r.at).Seconds()
	known := make(map[string]counters, len(r.last))
	out := make(proto.Sentences, 0, len(list)+len(list)/8)
	for row := range list.All() {
		out = append(out, row...)
		id, _ := row.Get(".id")
		rx, okRx := counter(row, "rx-byte")
		tx, okTx := counter(row, "tx-byte")
		if okRx && okTx {
			if before, ok := r.last[string(id)]; ok && elapsed > 0 {
				out = appendRate(out, "rx-bits-per-second", before.rx, rx, elapsed)
				out = appendRate(out, "tx-bits-per-second", before.tx, tx, elapsed)
			}
			known[string(id)] = counters{rx, tx}
		}
		out = append(out, 0)
	}
	r.last, r.at = known, now
	return out
}

func counter(row proto.Sentence, name string) (uint64, bool) {
	value, ok := row.Get(name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(string(value), 10, 64)
	return n, err == nil
}

func appendRate(out proto.Sentences, name string, before, now uint64, elapsed float64) proto.Sentences {
	if now < before {
		return out
	}
	rate := uint64(float64(now-before) * 8 / elapsed)
	return proto.Sentences(proto.AppendWord([]byte(out), "="+name+"="+strconv.FormatUint(rate, 10)))
}
