package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// begin is written in two parts so that this file is not taken for a key.
const begin = "-----BEGIN "

// Each row is a file and what "filecheck all" says about it.
func TestFindings(t *testing.T) {
	long := strings.Repeat("a line of text\n", 40_000)
	for name, tt := range map[string]struct{ file, content, want string }{
		"clean text":              {"a.txt", "one\n\ntwo\n", ""},
		"empty file":              {"a.txt", "", ""},
		"trailing space":          {"a.txt", "one \ntwo\n", "a.txt:1: white space at the end of the line\n"},
		"trailing tab at the end": {"a.go", "one\n\t", "a.go:2: white space at the end of the line\na.go:2: the file has to end with one line break\n"},
		"carriage return":         {"a.txt", "one\r\n", "a.txt:1: white space at the end of the line\na.txt:2: the file has to end with one line break\n"},
		"no line break":           {"a.txt", "one", "a.txt:1: the file has to end with one line break\n"},
		"two line breaks":         {"a.txt", "one\n\n", "a.txt:3: the file has to end with one line break\n"},
		"binary":                  {"a.bin", "\x00 \n\n", ""},
		"recording":               {"testdata/a.sse", "data: 1 \n\n", ""},
		"generated":               {"docs/swagger.json", "{}", ""},
		"good YAML":               {"a.yaml", "a: 1\n---\nb: [1, 2]\n", ""},
		"bad YAML":                {"a.yml", "a: [1\n", "a.yml:0: yaml: line 1: did not find expected ',' or ']'\n"},
		"bad second document":     {"a.yml", "a: 1\n---\nb: {\n", "a.yml:0: yaml: line 3: did not find expected node content\n"},
		"key twice":               {"a.yml", "a: 1\na: 2\n", "a.yml:0: yaml: unmarshal errors:   line 2: mapping key \"a\" already defined at line 1\n"},
		"good JSON":               {"a.json", "{\"a\": [1]}\n", ""},
		"bad JSON":                {"a.json", "{\n\"a\": 1,\n}\n", "a.json:3: invalid character '}' looking for beginning of object key string\n"},
		"cut JSON":                {"a.json", "{\n", "a.json:2: unexpected end of JSON input\n"},
		"JSON and more":           {"a.json", "{}\n{}\n", "a.json:2: invalid character '{' after top-level value\n"},
		"RSA key":                 {"a.pem", "x\n" + begin + "RSA PRIVATE KEY-----\n", "a.pem:2: this is a private key; it must not be committed\n"},
		"PKCS8 key":               {"a.go", begin + "PRIVATE KEY-----\n", "a.go:1: this is a private key; it must not be committed\n"},
		"OpenSSH key in testdata": {"testdata/a", begin + "OPENSSH PRIVATE KEY-----\n", "testdata/a:1: this is a private key; it must not be committed\n"},
		"PGP key":                 {"a.asc", begin + "PGP PRIVATE KEY BLOCK-----\n", "a.asc:1: this is a private key; it must not be committed\n"},
		"certificate":             {"a.pem", begin + "CERTIFICATE-----\n", ""},
		"large":                   {"a.txt", long, "a.txt:0: 585 KiB is more than the 512 KiB a source file may have\n"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out := filecheck(t, t.TempDir(), tt.file, tt.content, "all")
			if out != tt.want {
				t.Errorf("printed %q, want %q", out, tt.want)
			}
			if failed := tt.want != ""; (code == 1) != failed || code > 1 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func TestMarkdown(t *testing.T) {
	for name, tt := range map[string]struct{ content, want string }{
		"everything right":    {"# A\n\ntext\n\n- b\n  ```sh\n  c\n  ```\n- d\n\n```go\n# not a heading\n\n\n\tx\n```\n\n| a | b |\n| - | - |\n", ""},
		"table right":         {"| a | b \\| c |\n| --- | --- |\n| `x\\|y` | 2 |\n\n| one |\n| --- |\n", ""},
		"hash in a heading":   {"# C#\n\n#tag\n", ""},
		"inline code":         {"text\n```a```\n", ""},
		"no space":            {"##\tA\n", "1"},
		"two spaces":          {"#  A\n", "1"},
		"closing hashes":      {"# A #\n", "1"},
		"nothing above":       {"a\n# A\n", "2"},
		"nothing below":       {"# A\na\n", "2"},
		"other bullet":        {"* a\n  + b\n", "1 2"},
		"blank lines":         {"a\n\n\nb\n", "3"},
		"blank line at top":   {"\na\n", "1"},
		"tab":                 {"- a\n\t- b\n", "2"},
		"open block":          {"a\n\n````sh\nb\n```\n", "3"},
		"block without above": {"a\n```\nb\n```\n", "2"},
		"block without below": {"```\nb\n```\nc\n", "4"},
		"bar in code":         {"| a | b |\n| - | - |\n| 1 | `2|3` |\n", "3"},
		"uneven table":        {"| a | b |\n| - | - |\n| 1 |\n", "3"},
	} {
		t.Run(name, func(t *testing.T) {
			var lines []string
			for _, f := range markdownForm([]byte(tt.content)) {
				lines = append(lines, strconv.Itoa(f.line))
			}
			if got := strings.Join(lines, " "); got != tt.want {
				t.Errorf("found something in lines %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFix(t *testing.T) {
	dir := t.TempDir()
	code, _ := filecheck(t, dir, "a.txt", "one \r\n\ntwo\t\n\n\n", "-fix", "all")
	if code != 1 {
		t.Errorf("exit code %d; a repair has to stop the commit", code)
	}
	got, err := os.ReadFile(filepath.Join(dir, "a.txt"))
	if want := "one\n\ntwo\n"; err != nil || string(got) != want {
		t.Errorf("repaired to %q (%v), want %q", got, err, want)
	}
	if code, out := filecheck(t, dir, "a.txt", string(got), "all"); code != 0 {
		t.Errorf("still finds %q after the repair", out)
	}
}

func TestWrongUse(t *testing.T) {
	for name, args := range map[string][]string{
		"nothing":       {},
		"unknown check": {"spelling", "a.txt"},
		"unknown flag":  {"-fast", "all", "a.txt"},
		"unreadable":    {"all", "a.txt/b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("a.txt", nil, 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if code, err := run(args, &out); code != 2 || err == nil {
				t.Errorf("exit code %d, error %v", code, err)
			}
		})
	}
}

// filecheck writes the file below dir and runs the program on it there.
func filecheck(t *testing.T, dir, name, content string, args ...string) (code int, out string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	code, err := run(append(append([]string{"-C", dir}, args...), name), &printed)
	if err != nil {
		t.Fatal(err)
	}
	return code, printed.String()
}
