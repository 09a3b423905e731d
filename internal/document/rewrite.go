package document

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

// rewriter converts the edits of one document to changes of its text.
type rewriter struct {
	*source
	doc     Document
	changes []change
}

func (w *rewriter) replace(start, end int, text string) {
	w.changes = append(w.changes, change{start, end, text})
}

// field is one key in a mapping.
type field struct {
	parent *yaml.Node
	index  int // of the key in the parent's content
}

func (f field) key() *yaml.Node   { return f.parent.Content[f.index] }
func (f field) value() *yaml.Node { return f.parent.Content[f.index+1] }
func (f field) flow() bool        { return f.parent.Style&yaml.FlowStyle != 0 }

// document makes the edits of one document.
func (w *rewriter) document(edits []validation.Edit) error {
	for _, e := range edits {
		if !w.concerns(e) {
			continue
		}
		path := strings.Split(strings.TrimPrefix(e.Pointer, "/"), "/")
		trail, err := w.find(path)
		if err == nil {
			at := trail[len(trail)-1]
			switch {
			case e.Remove:
				// When a file without the key is applied or merged, the field stays unchanged.
				// Null removes it, which is what the text of the user means.
				err = w.null(at)
			case e.List != nil:
				err = w.list(at, e)
			default:
				err = w.scalar(at.value(), e.Text, at.flow())
			}
		}
		if err != nil {
			return w.byHand(e, err)
		}
	}
	return nil
}

// concerns reports whether an edit is about this file. For a patch that was merged into an object,
// that is an edit of a value in the patch.
func (w *rewriter) concerns(e validation.Edit) bool {
	return w.doc.patch == nil || valueAt(*w.doc.patch, e.Pointer).Kind != validation.Absent
}

// find follows the keys of a path. No value on the path may be shared with another place.
func (w *rewriter) find(path []string) ([]field, error) {
	n := w.doc.root
	var trail []field
	for _, key := range path {
		switch {
		case n.Anchor != "":
			return nil, errAnchor
		case n.Kind != yaml.MappingNode:
			return nil, errAlias
		}
		at := -1
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Kind == yaml.ScalarNode && n.Content[i].Value == key {
				at = i
			}
		}
		if at < 0 {
			return nil, errAlias
		}
		trail = append(trail, field{n, at})
		n = n.Content[at+1]
	}
	return trail, nil
}

// scalar replaces the text of a scalar and keeps its quotes.
func (w *rewriter) scalar(n *yaml.Node, text string, flow bool) error {
	start, end, err := w.span(n)
	if err != nil {
		return err
	}
	if n.Kind != yaml.ScalarNode && n.Kind != yaml.AliasNode {
		return errLayout
	}
	w.replace(start, end, quote(text, n.Style, flow))
	return nil
}

// byHand returns the error for a place that can't be rewritten: why, and what to write there.
func (w *rewriter) byHand(e validation.Edit, why error) error {
	path := strings.ReplaceAll(strings.TrimPrefix(e.Pointer, "/"), "/", ".")
	at := valueAt(w.doc.inFile(), e.Pointer).Position
	if at.Line == 0 {
		at.Line, at.Column = w.doc.Line, 1
	}
	todo := "remove it by hand"
	var item itemError
	switch {
	case errors.As(why, &item):
		path += fmt.Sprintf("[%d]", item.index)
		at = positionOf(item.item)
		why = item.error
		if len(item.texts) > 0 {
			todo = "write " + inBrackets(item.texts, len(item.texts) > 1) + " there by hand"
		}
	case e.Remove:
		todo = "write null there by hand"
	case e.List != nil:
		todo = "write " + inBrackets(validation.Texts(e.List), true) + " there by hand"
	default:
		todo = "write " + inBrackets([]string{e.Text}, false) + " there by hand"
	}
	return fmt.Errorf("%s:%d:%d: %s can't be rewritten: %w; %s", w.doc.File, at.Line, at.Column, path, why, todo)
}

// inBrackets writes texts for a message, as a list or as a single text.
func inBrackets(texts []string, list bool) string {
	quoted := quoteAll(texts, yaml.DoubleQuotedStyle, ", ")
	if !list {
		return quoted
	}
	return "[" + quoted + "]"
}
