package document

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime"
)

// maxContent bounds the values of one object. Beyond it, aliases make them.
const maxContent = 10 * extraValues

// Content returns the whole object as the file has it, in the form that a client of the API
// server sends: maps, lists, strings, booleans, numbers and nil.
func (d Document) Content() (map[string]any, error) {
	if d.sent != nil {
		object, _ := d.sent.(map[string]any)
		return runtime.DeepCopyJSON(object), nil
	}
	r := reader{name: d.File, budget: maxContent}
	content, err := r.content(d.root, 0)
	if err != nil {
		return nil, err
	}
	object, _ := content.(map[string]any)
	return object, nil
}

func (r *reader) content(n *yaml.Node, depth int) (any, error) {
	n = resolve(n)
	switch n.Kind {
	case yaml.SequenceNode:
		if err := r.spend(n, depth); err != nil {
			return nil, err
		}
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			v, err := r.content(item, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		pairs, err := r.pairs(n, depth)
		if err != nil {
			return nil, err
		}
		object := make(map[string]any, len(pairs))
		for _, p := range pairs {
			if object[keyText(p.key)], err = r.content(p.value, depth+1); err != nil {
				return nil, err
			}
		}
		return object, nil
	case yaml.ScalarNode, yaml.DocumentNode, yaml.AliasNode:
	}
	if err := r.spend(n, depth); err != nil {
		return nil, err
	}
	return r.plain(n)
}

// plain decodes a scalar that all readers read alike.
func (r *reader) plain(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil //nolint:nilnil // null
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), nil
	case "!!int", "!!float":
		if whole, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			return whole, nil
		}
		number, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			return nil, errorAt(r.name, n.Line, "%w", err)
		}
		return number, nil
	}
	return n.Value, nil
}
