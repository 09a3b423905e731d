package document

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decode converts a file to UTF-8 as kubectl does (k8s.io/cli-runtime/pkg/resource, FileVisitor): a
// byte order mark at its start selects UTF-16 or UTF-8, and bytes that are not UTF-8 become U+FFFD.
func decode(data []byte) ([]byte, error) {
	if utf8.Valid(data) && !bytes.HasPrefix(data, []byte(byteOrderMark)) {
		return data, nil
	}
	text, _, err := transform.Bytes(unicode.BOMOverride(unicode.UTF8.NewDecoder()), data)
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return text, nil
}

// separator starts a line that ends a document.
const separator = "---"

// chunk is the part of a text that kubectl reads as one document.
type chunk struct {
	// start and end are offsets in the text, line is the number of the first line.
	start, end, line int
}

// chunks splits a stream of YAML documents as kubectl does (YAMLReader in
// k8s.io/apimachinery/pkg/util/yaml): at lines that start with three hyphens, no matter what they
// mean to a YAML parser. Only white space and a comment may follow them. An error comes with the
// chunks before it.
func chunks(name string, text []byte) ([]chunk, error) {
	var found []chunk
	at := place{line: 1, column: 1}
	current := chunk{line: 1}
	for at.offset < len(text) {
		next := len(text)
		if i := bytes.IndexByte(text[at.offset:], '\n'); i >= 0 {
			next = at.offset + i + 1
		}
		line := text[at.offset:next]
		ends := bytes.HasPrefix(line, []byte(separator))
		if ends {
			if rest := bytes.TrimSpace(line[len(separator):]); len(rest) > 0 && rest[0] != '#' {
				return found, errorAt(name, at.line, `not valid YAML: kubectl takes only a comment after "---"; begin the document on the next line`)
			}
		}
		start, first := at.offset, at.line
		at.advance(text, next)
		switch {
		case ends && start > current.start:
			current.end = start
			found = append(found, current)
			current = chunk{start: next, line: at.line}
		case ends:
			current = chunk{start: start, line: first} // it belongs to the document that it starts
		}
	}
	if current.start < len(text) {
		current.end = len(text)
		found = append(found, current)
	}
	return found, nil
}
