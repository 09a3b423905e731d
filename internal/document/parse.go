package document

import (
	"bytes"
	"cmp"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

const byteOrderMark = "\uFEFF"

// File is what a file has.
type File struct {
	// Documents are those that Sluice reviews. NotJudged are others that name the lists.
	Documents []Document
	NotJudged []NotJudged
	// Read is how many documents the file has in all, the items of lists included.
	Read int
}

// Parse returns the documents in a file that Sluice reviews, as [Read] does.
func Parse(name string, data []byte) ([]Document, error) {
	f, err := Read(name, data)
	return f.Documents, err
}

// Read returns the documents of a file, as kubectl would send them. Each item of a list is a
// document. An error means that the rest of the file can't be read; what is before it is returned
// too.
func Read(name string, data []byte) (File, error) {
	var documents []Document
	f, err := Each(name, data, func(d Document) { documents = append(documents, d) })
	f.Documents = documents
	return f, err
}

// Each reads a file as [Read] does, and calls take with each document instead of collecting them:
// the tree of a document takes a hundred times the memory of its text.
func Each(name string, data []byte, take func(Document)) (File, error) {
	r := newReader(name, len(data))
	r.take = take
	err := r.file(data)
	r.flush()
	return File{NotJudged: r.notJudged, Read: r.read}, err
}

// flush hands over the documents that were read, and forgets what is known about their trees.
func (r *reader) flush() {
	for _, d := range r.documents {
		r.take(d)
	}
	clear(r.documents)
	r.documents = r.documents[:0]
	clear(r.origins)
	clear(r.ambiguous)
}

func (r *reader) file(data []byte) error {
	text, err := decode(data)
	if err != nil {
		return errorAt(r.name, 1, "%w", err)
	}
	var notJSON error
	if looksLikeJSON(text) {
		var values []byte
		values, text = withPlainBlanks(text)
		roots, err := parseJSON(r.name, values)
		if err == nil {
			for i, root := range roots {
				roots[i] = nil
				if err := r.object(root, typeMeta{}, 0); err != nil {
					return err
				}
				r.flush()
			}
			return nil
		}
		notJSON = err
	}
	parts, err := chunks(r.name, text)
	for len(parts) > 0 {
		group := firstGroup(parts)
		parts = parts[len(group):]
		trees := together(text, group)
		for i, c := range group {
			if err := r.chunk(text[c.start:c.end], c.line, trees[i], group[0].line); err != nil {
				return cmp.Or(notJSON, err)
			}
			r.flush()
		}
	}
	return err
}

// chunk reads one document of a YAML stream. line is its first line in the file. tree is the document
// if it was parsed already, in a text with the first line base.
func (r *reader) chunk(text []byte, line int, tree *yaml.Node, base int) error {
	if tree == nil {
		var err error
		if tree, err = r.parse(text, line); err != nil || tree == nil {
			return err
		}
		base = line
	}
	n := tree.Content[0]
	if !r.place(n, base-1) && concerns(text) {
		if _, err := r.value(n, 0); err != nil {
			return err // before aliases are expanded
		}
		sent, err := kubectl(text)
		if err != nil {
			return errorAt(r.name, n.Line, "%w", err)
		}
		if n = r.overlay(sent, n); r.lost {
			return errorAt(r.name, n.Line, "kubectl sends keys that are not in the text as they are; write the keys without tags")
		}
	}
	return r.object(n, typeMeta{}, 0)
}

// parse parses one document; nil if it has only comments.
func (r *reader) parse(text []byte, line int) (*yaml.Node, error) {
	var root, more yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	switch err := decoder.Decode(&root); {
	case errors.Is(err, io.EOF):
		return nil, nil //nolint:nilnil // comments
	case err != nil:
		return nil, syntaxError(r.name, text, line, err)
	}
	switch err := decoder.Decode(&more); {
	case errors.Is(err, io.EOF):
		return &root, nil
	case err != nil:
		return nil, syntaxError(r.name, text, line, err)
	default:
		return nil, errorAt(r.name, more.Line+line-1, `kubectl ignores what follows from here; put "---" on a line of its own before it`)
	}
}

// concerns reports whether a document may have something that is reviewed.
func concerns(text []byte) bool {
	for _, part := range []string{"etwork", "low", "\\", "binary", "%TAG"} {
		if bytes.Contains(text, []byte(part)) {
			return true
		}
	}
	return false
}
