package history

import "math/bits"

// A value is kept in 16 bits: none, or a whole number with 11 significant bits, so that it
// differs by a twentieth of a percent at most. Numbers below 2,048 are exact.
const (
	gap      = 0
	first    = 1 // the code of 0
	mantissa = 10
)

// encode returns the code of a number.
func encode(n uint64) uint16 {
	if n < 1<<(mantissa+1) {
		return uint16(n) + first //nolint:gosec // less than 2,048
	}
	shift := bits.Len64(n) - mantissa - 1
	n = (n + 1<<(shift-1)) >> shift // rounded
	if n == 1<<(mantissa+1) {
		n >>= 1
		shift++
	}
	return uint16(shift<<mantissa) + uint16(n) + first //nolint:gosec // shift is 54 at most
}

// decode returns the number of a code; false for a gap.
func decode(code uint16) (n uint64, ok bool) {
	if code == gap {
		return 0, false
	}
	code -= first
	shift := int(code>>mantissa) - 1
	if shift < 1 {
		return uint64(code), true
	}
	return uint64(code&(1<<mantissa-1)|1<<mantissa) << shift, true
}
