package document

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// source is the text of a file, with the offsets of its lines.
type source struct {
	data []byte
	// lines has the offset of the start of each line.
	lines []int
	// newline is the file's first line break.
	newline string
}

func newSource(data []byte) *source {
	s := &source{data: data, newline: "\n"}
	at := 0
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		at = len(byteOrderMark)
	}
	s.lines = append(s.lines, at)
	for at < len(data) {
		n := lineBreak(data[at:])
		if n > 0 {
			if len(s.lines) == 1 {
				s.newline = string(data[at : at+n])
			}
			s.lines = append(s.lines, at+n)
		}
		at += max(n, 1)
	}
	return s
}

// The reasons why a place can't be rewritten.
var (
	errAlias     = errors.New("it is an alias, or comes from a merge key")
	errAnchor    = errors.New("it has an anchor, which other places may use")
	errTag       = errors.New("it has a tag")
	errMultiline = errors.New("its text is folded or has several lines")
	errComment   = errors.New("there is a comment inside")
	errLayout    = errors.New("its layout is unusual")
)

// start returns the offset of a node.
func (s *source) start(n *yaml.Node) (int, error) {
	if n.Line < 1 || n.Line > len(s.lines) || n.Column < 1 {
		return 0, errLayout
	}
	at := s.lines[n.Line-1]
	for range n.Column - 1 {
		if at >= len(s.data) {
			return 0, errLayout
		}
		_, size := utf8.DecodeRune(s.data[at:])
		at += size
	}
	return at, nil
}

// span returns the start and the end of a node, without comments around it. An implicit null is
// empty.
func (s *source) span(n *yaml.Node) (start, end int, err error) {
	if start, err = s.start(n); err != nil {
		return 0, 0, err
	}
	rest := s.data[start:]
	switch {
	case n.Anchor != "":
		return 0, 0, errAnchor
	case n.Style&yaml.TaggedStyle != 0:
		return 0, 0, errTag
	case n.Kind == yaml.AliasNode:
		end, err = literal(rest, "*"+n.Value)
	case n.Kind == yaml.ScalarNode:
		end, err = scalarEnd(rest, n)
	case len(n.Content) == 0:
		end, err = s.closing(start + 1)
		end -= start
	default:
		_, end, err = s.span(n.Content[len(n.Content)-1])
		if err == nil && n.Style&yaml.FlowStyle != 0 {
			end, err = s.closing(end)
		}
		end -= start
	}
	return start, start + end, err
}

// literal returns the length of text if rest starts with it.
func literal(rest []byte, text string) (int, error) {
	if !bytes.HasPrefix(rest, []byte(text)) {
		return 0, errMultiline
	}
	return len(text), nil
}

// scalarEnd returns the length of a scalar on one line.
func scalarEnd(rest []byte, n *yaml.Node) (int, error) {
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return 0, errMultiline
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0:
		return literal(rest, n.Value)
	case len(rest) == 0 || rest[0] != '"' && rest[0] != '\'':
		return 0, errLayout
	}
	quote := rest[0]
	for i := 1; i < len(rest); i++ {
		switch {
		case lineBreak(rest[i:]) > 0:
			return 0, errMultiline
		case quote == '"' && rest[i] == '\\':
			i++
		case rest[i] != quote:
		case quote == '\'' && i+1 < len(rest) && rest[i+1] == quote:
			i++
		default:
			return i + 1, nil
		}
	}
	return 0, errLayout
}

// closing returns the offset after the closing bracket of a flow collection whose last item ends
// at an offset.
func (s *source) closing(at int) (int, error) {
	for ; at < len(s.data); at++ {
		switch s.data[at] {
		case ' ', '\t', '\n', '\r', ',':
		case '}', ']':
			return at + 1, nil
		case '#':
			return 0, errComment
		default:
			return 0, errLayout
		}
	}
	return 0, errLayout
}

// lineOf returns where the line of an offset starts, and where the next line does.
func (s *source) lineOf(at int) (start, next int) {
	i, found := 0, false
	if i, found = slices.BinarySearch(s.lines, at); !found {
		i--
	}
	i = max(i, 0)
	if i+1 < len(s.lines) {
		return s.lines[i], s.lines[i+1]
	}
	return s.lines[i], len(s.data)
}

// indent returns the white space before an offset if there is nothing else on its line.
func (s *source) indent(at int) (string, bool) {
	start, _ := s.lineOf(at)
	before := string(s.data[start:at])
	return before, strings.Trim(before, " \t") == ""
}

// endsLine reports whether only white space and a comment follow on the line.
func (s *source) endsLine(at int) bool {
	_, next := s.lineOf(at)
	if at == len(s.data) {
		return true
	}
	rest := strings.TrimRight(string(s.data[at:next]), "\r\n\u0085\u2028\u2029")
	text := strings.TrimLeft(rest, " \t")
	return text == "" || text[0] == '#' && len(text) < len(rest)
}
