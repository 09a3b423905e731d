package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// maxJSONDepth is the depth at which reading a JSON file stops.
const maxJSONDepth = 1000

var (
	errJSONDepth = fmt.Errorf("nested deeper than %d levels", maxJSONDepth)
	errJSONUTF8  = errors.New("not valid UTF-8")
)

// looksLikeJSON decides by the first byte. YAML in flow style looks the same, so what is not
// JSON is read as YAML then.
func looksLikeJSON(data []byte) bool {
	data = bytes.TrimLeftFunc(data, unicode.IsSpace)
	return len(data) > 0 && (data[0] == '{' || data[0] == '[') && !bytes.HasPrefix(data, []byte(templateOpening))
}

// withPlainBlanks replaces the blanks of Unicode between the JSON values of a text, which kubectl skips, by
// blanks of JSON. Lines and columns stay. The second text is for the parser of YAML: there, kubectl
// skips only those before the first value.
func withPlainBlanks(text []byte) (forJSON, forYAML []byte) {
	start := len(text) - len(bytes.TrimLeftFunc(text, unicode.IsSpace))
	if start == 0 && bytes.IndexFunc(text, isUnicodeBlank) < 0 {
		return text, text
	}
	lead := bytes.Map(plainBlank, text[:start])
	forYAML = append(lead, text[start:]...)
	out := bytes.NewBuffer(make([]byte, 0, len(text)))
	out.Write(lead)
	depth, inString := 0, false
	for at := start; at < len(text); {
		c, size := utf8.DecodeRune(text[at:])
		switch {
		case inString && c == '\\' && at+1 < len(text):
			size = 2
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case depth == 0 && isUnicodeBlank(c):
			out.WriteRune(plainBlank(c))
			at += size
			continue
		}
		out.Write(text[at : at+size])
		at += size
	}
	return out.Bytes(), forYAML
}

// isUnicodeBlank reports whether kubectl skips a character before a value, but JSON does not allow it.
func isUnicodeBlank(c rune) bool {
	return unicode.IsSpace(c) && c != ' ' && c != '\t' && c != '\r' && c != '\n'
}

// plainBlank is a blank of JSON for one of Unicode: a line break for a line break.
func plainBlank(c rune) rune {
	switch {
	case c == '\u0085' || c == '\u2028' || c == '\u2029':
		return '\n'
	case isUnicodeBlank(c):
		return ' '
	}
	return c
}

// parseJSON reads the JSON values of a file, one after another, into the tree that the YAML
// parser would make. The YAML parser cannot read all JSON: surrogate pairs and long keys make
// it fail.
func parseJSON(file string, data []byte) ([]*yaml.Node, error) {
	p := jsonParser{data: data, place: place{line: 1, column: 1}}
	p.decoder = jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var roots []*yaml.Node
	for {
		if p.decoder.PeekKind() == 0 {
			if _, err := p.decoder.ReadToken(); errors.Is(err, io.EOF) {
				return roots, nil
			}
		}
		root, err := p.value(0)
		if err != nil {
			return roots, p.failed(file, err)
		}
		roots = append(roots, root)
	}
}

type jsonParser struct {
	data    []byte
	decoder *jsontext.Decoder
	place   place
}

// failed adds the place of an error.
func (p *jsonParser) failed(file string, err error) error {
	at := int(p.decoder.InputOffset())
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at, err = int(syntax.ByteOffset), syntax.Err
	}
	p.place.advance(p.data, min(at, len(p.data)))
	return errorAt(file, p.place.line, "not valid JSON: column %d: %w", p.place.column, err)
}

// node returns a node for the last n bytes that were read.
func (p *jsonParser) node(n int, kind yaml.Kind, style yaml.Style, tag string) *yaml.Node {
	p.place.advance(p.data, int(p.decoder.InputOffset())-n)
	return &yaml.Node{Kind: kind, Style: style, Tag: tag, Line: p.place.line, Column: p.place.column}
}

func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	if depth > maxJSONDepth {
		return nil, errJSONDepth
	}
	switch p.decoder.PeekKind() {
	case '{':
		return p.collection(yaml.MappingNode, "!!map", depth)
	case '[':
		return p.collection(yaml.SequenceNode, "!!seq", depth)
	default:
		return p.scalar()
	}
}

// scalar reads a string, a number, a boolean or null.
func (p *jsonParser) scalar() (*yaml.Node, error) {
	raw, err := p.decoder.ReadValue()
	if err != nil {
		return nil, err
	}
	switch raw.Kind() {
	case '"':
		n := p.node(len(raw), yaml.ScalarNode, yaml.DoubleQuotedStyle, "!!str")
		return n, unquote(raw, &n.Value)
	case 'n':
		return p.literal(raw, "!!null"), nil
	case 't', 'f':
		return p.literal(raw, "!!bool"), nil
	default:
		return p.literal(raw, "!!float"), nil // any JSON number
	}
}

// unquote reads a string. A lone surrogate in an escape becomes U+FFFD, as in the API server.
func unquote(raw jsontext.Value, to *string) error {
	if !utf8.Valid(raw) {
		return errJSONUTF8
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return fmt.Errorf("unquote: %w", err)
	}
	return nil
}

func (p *jsonParser) literal(raw jsontext.Value, tag string) *yaml.Node {
	n := p.node(len(raw), yaml.ScalarNode, 0, tag)
	n.Value = string(raw)
	return n
}

// collection reads the keys and values of an object, or the items of a list.
func (p *jsonParser) collection(kind yaml.Kind, tag string, depth int) (*yaml.Node, error) {
	if _, err := p.decoder.ReadToken(); err != nil {
		return nil, err
	}
	n := p.node(1, kind, yaml.FlowStyle, tag)
	for next := p.decoder.PeekKind(); next != '}' && next != ']' && next != 0; next = p.decoder.PeekKind() {
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, item)
	}
	_, err := p.decoder.ReadToken()
	return n, err
}
