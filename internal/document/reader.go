package document

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"sluice/validation"
)

const (
	// extraValues is how many more values than bytes a file may have. A file without aliases
	// never has more values than bytes; with aliases, a few lines can have billions.
	extraValues = 100_000
	// maxDepth is far more than any reviewed object needs. It stops aliases that contain
	// themselves.
	maxDepth = 64
)

// reader reads the documents of one file.
type reader struct {
	name   string
	budget int
	// documents are those that take has not got yet.
	documents []Document
	take      func(Document)
	notJudged []NotJudged
	// read is how many documents the file has, also those that are not reviewed.
	read int
	// origins has the nodes of overlays, ambiguous the keys that other readers of YAML read
	// differently, with the reason.
	origins map[*yaml.Node]origin
	// lost says that kubectl sends keys that were not found in the tree.
	lost      bool
	ambiguous map[validation.Position]string
}

func newReader(name string, size int) reader {
	return reader{name: name, budget: size + extraValues, origins: map[*yaml.Node]origin{}, ambiguous: map[validation.Position]string{}}
}

// spend counts a value, also one that an alias refers to.
func (r *reader) spend(n *yaml.Node, depth int) error {
	r.budget--
	switch {
	case r.budget < 0:
		return errorAt(r.name, n.Line, "aliases expand to more than %d values; write the values without aliases, or remove them", extraValues)
	case depth > maxDepth:
		return errorAt(r.name, n.Line, "nested deeper than %d levels, or an alias contains itself", maxDepth)
	}
	return nil
}

// resolve follows an alias.
func resolve(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// pair is one key of a mapping with its value; either may be an alias.
type pair struct {
	key   *yaml.Node
	value *yaml.Node
}

// pairs lists the keys of a mapping in the order of the file, followed by the keys of merge keys.
// The keys of the mapping take precedence; of merged keys, the first one counts.
func (r *reader) pairs(n *yaml.Node, depth int) ([]pair, error) {
	if err := r.spend(n, depth); err != nil {
		return nil, err
	}
	all := make([]pair, 0, len(n.Content)/2)
	var sources []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := resolve(n.Content[i]); key.Kind == yaml.ScalarNode && key.Tag == "!!merge" {
			sources = append(sources, resolve(n.Content[i+1]))
			continue
		}
		all = append(all, pair{n.Content[i], n.Content[i+1]})
	}
	if len(sources) == 0 {
		return all, nil
	}
	seen := make(map[string]bool, len(all))
	for _, p := range all {
		seen[keyText(p.key)] = true
	}
	for _, source := range sources {
		merged, err := r.merged(source, depth+1)
		if err != nil {
			return nil, err
		}
		for _, p := range merged {
			if key := keyText(p.key); !seen[key] {
				seen[key] = true
				all = append(all, p)
			}
		}
	}
	return all, nil
}

// merged lists the keys that a merge key adds: those of a mapping, or of a list of mappings.
func (r *reader) merged(source *yaml.Node, depth int) ([]pair, error) {
	mappings := []*yaml.Node{source}
	if source.Kind == yaml.SequenceNode {
		mappings = source.Content
	}
	var all []pair
	for _, mapping := range mappings {
		mapping = resolve(mapping)
		if mapping.Kind != yaml.MappingNode {
			continue
		}
		some, err := r.pairs(mapping, depth)
		if err != nil {
			return nil, err
		}
		r.budget -= len(some) // each use of an anchor adds its keys again
		all = append(all, some...)
	}
	return all, nil
}

// keyText is the text of a key; "" if it is not a scalar.
func keyText(n *yaml.Node) string {
	if n = resolve(n); n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// value converts a part of the tree to a value for the review.
func (r *reader) value(n *yaml.Node, depth int) (validation.Value, error) {
	at := positionOf(n)
	n = resolve(n)
	if err := r.spend(n, depth); err != nil {
		return validation.Value{}, err
	}
	v := validation.Value{Position: at}
	switch n.Kind {
	case yaml.ScalarNode:
		v.Kind, v.Text = scalar(n)
	case yaml.SequenceNode:
		v.Kind = validation.List
		v.Items = make([]validation.Value, 0, len(n.Content))
		for _, item := range n.Content {
			w, err := r.value(item, depth+1)
			if err != nil {
				return v, err
			}
			v.Items = append(v.Items, w)
		}
	case yaml.MappingNode:
		v.Kind = validation.Map
		pairs, err := r.pairs(n, depth)
		if err != nil {
			return v, err
		}
		v.Members = make([]validation.Member, 0, len(pairs))
		for _, p := range pairs {
			if strings.HasPrefix(keyText(p.key), "$") {
				r.directive(p.key)
				continue
			}
			w, err := r.value(p.value, depth+1)
			if err != nil {
				return v, err
			}
			v.Members = append(v.Members, validation.Member{Key: keyText(p.key), Position: positionOf(p.key), Value: w})
		}
	default: // documents and aliases were resolved before
	}
	return v, nil
}

// scalar maps a YAML scalar to the JSON type that the API server sees.
func scalar(n *yaml.Node) (validation.Kind, string) {
	switch n.ShortTag() {
	case "!!null":
		return validation.Null, ""
	case "!!bool":
		return validation.Bool, n.Value
	case "!!int", "!!float":
		return validation.Number, n.Value
	}
	return validation.String, n.Value
}

func positionOf(n *yaml.Node) validation.Position {
	return validation.Position{Line: n.Line, Column: n.Column}
}
