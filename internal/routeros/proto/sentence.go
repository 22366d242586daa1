// Package proto is the RouterOS API on the wire: words, sentences and their
// limits. It knows bytes and nothing else: no sockets, no tags in flight, no
// meaning. Both sides use it, the client in internal/routeros and the
// simulated device in internal/sim, so neither can hide a mistake of its own
// from the other behind shared higher-level code.
//
// A word is an encoded length followed by that many bytes; a sentence is words
// closed by a word of length zero (MikroTik documentation, "API", section
// "Protocol"). The terminator is a length, not the byte 0x00: values may
// contain any byte, and framing never looks at content.
package proto

import (
	"bytes"
	"iter"
)

// Sentence holds the encoded words of one sentence without the terminator.
// It is a view: who keeps one longer than its source says must copy it.
type Sentence []byte

// Cut returns the first word and what follows it. The sentence must come from
// a [Reader] or from [AppendWord], which is what makes its lengths valid; on
// an empty sentence both results are empty.
func (s Sentence) Cut() (word []byte, rest Sentence) {
	if len(s) == 0 {
		return nil, nil
	}
	if c := s[0]; c < 0x80 { // nearly every word of a reply
		return s[1 : 1+int(c)], s[1+int(c):]
	}
	n, size, err := decodeLength(s)
	if err != nil || size == 0 || len(s)-size < n {
		return nil, nil
	}
	return s[size : size+n], s[size+n:]
}

// Words iterates over the words in order.
func (s Sentence) Words() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(s) > 0 {
			var w []byte
			w, s = s.Cut()
			if !yield(w) {
				return
			}
		}
	}
}

// Strings copies the words out.
func (s Sentence) Strings() []string {
	var words []string
	for w := range s.Words() {
		words = append(words, string(w))
	}
	return words
}

// Name is the first word: a command path from the client, a reply word such as
// !re from the router.
func (s Sentence) Name() []byte {
	w, _ := s.Cut()
	return w
}

const tagPrefix = ".tag="

// Tag is the value of the .tag word, nil without one. Its place in the sentence
// differs between RouterOS versions, so all words behind the first are looked at.
func (s Sentence) Tag() []byte {
	_, s = s.Cut()
	for len(s) > 0 {
		var w []byte
		if n := int(s[0]); n < 0x80 { // as Cut does, without a call for each word of a table
			w, s = s[1:1+n], s[1+n:]
		} else {
			w, s = s.Cut()
		}
		if len(w) >= len(tagPrefix) && w[0] == '.' && string(w[:len(tagPrefix)]) == tagPrefix {
			return w[len(tagPrefix):]
		}
	}
	return nil
}

// Attributes iterates over the =name=value words. A word without a second '='
// is a name with an empty value; words of other kinds are passed over.
func (s Sentence) Attributes() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for w := range s.Words() {
			if name, value, ok := Attribute(w); ok && !yield(name, value) {
				return
			}
		}
	}
}

// Get returns the value of the attribute called name. Where a router sends a
// name twice, the first one counts.
func (s Sentence) Get(name string) (value []byte, ok bool) {
	for n, v := range s.Attributes() {
		if string(n) == name {
			return v, true
		}
	}
	return nil, false
}

// Attribute splits a word of the form =name=value at its second '='; what
// follows belongs to the value, further '=' included.
func Attribute(word []byte) (name, value []byte, ok bool) {
	if len(word) < 2 || word[0] != '=' {
		return nil, nil, false
	}
	word = word[1:]
	if before, after, ok0 := bytes.Cut(word, []byte{'='}); ok0 {
		return before, after, true
	}
	return word, nil, true
}

// Sentences holds whole sentences one behind the other, each with its
// terminator: a table of rows in the bytes in which it arrived.
type Sentences []byte

// Append adds s to the list, copying it.
func (l Sentences) Append(s Sentence) Sentences {
	return append(append(l, s...), 0)
}

// Cut returns the first sentence and the rest of the list.
func (l Sentences) Cut() (first Sentence, rest Sentences) {
	s := Sentence(l)
	for len(s) > 0 {
		if s[0] == 0 {
			n := len(l) - len(s)
			return Sentence(l[:n:n]), Sentences(s[1:])
		}
		_, s = s.Cut()
	}
	return Sentence(l), nil
}

// All iterates over the sentences.
func (l Sentences) All() iter.Seq[Sentence] {
	return func(yield func(Sentence) bool) {
		for len(l) > 0 {
			var s Sentence
			s, l = l.Cut()
			if !yield(s) {
				return
			}
		}
	}
}

// Count returns the number of sentences, and whether the list is well-formed, which it is
// if it comes from a [Reader] or from Append. Other methods need a list that is.
func (l Sentences) Count() (n int, ok bool) {
	words := 0
	for len(l) > 0 {
		length, size, err := decodeLength(l)
		if err != nil || size == 0 || length < 0 || len(l)-size < length {
			return n, false
		}
		l = l[size+length:]
		switch {
		case length > 0:
			words++
		case size > 1 || words == 0: // the terminator is one byte, and not alone
			return n, false
		default:
			n, words = n+1, 0
		}
	}
	return n, words == 0
}
