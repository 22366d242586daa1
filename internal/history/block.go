package history

import (
	"encoding/binary"
	"errors"
	"slices"
)

// A block begins with its version and the minutes of a step. Then follows for each series:
// how many bytes of its name are those of the name before, how many more there are, these,
// and a code for each step of the hour.
const blockVersion = 1

// hourMinutes is the time of a block.
const hourMinutes = 60

// maxName is how many bytes the name of a series has at most; a longer one is not written.
const maxName = 255

var errBlock = errors.New("a block of the history is damaged")

// block returns the values of an hour; nil for none.
func (r *router) block(hour int64) []byte {
	step := blockStep(r.step)
	data := []byte{blockVersion, byte(step)}
	codes := make([]uint16, hourMinutes/step)
	before := ""
	for i := range r.series {
		s := &r.series[i]
		some := false
		for k := range codes {
			codes[k] = gap
			if sum, count := r.mean(s, hour*hourMinutes+int64(k*step), step); count > 0 {
				codes[k], some = encode(sum/count), true
			}
		}
		if !some || len(s.name) > maxName {
			continue
		}
		shared := sharedPrefix(before, s.name)
		data = append(data, byte(shared), byte(len(s.name)-shared))
		data = append(data, s.name[shared:]...)
		for _, code := range codes {
			data = binary.LittleEndian.AppendUint16(data, code)
		}
		before = s.name
	}
	if before == "" {
		return nil
	}
	return data
}

// blockStep is the step of a block, in minutes, of a router with a step.
func blockStep(step int) int {
	for _, s := range steps {
		if s >= max(step, int(diskStep/minute)) {
			return s
		}
	}
	return hourMinutes
}

func sharedPrefix(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// fill takes the values of a block where the router has none. Its steps are not longer than
// those of the block; one of these stands for each of them.
func (r *router) fill(hour int64, data []byte) error {
	if len(data) < 2 || data[0] != blockVersion || !slices.Contains(steps, int(data[1])) || int(data[1]) < r.step {
		return errBlock
	}
	step := int(data[1])
	size := hourMinutes / step * 2
	name := ""
	for data = data[2:]; len(data) > 0; data = data[size:] {
		if len(data) < 2 {
			return errBlock
		}
		shared, more := int(data[0]), int(data[1])
		if data = data[2:]; shared > len(name) || len(data) < more+size {
			return errBlock
		}
		name = name[:shared] + string(data[:more])
		data = data[more:]
		if s := r.find(name); s != nil {
			r.fillSeries(s, hour*hourMinutes, step, data[:size])
		}
	}
	return nil
}

// fillSeries takes codes of steps from a minute on.
func (r *router) fillSeries(s *series, from int64, step int, codes []byte) {
	n := int64(len(s.values))
	for k := 0; k*2 < len(codes); k++ {
		code := binary.LittleEndian.Uint16(codes[k*2:])
		begin := from + int64(k*step)
		for slot := begin / int64(r.step); slot*int64(r.step) < begin+int64(step); slot++ {
			if slot <= r.slot && slot > r.slot-n && slot >= 0 && s.values[slot%n] == gap {
				s.values[slot%n] = code
			}
		}
	}
}

// fillFrom takes the values of a router whose steps are shorter, or a multiple.
func (r *router) fillFrom(recent *router) {
	step := int64(r.step)
	for i := range recent.series {
		from := &recent.series[i]
		to := r.find(from.name)
		if to == nil {
			continue
		}
		n := int64(len(to.values))
		first := (recent.slot - int64(len(from.values)) + 1) * int64(recent.step) / step
		for slot := max(first, 0); slot <= r.slot; slot++ {
			if sum, count := recent.mean(from, slot*step, r.step); count > 0 {
				to.values[slot%n] = encode(sum / count)
			}
		}
	}
}
