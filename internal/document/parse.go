package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

const byteOrderMark = "\uFEFF"

// Parse returns the documents in a file that Sluice reviews, as kubectl would send them. Each item of
// a list is a document. An error means that the rest of the file can't be read; the documents before
// it are returned too.
func Parse(name string, data []byte) ([]Document, error) {
	r := newReader(name, len(data))
	text, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s:1: %w", name, err)
	}
	var notJSON error
	if looksLikeJSON(text) {
		roots, err := parseJSON(name, text)
		if err == nil {
			for _, root := range roots {
				if err := r.object(root, typeMeta{}, 0); err != nil {
					return r.documents, err
				}
			}
			return r.documents, nil
		}
		notJSON = err
	}
	parts, err := chunks(name, text)
	for _, c := range parts {
		if err := r.chunk(text[c.start:c.end], c.line); err != nil {
			if notJSON != nil {
				err = notJSON
			}
			return r.documents, err
		}
	}
	return r.documents, err
}

// chunk reads one document of a YAML stream. line is its first line in the file.
func (r *reader) chunk(text []byte, line int) error {
	var root, more yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	switch err := decoder.Decode(&root); {
	case errors.Is(err, io.EOF):
		return nil // comments
	case err != nil:
		return syntaxError(r.file, text, line, err)
	}
	switch err := decoder.Decode(&more); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return syntaxError(r.file, text, line, err)
	default:
		return fmt.Errorf(`%s:%d: kubectl ignores what follows from here; put "---" on a line of its own before it`, r.file, more.Line+line-1)
	}
	n := root.Content[0]
	if !r.place(n, line-1) && concerns(text) {
		if _, err := r.value(n, 0); err != nil {
			return err // before aliases are expanded
		}
		sent, err := kubectl(text)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", r.file, n.Line, err)
		}
		n = r.overlay(sent, n)
	}
	return r.object(n, typeMeta{}, 0)
}

// concerns reports whether a document may have something that is reviewed.
func concerns(text []byte) bool {
	for _, part := range []string{"etwork", "low", "\\"} {
		if bytes.Contains(text, []byte(part)) {
			return true
		}
	}
	return false
}
