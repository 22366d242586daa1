package proto

// AppendLength appends the encoded length n, in the shortest of the five
// classes that holds it.
func AppendLength(dst []byte, n int) []byte {
	switch {
	case n < 0x80:
		return append(dst, byte(n))
	case n < 0x4000:
		return append(dst, byte(n>>8)|0x80, byte(n))
	case n < 0x20_0000:
		return append(dst, byte(n>>16)|0xC0, byte(n>>8), byte(n))
	case n < 0x1000_0000:
		return append(dst, byte(n>>24)|0xE0, byte(n>>16), byte(n>>8), byte(n))
	default:
		return append(dst, 0xF0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
}

// AppendWord appends one encoded word. An empty word is a terminator: callers
// that pass on words of others must refuse it, or it ends the sentence early
// and turns the rest into a second command.
func AppendWord[T ~string | ~[]byte](dst []byte, word T) []byte {
	return append(AppendLength(dst, len(word)), word...)
}

// AppendSentence appends the words and the terminator.
func AppendSentence(dst []byte, words ...string) []byte {
	for _, w := range words {
		dst = AppendWord(dst, w)
	}
	return append(dst, 0)
}
