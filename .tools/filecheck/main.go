// Filecheck checks what the compiler does not: white space, syntax of YAML and JSON,
// private keys, file size, and the format of Markdown.
//
//	filecheck [-C dir] [-fix] CHECK FILE...
//
// CHECK is one of the names below, or all. Each check skips files of other kinds, so
// any list of files may be passed. It prints one line per finding, "file:line: problem",
// and then exits with 1. With -fix the two checks of white space also repair the file,
// and still exit with 1, so that a commit stops and the change can be reviewed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// finding is one problem in a file. line counts from one; zero means the whole file.
type finding struct {
	line int
	text string
}

// check is one kind of check. fix, if it is not nil, returns the corrected content.
type check struct {
	name    string
	applies func(path string, content []byte) bool
	find    func(content []byte) []finding
	fix     func(content []byte) []byte
}

var checks = []check{
	{"trailing-whitespace", plainText, trailingWhitespace, trimLines},
	{"end-of-file", plainText, endOfFile, trimEnd},
	{"yaml", hasSuffix(".yaml", ".yml"), yamlSyntax, nil},
	{"json", hasSuffix(".json"), jsonSyntax, nil},
	{"private-key", anyFile, privateKey, nil},
	{"large-file", anyFile, largeFile, nil},
	{"markdown", hasSuffix(".md"), markdownForm, nil},
}

func main() {
	code, err := run(os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "filecheck:", err)
	}
	os.Exit(code)
}

// run returns the exit code: 0 without findings, 1 with findings, 2 with an error.
func run(args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("filecheck", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	dir := flags.String("C", ".", "directory that file names are relative to")
	fix := flags.Bool("fix", false, "repair white space")
	if err := flags.Parse(args); err != nil {
		return 2, err
	}
	if flags.NArg() == 0 {
		return 2, errors.New("name a check and files: filecheck [-C dir] [-fix] CHECK FILES")
	}
	chosen := selectChecks(flags.Arg(0))
	if len(chosen) == 0 {
		return 2, fmt.Errorf("unknown check %q; the checks are %s", flags.Arg(0), checkNames())
	}

	code := 0
	for _, name := range flags.Args()[1:] {
		found, err := examine(filepath.Join(*dir, name), chosen, *fix)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted but still tracked
		} else if err != nil {
			return 2, err
		}
		for _, f := range found {
			code = 1
			fmt.Fprintf(out, "%s:%d: %s\n", name, f.line, f.text)
		}
	}
	return code, nil
}

// examine runs the checks on one file and repairs it with -fix.
func examine(path string, chosen []check, fix bool) ([]finding, error) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var found []finding
	repaired := content
	for _, c := range chosen {
		if !c.applies(path, content) {
			continue
		}
		found = append(found, c.find(content)...)
		if fix && c.fix != nil {
			repaired = c.fix(repaired)
		}
	}
	if slices.Equal(repaired, content) {
		return found, nil
	}
	return found, os.WriteFile(path, repaired, info.Mode().Perm())
}

func selectChecks(name string) []check {
	if name == "all" {
		return checks
	}
	for _, c := range checks {
		if c.name == name {
			return []check{c}
		}
	}
	return nil
}

func checkNames() string {
	var names []string
	for _, c := range checks {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ") + " and all"
}
