package document

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

// list rewrites a list of collectors, item by item.
func (w *rewriter) list(at field, e validation.Edit) error {
	n := at.value()
	switch {
	case n.Anchor != "":
		return errAnchor
	case n.Kind == yaml.ScalarNode:
		return w.wrap(at, validation.Texts(e.List))
	case n.Kind != yaml.SequenceNode:
		return errAlias
	case len(e.From) != len(e.List):
		return errLayout
	}
	texts := make([][]string, len(n.Content))
	for i, text := range validation.Texts(e.List) {
		from := e.From[i]
		if from < 0 || from >= len(texts) {
			return errLayout
		}
		texts[from] = append(texts[from], text)
	}
	if n.Style&yaml.FlowStyle != 0 {
		return w.flowList(n, texts)
	}
	for i, item := range n.Content {
		if err := w.blockItem(item, texts[i]); err != nil {
			return itemError{error: err, index: i, item: item, texts: texts[i]}
		}
	}
	return nil
}

// itemError says that one item of a list can't be rewritten.
type itemError struct {
	error
	index int
	item  *yaml.Node
	texts []string
}

// isUnchanged reports whether an item has exactly this text already.
func isUnchanged(item *yaml.Node, texts []string) bool {
	n := resolve(item)
	return len(texts) == 1 && n.Kind == yaml.ScalarNode && n.Value == texts[0]
}

// blockItem rewrites an item on a line of its own. It is removed with its line, or replaced;
// further items follow on similar lines.
func (w *rewriter) blockItem(item *yaml.Node, texts []string) error {
	if isUnchanged(item, texts) {
		return nil
	}
	start, end, err := w.span(item)
	if err != nil {
		return err
	}
	dash := len(bytes.TrimRight(w.data[:start], " \t")) - 1
	if dash < 0 || w.data[dash] != '-' {
		return errLayout
	}
	indent, alone := w.indent(dash)
	if !alone || !w.endsLine(end) {
		return errLayout
	}
	lineStart, next := w.lineOf(dash)
	if len(texts) == 0 {
		w.replace(lineStart, next, "")
		return nil
	}
	w.replace(start, end, quote(texts[0], item.Style, false))
	prefix := indent + string(w.data[dash:start])
	w.insertLines(next, prefix, texts[1:], item.Style)
	return nil
}

// insertLines inserts items before the line that starts at an offset.
func (w *rewriter) insertLines(at int, prefix string, texts []string, style yaml.Style) {
	var lines strings.Builder
	withoutNewline := at == len(w.data) && w.lines[len(w.lines)-1] != at
	for _, text := range texts {
		line := prefix + quote(text, style, false)
		if withoutNewline {
			lines.WriteString(w.newline + line)
		} else {
			lines.WriteString(line + w.newline)
		}
	}
	if lines.Len() > 0 {
		w.replace(at, at, lines.String())
	}
}

// flowList rewrites the items of a list in brackets.
func (w *rewriter) flowList(n *yaml.Node, texts [][]string) error {
	gone := make([]bool, len(n.Content))
	for i, item := range n.Content {
		gone[i] = len(texts[i]) == 0
		if gone[i] || isUnchanged(item, texts[i]) {
			continue
		}
		start, end, err := w.span(item)
		if err != nil {
			return itemError{error: err, index: i, item: item, texts: texts[i]}
		}
		separator := ", "
		if indent, alone := w.indent(start); alone {
			separator = "," + w.newline + indent
		}
		w.replace(start, end, quoteAll(texts[i], item.Style, separator))
	}
	return w.removeFlow(n.Content, 1, gone)
}

// wrap replaces a single string by a list: on separate lines if the string is on the line of its
// key, otherwise in brackets.
func (w *rewriter) wrap(at field, texts []string) error {
	n := at.value()
	start, end, err := w.span(n)
	if err != nil {
		return err
	}
	colon, err := w.colon(at)
	if err != nil {
		return err
	}
	if at.flow() || strings.Trim(string(w.data[colon:start]), " \t") != "" || !w.endsLine(end) {
		w.replace(start, end, "["+quoteAll(texts, n.Style, ", ")+"]")
		return nil
	}
	var lines strings.Builder
	for _, text := range texts {
		lines.WriteString(w.newline + strings.Repeat(" ", at.key().Column+1) + "- " + quote(text, n.Style, false))
	}
	w.replace(colon, end, lines.String())
	return nil
}
