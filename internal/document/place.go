package document

import "unicode/utf8"

// place is a place in a text as the YAML parser counts it: lines and columns from 1, a
// column for each character, and a line for each break of YAML 1.1.
type place struct {
	offset       int
	line, column int
}

// advance moves forward to an offset.
func (p *place) advance(data []byte, offset int) {
	for p.offset < offset {
		if n := lineBreak(data[p.offset:]); n > 0 {
			p.offset += n
			p.line++
			p.column = 1
			continue
		}
		if c := data[p.offset]; c < utf8.RuneSelf {
			p.offset++
		} else {
			_, n := utf8.DecodeRune(data[p.offset:])
			p.offset += n
		}
		p.column++
	}
}

// lineBreak returns the length of the line break at the start of a text; 0 without one.
func lineBreak(text []byte) int {
	switch c := text[0]; {
	case c == '\n':
		return 1
	case c == '\r':
		if len(text) > 1 && text[1] == '\n' {
			return 2
		}
		return 1
	case c == 0xc2 && len(text) > 1 && text[1] == 0x85: // next line
		return 2
	case c == 0xe2 && len(text) > 2 && text[1] == 0x80 && (text[2] == 0xa8 || text[2] == 0xa9): // line and paragraph separator
		return 3
	}
	return 0
}
