package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// matrixFile is the picture of the table of failures.
const matrixFile = "failure-matrix.svg"

// link is a Markdown link; its text stays.
var link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// firstTable reads the first table of a page: its headings, and its rows with as many cells.
func firstTable(page string) (headings []string, rows [][]string, err error) {
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			if rows != nil {
				break
			}
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
		for i, cell := range cells {
			cells[i] = strings.TrimSpace(strings.NewReplacer("**", "", "`", "").Replace(link.ReplaceAllString(cell, "$1")))
		}
		switch {
		case headings == nil:
			headings = cells
		case strings.HasPrefix(cells[0], "---"):
		case len(cells) != len(headings):
			return nil, nil, fmt.Errorf("the row %q has %d cells, not %d", cells[0], len(cells), len(headings))
		default:
			rows = append(rows, cells)
		}
	}
	if rows == nil {
		return nil, nil, errors.New("the page has no table")
	}
	return headings, rows, nil
}

// meaning is what a cell says, and its color. The color is never the only sign.
type meaning struct{ word, fill string }

// meaningOf reads a cell of the table of failures.
func meaningOf(cell string) (meaning, error) {
	plain := strings.TrimSpace(strings.TrimSuffix(cell, "*"))
	switch {
	case plain == "":
		return meaning{"", "#e3e6ea"}, nil
	case strings.Contains(plain, "without any check"):
		return meaning{"not checked", "#f4b6b0"}, nil
	case strings.HasPrefix(plain, "rejected"):
		return meaning{"rejected", "#f9d3a4"}, nil
	case strings.HasPrefix(plain, "nothing"):
		return meaning{"no changes", "#e3e6ea"}, nil
	case plain == "pass", plain == "passes":
		return meaning{"passes", "#bfe5cc"}, nil
	case plain == "continues", strings.HasPrefix(plain, "continues unchanged"), strings.HasPrefix(plain, "continues. "):
		return meaning{"continues", "#bfe5cc"}, nil
	case strings.HasPrefix(plain, "pass"):
		return meaning{"passes, see below", "#f6ecb0"}, nil
	}
	return meaning{}, fmt.Errorf("%q is none of the outcomes that the picture knows", cell)
}

// The sizes of the picture.
const (
	labelWidth, cellWidth = 420, 175
	headHeight, rowHeight = 64, 34
)

// drawMatrix draws the table of failures in a page.
func drawMatrix(page string) ([]byte, error) {
	headings, rows, err := firstTable(page)
	if err != nil {
		return nil, err
	}
	width, height := labelWidth+cellWidth*(len(headings)-1)+1, headHeight+rowHeight*len(rows)+1
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="Arial, Helvetica, sans-serif" font-size="13" fill="#1b1f24">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	for i, heading := range headings[1:] {
		for n, line := range wrap(strings.TrimSpace(strings.TrimSuffix(heading, "*")), 20, 3) {
			fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="bold">%s</text>`+"\n", labelWidth+cellWidth*i+8, 18+16*n, escape(line))
		}
	}
	for r, cells := range rows {
		top := headHeight + rowHeight*r
		fmt.Fprintf(&b, `<text x="8" y="%d">%s</text>`+"\n", top+22, escape(wrap(cells[0], 58, 1)[0]))
		for i, cell := range cells[1:] {
			m, err := meaningOf(cell)
			if err != nil {
				return nil, fmt.Errorf("row %q: %w", cells[0], err)
			}
			left := labelWidth + cellWidth*i
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s" stroke="#ffffff" stroke-width="2"/><text x="%d" y="%d">%s</text>`+"\n", left, top, cellWidth, rowHeight, m.fill, left+8, top+22, escape(m.word))
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes(), nil
}

// wrap breaks a text into lines of a number of characters, and cuts what does not fit.
func wrap(text string, width, most int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			if len(lines)+1 == most {
				line += " …"
				break
			}
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

func escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}
