package document

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// colon returns the offset after the colon of a key.
func (w *rewriter) colon(at field) (int, error) {
	_, end, err := w.span(at.key())
	if err != nil {
		return 0, err
	}
	for end < len(w.data) && (w.data[end] == ' ' || w.data[end] == '\t') {
		end++
	}
	if end == len(w.data) || w.data[end] != ':' {
		return 0, errLayout
	}
	return end + 1, nil
}

// null replaces a value by null, which removes the key when the file is applied or merged.
func (w *rewriter) null(at field) error {
	start, end, err := w.span(at.value())
	if err != nil {
		return err
	}
	colon, err := w.colon(at)
	if err != nil {
		return err
	}
	n := at.value()
	switch {
	case start == end:
		w.replace(colon, colon, " null")
	case n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0:
		w.replace(colon, colon, " null")
		return w.removeLines(start, end)
	case bytes.IndexByte(w.data[start:end], '#') >= 0:
		return errComment
	default:
		w.replace(start, end, "null")
	}
	return nil
}

// removeLines removes the lines from start to end. They must have no other content.
func (w *rewriter) removeLines(start, end int) error {
	if _, alone := w.indent(start); !alone || !w.endsLine(end) {
		return errLayout
	}
	from, _ := w.lineOf(start)
	_, to := w.lineOf(end)
	w.replace(from, to, "")
	return nil
}

// removeFlow removes items of a collection in brackets, each with one comma. An item is one node
// in a list and two nodes in a mapping.
func (w *rewriter) removeFlow(content []*yaml.Node, width int, gone []bool) error {
	for i := 0; i < len(gone); i++ {
		if !gone[i] {
			continue
		}
		run := i
		for i+1 < len(gone) && gone[i+1] {
			i++
		}
		start, _, err := w.span(content[run*width])
		if err != nil {
			return err
		}
		_, end, err := w.span(content[i*width+width-1])
		if err != nil {
			return err
		}
		switch {
		case i+1 < len(gone):
			end, err = w.start(content[(i+1)*width])
		case run > 0:
			_, start, err = w.span(content[run*width-1])
		}
		if err != nil {
			return err
		}
		if bytes.IndexByte(w.data[start:end], '#') >= 0 {
			return errComment
		}
		w.replace(start, end, "")
	}
	return nil
}
