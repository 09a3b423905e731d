package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxJSONDepth is the depth at which a JSON file is given up.
const maxJSONDepth = 1000

var (
	errJSONEnd    = errors.New("unexpected end")
	errJSONSyntax = errors.New("unexpected text")
	errJSONDepth  = fmt.Errorf("nested deeper than %d levels", maxJSONDepth)
	errJSONUTF8   = errors.New("not valid UTF-8")
)

// looksLikeJSON tells from the first byte. YAML in flow style looks the same, so what is
// no JSON is read as YAML then.
func looksLikeJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && (data[0] == '{' || data[0] == '[') && !bytes.HasPrefix(data, []byte(templateOpening))
}

// parseJSON reads the JSON values of a file, which stand one behind the other, into the
// tree that the YAML parser would make. The YAML parser can't read all JSON: surrogate
// pairs and long keys make it fail.
func parseJSON(file string, data []byte) ([]*yaml.Node, error) {
	p := jsonParser{data: data, place: place{line: 1, column: 1}}
	var roots []*yaml.Node
	for {
		p.skipSpace()
		if p.at == len(data) {
			return roots, nil
		}
		root, err := p.value(0)
		if err != nil {
			p.place.advance(data, p.at)
			return roots, fmt.Errorf("%s:%d: not valid JSON: column %d: %w", file, p.place.line, p.place.column, err)
		}
		roots = append(roots, root)
	}
}

type jsonParser struct {
	data  []byte
	at    int
	place place
}

func (p *jsonParser) skipSpace() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// next skips white space and returns the byte after it.
func (p *jsonParser) next() (byte, error) {
	p.skipSpace()
	if p.at == len(p.data) {
		return 0, errJSONEnd
	}
	return p.data[p.at], nil
}

// node begins a node at the current place.
func (p *jsonParser) node(kind yaml.Kind, style yaml.Style, tag string) *yaml.Node {
	p.place.advance(p.data, p.at)
	return &yaml.Node{Kind: kind, Style: style, Tag: tag, Line: p.place.line, Column: p.place.column}
}

func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	if depth > maxJSONDepth {
		return nil, errJSONDepth
	}
	c, err := p.next()
	if err != nil {
		return nil, err
	}
	switch c {
	case '{':
		return p.collection(p.node(yaml.MappingNode, yaml.FlowStyle, "!!map"), '}', depth)
	case '[':
		return p.collection(p.node(yaml.SequenceNode, yaml.FlowStyle, "!!seq"), ']', depth)
	case '"':
		return p.quoted()
	}
	return p.literal()
}

// collection reads the members of an object or the items of a list.
func (p *jsonParser) collection(n *yaml.Node, end byte, depth int) (*yaml.Node, error) {
	p.at++ // the opening bracket
	if c, err := p.next(); err == nil && c == end {
		p.at++
		return n, nil
	}
	for {
		if n.Kind == yaml.MappingNode {
			if err := p.key(n); err != nil {
				return nil, err
			}
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, item)
		c, err := p.next()
		switch {
		case err != nil:
			return nil, err
		case c == end:
			p.at++
			return n, nil
		case c != ',':
			return nil, errJSONSyntax
		}
		p.at++
	}
}

// key reads a key and the colon behind it.
func (p *jsonParser) key(n *yaml.Node) error {
	if err := p.expect('"'); err != nil {
		return err
	}
	key, err := p.quoted()
	if err != nil {
		return err
	}
	if err := p.expect(':'); err != nil {
		return err
	}
	p.at++
	n.Content = append(n.Content, key)
	return nil
}

// expect skips white space up to a certain byte.
func (p *jsonParser) expect(want byte) error {
	c, err := p.next()
	if err == nil && c != want {
		err = errJSONSyntax
	}
	return err
}

func (p *jsonParser) quoted() (*yaml.Node, error) {
	n := p.node(yaml.ScalarNode, yaml.DoubleQuotedStyle, "!!str")
	start := p.at
	escaped := false
	for i := start + 1; i < len(p.data); i++ {
		switch c := p.data[i]; {
		case c == '"':
			raw := p.data[start : i+1]
			switch {
			case !utf8.Valid(raw):
				return nil, errJSONUTF8
			case !escaped:
				n.Value = string(raw[1 : len(raw)-1])
			case json.Unmarshal(raw, &n.Value) != nil:
				return nil, errJSONSyntax
			}
			p.at = i + 1
			return n, nil
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			p.at = i
			return nil, errJSONSyntax
		}
	}
	return nil, errJSONEnd
}

// literal reads a number, true, false or null.
func (p *jsonParser) literal() (*yaml.Node, error) {
	start, end := p.at, p.at
	for end < len(p.data) && (p.data[end] >= '0' && p.data[end] <= '9' || p.data[end] >= 'a' && p.data[end] <= 'z' ||
		p.data[end] == '-' || p.data[end] == '+' || p.data[end] == '.' || p.data[end] == 'E') {
		end++
	}
	text := p.data[start:end]
	if !json.Valid(text) {
		return nil, errJSONSyntax
	}
	tag := "!!float" // any JSON number
	switch text[0] {
	case 'n':
		tag = "!!null"
	case 't', 'f':
		tag = "!!bool"
	}
	n := p.node(yaml.ScalarNode, 0, tag)
	n.Value = string(text)
	p.at = end
	return n, nil
}
