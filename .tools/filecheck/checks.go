package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxSize is the maximum size of a source file in bytes.
const maxSize = 512 << 10

func anyFile(string, []byte) bool { return true }

// isTestdata excludes recordings and invalid input, whose bytes must not change.
func isTestdata(path string) bool {
	return slices.Contains(strings.Split(filepath.ToSlash(path), "/"), "testdata")
}

// isGenerated excludes the file that swag writes without a final line break.
func isGenerated(path string) bool {
	return strings.HasSuffix(filepath.ToSlash(path), "docs/swagger.json")
}

func plainText(path string, content []byte) bool {
	return !isTestdata(path) && !isGenerated(path) && bytes.IndexByte(content, 0) < 0
}

func hasSuffix(suffixes ...string) func(string, []byte) bool {
	return func(path string, _ []byte) bool {
		return !isTestdata(path) && slices.Contains(suffixes, strings.ToLower(filepath.Ext(path)))
	}
}

const blanks = " \t\r"

func trailingWhitespace(content []byte) []finding {
	var found []finding
	number := 0
	for line := range bytes.Lines(content) {
		number++
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(bytes.TrimRight(line, blanks)) < len(line) {
			found = append(found, finding{number, "white space at the end of the line"})
		}
	}
	return found
}

func trimLines(content []byte) []byte {
	var out []byte
	for line := range bytes.Lines(content) {
		text, ended := bytes.CutSuffix(line, []byte("\n"))
		out = append(out, bytes.TrimRight(text, blanks)...)
		if ended {
			out = append(out, '\n')
		}
	}
	return out
}

func endOfFile(content []byte) []finding {
	if bytes.Equal(content, trimEnd(content)) {
		return nil
	}
	return []finding{{bytes.Count(content, []byte("\n")) + 1, "the file has to end with one line break"}}
}

func trimEnd(content []byte) []byte {
	text := bytes.TrimRight(content, "\r\n")
	if len(text) == 0 {
		return nil
	}
	return append(bytes.Clone(text), '\n')
}

func yamlSyntax(content []byte) []finding {
	for decoder := yaml.NewDecoder(bytes.NewReader(content)); ; {
		var document any // a map, so that a duplicate key is an error
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return []finding{{0, strings.ReplaceAll(err.Error(), "\n", " ")}}
		}
	}
}

func jsonSyntax(content []byte) []finding {
	var document any
	err := json.Unmarshal(content, &document)
	if err == nil {
		return nil
	}
	line := 0
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		line = 1 + bytes.Count(content[:syntax.Offset], []byte("\n"))
	}
	return []finding{{line, err.Error()}}
}

// keyHeader matches the first line of a private key of PEM, OpenSSH, PGP or PuTTY.
var keyHeader = regexp.MustCompile(`-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----|PuTTY-User-Key-File-\d`)

func privateKey(content []byte) []finding {
	at := keyHeader.FindIndex(content)
	if at == nil {
		return nil
	}
	return []finding{{1 + bytes.Count(content[:at[0]], []byte("\n")), "this is a private key; it must not be committed"}}
}

func largeFile(content []byte) []finding {
	if len(content) <= maxSize {
		return nil
	}
	return []finding{{0, fmt.Sprintf("%d KiB is more than the %d KiB a source file may have", len(content)>>10, maxSize>>10)}}
}
