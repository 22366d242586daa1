package gzipblock

import "hash/crc32"

// A CRC-32 is the remainder of the message, taken as a polynomial over GF(2),
// by P of degree 32. Writing n bytes behind a message multiplies it by x^(8n)
// and adds the new bytes, and remainders may be multiplied and added instead of
// messages. So
//
//	crc(a+b) = crc(a)·x^(8·len(b)) mod P  +  crc(b)
//
// The ones that CRC-32 adds at both ends cancel each other: what crc(a) leaves
// at its end is what crc(b) put in at its start.
//
// As in hash/crc32 the highest bit of a word is the coefficient of x^0 and the
// lowest that of x^31. Addition is exclusive or.

// one is the polynomial 1.
const one = 1 << 31

// shiftBy returns x^(8n) mod P for n >= 0, by repeated squaring.
func shiftBy(n int) uint32 {
	product := uint32(one)
	for power := uint32(one >> 8); n > 0; n >>= 1 {
		if n&1 != 0 {
			product = multiply(product, power)
		}
		power = multiply(power, power)
	}
	return product
}

// multiply returns a·b mod P. It adds up b·x^i for every x^i of a. There are no
// branches in it, as no one could foretell them: 32 steps always.
func multiply(a, b uint32) uint32 {
	var sum uint32
	for range 32 {
		sum ^= b & -(a >> 31)
		a <<= 1
		b = b>>1 ^ crc32.IEEE&-(b&1) // times x, x^32 replaced by its remainder
	}
	return sum
}
