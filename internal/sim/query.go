package sim

import (
	"bytes"
	"strconv"
	"strings"
)

// A query is a program for a stack of booleans (MikroTik documentation, "API",
// section "Queries"). Each plain word pushes one; ?# words work on the stack.
// A row passes if no false is left, so several plain words are an AND.
type query []queryWord

type queryWord struct {
	kind  byte // '+' present, '-' absent, '=', '<', '>', '#'
	name  string
	value []byte
	ops   string
}

// parseQuery takes the words without their question mark. There is no syntax
// error: a malformed word is a property that no row has.
func parseQuery(words []string) query {
	q := make(query, 0, len(words))
	for _, w := range words {
		q = append(q, parseQueryWord(w))
	}
	return q
}

func parseQueryWord(w string) queryWord {
	kind := byte('=')
	if w != "" {
		switch w[0] {
		case '#':
			return queryWord{kind: '#', ops: w[1:]}
		case '-':
			// Clients that always write a value send ?-name=. That it is ignored is assumed:
			// the documentation has the form without.
			name, _, _ := strings.Cut(w[1:], "=")
			return queryWord{kind: '-', name: name}
		case '<', '>', '=':
			kind, w = w[0], w[1:]
		}
	}
	name, value, ok := strings.Cut(w, "=")
	if !ok {
		return queryWord{kind: '+', name: name}
	}
	return queryWord{kind: kind, name: name, value: []byte(value)}
}

// property returns the value of a property of a row.
type property func(name string) (value []byte, ok bool)

// match runs the program for one row.
func (q query) match(get property) bool {
	var s stack
	for _, w := range q {
		if w.kind == '#' {
			s.run(w.ops)
			continue
		}
		s = append(s, w.test(get))
	}
	for _, ok := range s {
		if !ok {
			return false
		}
	}
	return true
}

func (w queryWord) test(get property) bool {
	value, ok := get(w.name)
	switch w.kind {
	case '+':
		return ok
	case '-':
		return !ok
	case '=':
		return ok && equal(value, w.value)
	case '<':
		return ok && compare(value, w.value) < 0
	default:
		return ok && compare(value, w.value) > 0
	}
}

// equal knows both spellings of a flag: true and yes are both in public use.
func equal(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, ok := truth(string(a))
	y, also := truth(string(b))
	return ok && also && x == y
}

// stack is a stack of booleans; below its bottom there are only trues.
type stack []bool

func (s *stack) pop() bool {
	if len(*s) == 0 {
		return true
	}
	top := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return top
}

func (s *stack) push(v bool) { *s = append(*s, v) }

// at is the value at an index from the top.
func (s *stack) at(i int) bool {
	if i >= len(*s) {
		return true
	}
	return (*s)[len(*s)-1-i]
}

// run applies the operations of one ?# word from left to right. An index at the
// end of the word replaces the whole stack by the value there; elsewhere it
// pushes a copy of it. A dot right behind an index only separates, any other
// dot duplicates the top.
func (s *stack) run(ops string) {
	for i := 0; i < len(ops); i++ {
		switch c := ops[i]; {
		case c == '!':
			s.push(!s.pop())
		case c == '&':
			a, b := s.pop(), s.pop()
			s.push(a && b)
		case c == '|':
			a, b := s.pop(), s.pop()
			s.push(a || b)
		case c == '.':
			s.push(s.at(0))
		case c >= '0' && c <= '9':
			end := i
			for end < len(ops) && ops[end] >= '0' && ops[end] <= '9' {
				end++
			}
			v := s.at(index(ops[i:end]))
			if end == len(ops) {
				*s = append((*s)[:0], v)
				return
			}
			s.push(v)
			i = end - 1
			if ops[end] == '.' {
				i = end
			}
		}
	}
}

// index reads digits; what is too large for an int is far below the bottom.
func index(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return int(^uint(0) >> 1)
	}
	return n
}
