package document

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"sluice/validation"
)

// node is a value that a JSON patch changes in place.
type node struct {
	kind validation.Kind
	// partial says that only what the patch wrote is known of it.
	partial bool
	text    string
	at      validation.Position
	items   []*node
	members map[string]*member
	// next orders the members.
	next int
}

type member struct {
	*node
	order int
	at    validation.Position
}

// nodeOf copies a value.
func nodeOf(v validation.Value) *node {
	n := &node{kind: v.Kind, text: v.Text, at: v.Position}
	for _, item := range v.Items {
		n.items = append(n.items, nodeOf(item))
	}
	for _, m := range v.Members {
		n.put(m.Key, nodeOf(m.Value), m.Position)
	}
	return n
}

// contentNode copies what a client sends. It has no positions.
func contentNode(v any) *node {
	switch v := v.(type) {
	case nil:
		return &node{kind: validation.Null}
	case map[string]any:
		n := &node{kind: validation.Map}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			n.put(key, contentNode(v[key]), validation.Position{})
		}
		return n
	case []any:
		n := &node{kind: validation.List}
		for _, item := range v {
			n.items = append(n.items, contentNode(item))
		}
		return n
	case string:
		return &node{kind: validation.String, text: v}
	case bool:
		return &node{kind: validation.Bool, text: strconv.FormatBool(v)}
	}
	return &node{kind: validation.Number, text: fmt.Sprint(v)}
}

// value is the value of a node; removed keys of a partial map are null. A partial one without any
// content is absent.
func (n *node) value() validation.Value {
	if n == nil || n.partial && len(n.items)+len(n.members) == 0 {
		return validation.Value{}
	}
	v := validation.Value{Kind: n.kind, Text: n.text, Position: n.at}
	if n.kind == validation.List {
		v.Items = make([]validation.Value, 0, len(n.items))
	}
	for _, item := range n.items {
		v.Items = append(v.Items, item.value())
	}
	keys := slices.SortedFunc(maps.Keys(n.members), func(a, b string) int { return cmp.Compare(n.members[a].order, n.members[b].order) })
	for _, key := range keys {
		m := n.members[key]
		if w := m.value(); w.Kind != validation.Absent {
			v.Members = append(v.Members, validation.Member{Key: key, Position: m.at, Value: w})
		}
	}
	return v
}

// size is about the bytes of a node.
func (n *node) size() int {
	size := len(n.text) + 4
	for _, item := range n.items {
		size += item.size()
	}
	for key, m := range n.members {
		size += len(key) + m.size()
	}
	return size
}

func (n *node) put(key string, child *node, at validation.Position) {
	if n.members == nil {
		n.members = map[string]*member{}
	}
	if old := n.members[key]; old != nil {
		n.members[key] = &member{child, old.order, at}
		return
	}
	n.next++
	n.members[key] = &member{child, n.next, at}
}

// get is the value of a key; nil without one.
func (n *node) get(key string) *node {
	if n == nil || n.members[key] == nil {
		return nil
	}
	return n.members[key].node
}

// index is the index that a token means in a list of a length; negative ones count from the end, as
// in the API server. False means that there is no such item.
func index(token string, length int) (int, bool) {
	i, err := strconv.Atoi(token)
	if i < 0 {
		i += length
	}
	return i, err == nil && i >= 0 && i < length
}

// isIndex reports whether a token is for a list rather than for a map.
func isIndex(token string) bool {
	_, err := strconv.Atoi(token)
	return err == nil || token == "-"
}
