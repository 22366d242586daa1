package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// body is the JSON object of a request.
type body struct {
	attributes []attribute // in the order of the object
	queries    []string    // query words of .query
}

type attribute struct{ name, value string }

// word is the attribute as a word of a sentence.
func (a attribute) word() string { return "=" + a.name + "=" + a.value }

// errJSON is what the router answers to what it cannot read.
var errJSON = invalid("Failed to parse json")

// parseBody reads one JSON object; nothing at all is an empty object. Values are text,
// numbers, true, false, null, and lists of these.
func parseBody(text []byte) (b body, err error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return body{}, nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return body{}, errJSON
	}
	seen := make(map[string]bool)
	for dec.More() {
		token, err := dec.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return body{}, errJSON
		}
		if seen[name] {
			return body{}, invalid(fmt.Sprintf("the body has the field %q twice", name))
		}
		seen[name] = true
		var value any
		if dec.Decode(&value) != nil {
			return body{}, errJSON
		}
		if err := b.add(name, value); err != nil {
			return body{}, err
		}
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return body{}, errJSON
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return body{}, errJSON
	}
	return b, nil
}

// add takes one field of the object.
func (b *body) add(name string, value any) error {
	if list, ok := value.([]any); ok && name == ".query" {
		for _, v := range list {
			word, err := scalar(v)
			if err != nil {
				return err
			}
			b.queries = append(b.queries, "?"+word)
		}
		return nil
	}
	text, err := valueText(value)
	switch {
	case err != nil:
		return err
	case name == ".query":
		b.queries = append(b.queries, "?"+text)
		return nil
	case name == "" || strings.ContainsAny(name, "=?"): // would be another attribute, or a query
		return invalid("unknown parameter " + name)
	case name == "once" && text == "false": // its presence alone would count
		return nil
	}
	b.attributes = append(b.attributes, attribute{name, text})
	return nil
}

// valueText is a value as text: that of a list has commas.
func valueText(value any) (string, error) {
	list, ok := value.([]any)
	if !ok {
		return scalar(value)
	}
	texts := make([]string, len(list))
	for i, v := range list {
		var err error
		if texts[i], err = scalar(v); err != nil {
			return "", err
		}
	}
	return strings.Join(texts, ","), nil
}

// scalar is a value as text: a number as it was written, null as nothing.
func scalar(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case json.Number:
		if strings.ContainsAny(v.String(), "eE") { // the router does not read them, either
			return "", errJSON
		}
		return v.String(), nil
	case bool:
		return fmt.Sprint(v), nil
	case nil:
		return "", nil
	}
	return "", errJSON
}

// words are the attributes as words of a sentence.
func (b *body) words() (words []string) {
	for _, a := range b.attributes {
		words = append(words, a.word())
	}
	return words
}
