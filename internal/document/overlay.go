package document

import (
	"fmt"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// origin is where a node of an overlay comes from.
type origin struct {
	// node is the node in the file's tree, value what kubectl sends.
	node  *yaml.Node
	value any
}

// overlay returns a tree without aliases and merge keys that means what kubectl sends. The places
// are those of the file's tree. A key that is repeated in a mapping is repeated here, too; the last
// one counts.
func (r *reader) overlay(v any, n *yaml.Node) *yaml.Node {
	at := n
	n = resolve(n)
	out := &yaml.Node{Style: n.Style, Line: at.Line, Column: at.Column}
	r.origins[out] = origin{at, v}
	switch v := v.(type) {
	case map[string]any:
		out.Kind, out.Tag = yaml.MappingNode, "!!map"
		left := len(v)
		for _, e := range r.entries(n, v) {
			key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: e.text, Line: e.key.Line, Column: e.key.Column}
			if e.last {
				left--
				out.Content = append(out.Content, key, r.overlay(v[e.text], e.value))
			} else {
				out.Content = append(out.Content, key, resolve(e.value)) // kubectl does not send it
			}
		}
		r.lost = r.lost || left > 0
	case []any:
		out.Kind, out.Tag = yaml.SequenceNode, "!!seq"
		for i, item := range v {
			child := n
			if n.Kind == yaml.SequenceNode && i < len(n.Content) {
				child = n.Content[i]
			}
			out.Content = append(out.Content, r.overlay(item, child))
		}
	case nil:
		out.Kind, out.Tag = yaml.ScalarNode, "!!null"
	case string:
		out.Kind, out.Tag, out.Value = yaml.ScalarNode, "!!str", v
	case bool:
		out.Kind, out.Tag, out.Value = yaml.ScalarNode, "!!bool", n.Value
	default:
		out.Kind, out.Tag, out.Value = yaml.ScalarNode, "!!float", fmt.Sprint(v)
	}
	return out
}

// entry is a key of a mapping, or one that a merge key adds.
type entry struct {
	text       string // as kubectl sends it
	key, value *yaml.Node
	merged     bool
	// last says that kubectl takes the value of this entry.
	last bool
}

// entries lists the keys of a mapping: those that kubectl sends, each with the place that it takes
// the value from, and earlier uses of the same key in this mapping.
func (r *reader) entries(n *yaml.Node, sent map[string]any) []entry {
	all := r.inOrder(n, 0)
	var others []pair
	if slices.ContainsFunc(all, func(e entry) bool { return e.merged }) {
		others, _ = r.pairs(n, 0) // it was read without an error before
	}
	last := make(map[string]int, len(sent))
	for i := range all {
		if _, ok := sent[all[i].text]; !ok || isTagged(all[i].key) {
			all[i].text = sentKey(all[i].key)
		}
		last[all[i].text] = i
	}
	var kept []entry
	for i, e := range all {
		_, ok := sent[e.text]
		e.last = last[e.text] == i
		switch {
		case ok && e.last:
			r.compare(e, others)
			kept = append(kept, e)
		case ok && !e.merged && !all[last[e.text]].merged:
			kept = append(kept, e)
		}
	}
	return kept
}

// inOrder lists the keys in the order in which kubectl reads them: a merge key adds its keys where
// it is, and a later one replaces an earlier one. Of a list of mappings, the first one counts.
func (r *reader) inOrder(n *yaml.Node, depth int) []entry {
	if n.Kind != yaml.MappingNode || depth > maxDepth {
		return nil
	}
	var all []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if resolve(key).Tag != "!!merge" {
			all = append(all, entry{text: keyText(key), key: key, value: value})
			continue
		}
		sources := []*yaml.Node{resolve(value)}
		if sources[0].Kind == yaml.SequenceNode {
			sources = slices.Clone(sources[0].Content)
			slices.Reverse(sources)
		}
		for _, source := range sources {
			for _, e := range r.inOrder(resolve(source), depth+1) {
				e.merged = true
				all = append(all, e)
			}
		}
	}
	return all
}

// compare notes that other readers of YAML take another value for a key than kubectl: a key of the
// mapping itself has precedence over merged ones there, and an earlier merge key over a later one.
func (r *reader) compare(taken entry, others []pair) {
	for _, other := range others {
		if keyText(other.key) != keyText(taken.key) {
			continue
		}
		if other.value != taken.value && !sameContent(other.value, taken.value) {
			r.ambiguous[positionOf(taken.key)] = fmt.Sprintf("is set more than once by merge keys (<<): kubectl sends the value of line %d, other tools such as kustomize that of line %d; write the key once", taken.value.Line, other.value.Line)
		}
		return
	}
}

func sameContent(a, b *yaml.Node) bool {
	var x, y any
	return a.Decode(&x) == nil && b.Decode(&y) == nil && reflect.DeepEqual(x, y)
}

// sentKey is a key as kubectl sends it: a number or a boolean becomes a string.
func sentKey(key *yaml.Node) string {
	text := keyText(key)
	source := text
	if isTagged(key) {
		source = "!<" + resolve(key).LongTag() + "> " + quote(text, yaml.DoubleQuotedStyle, true)
	}
	v, err := kubectl([]byte(source + ": 0"))
	if object, ok := v.(map[string]any); ok && err == nil && len(object) == 1 {
		for sent := range object {
			return sent
		}
	}
	return text
}

// isTagged reports whether a key has a tag, such as !!binary, which kubectl decodes.
func isTagged(key *yaml.Node) bool { return resolve(key).Style&yaml.TaggedStyle != 0 }
