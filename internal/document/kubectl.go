package document

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	kubeyaml "sigs.k8s.io/yaml"
)

// kubectl reads a document as kubectl sends it. The parser of the positions follows YAML 1.2, but
// kubectl's follows YAML 1.1 in part: on, off, yes and no are booleans, and a merge key replaces the
// keys before it.
func kubectl(text []byte) (any, error) {
	data, err := kubeyaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("kubectl can't read it: %w", err)
	}
	var v any
	if err := utiljson.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("kubectl can't read it: %w", err)
	}
	return v, nil
}

// place moves a tree to its lines in the file, and reports whether both parsers give it the same
// meaning: it has no anchors, merge keys or tags, and no scalar that only one of them takes for a
// number or a boolean. TestReadsWhatKubectlSends compares them.
func (r *reader) place(n *yaml.Node, lines int) (agreed bool) {
	n.Line += lines
	agreed = n.Kind != yaml.AliasNode && n.Anchor == "" && n.Style&yaml.TaggedStyle == 0
	if n.Kind == yaml.ScalarNode && n.Style == 0 && !agreedPlain(n.Value) {
		agreed = false
	}
	for i, c := range n.Content {
		if !r.place(c, lines) {
			agreed = false
		}
		if n.Kind == yaml.MappingNode && i%2 == 0 && (c.Kind != yaml.ScalarNode || c.Value == "" || c.Tag != "!!str") {
			agreed = false // kubectl makes keys strings, or refuses them
		}
	}
	return agreed
}

// agreedPlain reports whether both parsers resolve a scalar without quotes to the same value. False
// means that it is not certain.
func agreedPlain(text string) bool {
	if text == "" || text == "~" {
		return true
	}
	switch c := text[0]; {
	case c >= '0' && c <= '9':
		return decimal(text) || dotted(text)
	case strings.IndexByte("+-.<=", c) >= 0:
		return false
	case len(text) <= len("off") && strings.IndexByte("yYnNoO", c) >= 0:
		switch strings.ToLower(text) {
		case "y", "yes", "on", "n", "no", "off":
			return false
		}
	}
	return true
}

// decimal reports whether a text is a whole number that all readers read alike.
func decimal(text string) bool {
	const most = 15 // digits that a float64 holds
	if len(text) > most || text[0] == '0' && len(text) > 1 {
		return false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// dotted reports whether a text is like an address: digits with at least two dots, maybe with a port
// or a prefix length.
func dotted(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && c != '.' && c != ':' && c != '/' {
			return false
		}
	}
	return strings.Count(text, ".") >= 2
}
