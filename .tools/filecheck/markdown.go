package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

var (
	fenceLine   = regexp.MustCompile("^([ >]*)(```+|~~~+)([^`]*)$")
	headingLine = regexp.MustCompile(`^#{1,6}(\s|$)`)
	goodHeading = regexp.MustCompile(`^#{1,6} \S`)
	closedTitle = regexp.MustCompile(`\s#+$`)
	otherBullet = regexp.MustCompile(`^\s*[*+] `)
	tableRow    = regexp.MustCompile(`^\s*\|.*\|$`)
)

// markdown checks a document line by line, with the state of the lines before.
type markdown struct {
	found  []finding
	number int    // of the current line, from one
	before string // the previous line, "" at the top
	fence  string // what closes the open code block, "" outside
	opened int    // line of the open code block
	cells  int    // of the table we are in, 0 outside
	spaced bool   // the previous line demands a blank one after it
}

// markdownForm checks a part of Prettier's format: "# " headings and code blocks with
// blank lines around them, "-" bullets, no tabs for indentation, single blank lines,
// closed code blocks, and tables with the same number of cells in each row. Text inside
// code blocks is not checked.
func markdownForm(content []byte) []finding {
	var m markdown
	for line := range bytes.Lines(content) {
		m.number++
		text := strings.TrimRight(string(line), "\r\n")
		m.line(text)
		m.before = text
	}
	if m.fence != "" {
		m.found = append(m.found, finding{m.opened, "the code block is never closed"})
	}
	return m.found
}

func (m *markdown) addf(format string, args ...any) {
	m.found = append(m.found, finding{m.number, fmt.Sprintf(format, args...)})
}

func (m *markdown) line(text string) {
	if m.fence != "" {
		m.inside(text)
		return
	}
	if m.spaced && text != "" {
		m.addf("a blank line is missing above")
	}
	m.spaced = false

	if fence := fenceLine.FindStringSubmatch(text); fence != nil {
		m.fence, m.opened = fence[2], m.number
		if fence[1] == "" && m.before != "" {
			m.addf("a code block needs a blank line above")
		}
		return
	}
	m.table(text)
	switch {
	case text == "" && m.before == "":
		m.addf("one blank line is enough, and none at the top")
	case headingLine.MatchString(text):
		m.heading(text)
	case otherBullet.MatchString(text):
		m.addf(`a list item starts with "- "`)
	case strings.HasPrefix(strings.TrimLeft(text, " "), "\t"):
		m.addf("indent with spaces, not tabs")
	}
}

// inside looks for the end of the code block: at least as many of the same marks as at
// its start, and nothing after them.
func (m *markdown) inside(text string) {
	end := fenceLine.FindStringSubmatch(text)
	if end == nil || !strings.HasPrefix(end[2], m.fence) || strings.TrimSpace(end[3]) != "" {
		return
	}
	m.fence = ""
	m.spaced = end[1] == "" // within a list or quotation the text may continue
}

func (m *markdown) heading(text string) {
	if !goodHeading.MatchString(text) || closedTitle.MatchString(text) {
		m.addf(`a heading is written as "# Text"`)
	}
	if m.number > 1 && m.before != "" {
		m.addf("a heading needs a blank line above")
	}
	m.spaced = true
}

func (m *markdown) table(text string) {
	if !tableRow.MatchString(text) {
		m.cells = 0
		return
	}
	// Only \| is text; a plain bar ends a cell even between backquotes.
	cells := strings.Count(strings.ReplaceAll(text, `\|`, ""), "|") - 1
	if m.cells != 0 && cells != m.cells {
		m.addf("this row has %d cells, the one above has %d", cells, m.cells)
	}
	m.cells = cells
}
