package document

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

// A parser takes several kilobytes, which is much for a document of ten lines. So documents that follow
// each other are parsed together where that certainly gives the same trees.
const (
	maxGroup      = 64
	maxGroupBytes = 64 << 10
)

// firstGroup is how many of the next documents to parse together.
func firstGroup(parts []chunk) []chunk {
	n := 1
	for n < min(len(parts), maxGroup) && parts[n].end-parts[0].start <= maxGroupBytes {
		n++
	}
	return parts[:n]
}

// together parses documents as one YAML stream. A tree is nil if the document must be parsed on its own:
// where the trees could differ, where the two ways to split a stream differ, and where there is an error,
// so that its message is about the document alone. Lines of the trees count from the first document.
func together(text []byte, group []chunk) []*yaml.Node {
	trees := make([]*yaml.Node, len(group))
	stream := text[group[0].start:group[len(group)-1].end]
	if len(group) == 1 || reachesAcross(stream) {
		return trees
	}
	found := make([]*yaml.Node, 0, len(group))
	decoder := yaml.NewDecoder(bytes.NewReader(stream))
	for {
		tree := new(yaml.Node)
		if err := decoder.Decode(tree); errors.Is(err, io.EOF) {
			break
		} else if err != nil || len(found) == len(group) {
			return trees
		}
		found = append(found, tree)
	}
	if len(found) != len(group) {
		return trees
	}
	for i, tree := range found {
		if n := tree.Content[0]; n.Kind == yaml.ScalarNode {
			found[i] = nil // it may have only comments
		} else if line := n.Line + group[0].line - 1; line < group[i].line || i+1 < len(group) && line >= group[i+1].line {
			return trees
		}
	}
	return found
}

// reachesAcross reports whether something in a stream may have an effect on other documents of it, or
// counts as a line for only one of the readers: aliases, directives, byte order marks, and line breaks
// that are no line feeds.
func reachesAcross(stream []byte) bool {
	if bytes.ContainsAny(stream, "*\r\uFEFF\u0085\u2028\u2029") {
		return true
	}
	return stream[0] == '%' || bytes.Contains(stream, []byte("\n%"))
}
