package charset

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Encode is the way back: text as bytes of the page. A character that the page
// does not have is looked for in its other spellings: e and an acute accent as
// one character, or the other way round. The error names the first character
// that the page has in none of them.
func (p Page) Encode(text string) (string, error) {
	c := p.codec()
	if c.single == nil && c.multi == nil {
		if !utf8.ValidString(text) {
			return "", errors.New("the text is not UTF-8")
		}
		return text, nil
	}
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		// A character with the marks that belong to it.
		n := norm.NFC.NextBoundaryInString(text, true)
		b, err := c.appendCharacter(out, text[:n])
		if err != nil {
			return "", err
		}
		out, text = b, text[n:]
	}
	return c.finish(out)
}

// appendCharacter encodes a letter with its marks: as it is written, composed,
// or as letter and mark, whatever the page has first.
func (c *codec) appendCharacter(dst []byte, text string) ([]byte, error) {
	if code, ok := c.pairs[text]; ok {
		return append(dst, code...), nil
	}
	if b, ok := c.appendRunes(dst, text); ok {
		return b, nil
	}
	composed := norm.NFC.String(text)
	if b, ok := c.appendRunes(dst, composed); ok {
		return b, nil
	}
	if c.marks {
		if b, ok := c.appendSplit(dst, composed); ok {
			return b, nil
		}
	}
	for _, r := range composed {
		if _, ok := c.appendRune(nil, r); !ok {
			return nil, fmt.Errorf("the code page %s has no character %q (%U)", c.name, r, r)
		}
	}
	return nil, fmt.Errorf("the code page %s has no character %q", c.name, composed)
}

func (c *codec) appendRunes(dst []byte, text string) (b []byte, ok bool) {
	for _, r := range text {
		if dst, ok = c.appendRune(dst, r); !ok {
			return nil, false
		}
	}
	return dst, true
}

// appendSplit takes one mark off a letter, so that what is left is a character
// of the page, and writes it behind: ế as ê and an acute accent, ậ as â and a dot
// below; or it takes all of them off. Both must be read as the same letter again: ṍ is
// not ó with a tilde.
func (c *codec) appendSplit(dst []byte, text string) (b []byte, ok bool) {
	parts := []rune(norm.NFD.String(text))
	for i := len(parts) - 1; i > 0; i-- {
		rest := string(parts[:i]) + string(parts[i+1:])
		split := norm.NFC.String(rest) + string(parts[i])
		if norm.NFD.String(split) != string(parts) {
			continue
		}
		if b, ok := c.appendRunes(dst, split); ok {
			return b, true
		}
	}
	return c.appendRunes(dst, string(parts))
}

// appendRune encodes one character; ok is false where the page does not have it.
func (c *codec) appendRune(dst []byte, r rune) (b []byte, ok bool) {
	if isUndecodable(r) {
		if c.escapes {
			return utf8.AppendRune(dst, r), true
		}
		return append(dst, byte(r-undecodable)), true
	}
	if c.single != nil {
		code, ok := c.single.EncodeRune(r)
		if !ok && r <= 0xFF && c.single.DecodeByte(byte(r)) == utf8.RuneError {
			code, ok = byte(r), true // what Append makes of an undefined byte
		}
		return append(dst, code), ok
	}
	if r == utf8.RuneError {
		return nil, false
	}
	code, err := c.multi.NewEncoder().String(string(r))
	switch {
	case c.escapes: // encoded by finish, with what stands around it
		return utf8.AppendRune(dst, r), err == nil
	case err != nil && r <= 0xFF: // a byte that is read as what it is called, such as 0x80
		text, decodes := c.multi.NewDecoder().Bytes([]byte{byte(r)})
		return append(dst, byte(r)), decodes == nil && string(text) == string(r)
	}
	return append(dst, code...), err == nil
}

// finish encodes the whole where the bytes of a character depend on those before.
func (c *codec) finish(out []byte) (string, error) {
	if !c.escapes {
		return string(out), nil
	}
	var wire strings.Builder
	text := string(out)
	for text != "" {
		n := strings.IndexFunc(text, isUndecodable)
		if n == 0 {
			r, size := utf8.DecodeRuneInString(text)
			wire.WriteByte(byte(r - undecodable))
			text = text[size:]
			continue
		}
		if n < 0 {
			n = len(text)
		}
		part, err := c.multi.NewEncoder().String(text[:n])
		if err != nil {
			return "", fmt.Errorf("the code page %s: %w", c.name, err)
		}
		wire.WriteString(part)
		text = text[n:]
	}
	return wire.String(), nil
}

// isUndecodable reports whether a character stands for a byte that means nothing.
func isUndecodable(r rune) bool { return r >= undecodable+utf8.RuneSelf && r <= undecodable+0xFF }
