package validation

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxDepth is far above what a collector list or a ConfigMap needs (4) and far below what
// would cost stack.
const maxDepth = 32

// maxRead is how many items of one list, and how many collectors of one text, are read. It
// is far more than any list may hold; a hostile one may hold a million, and each costs
// memory. What is beyond is counted.
const maxRead = 1000

// MaxValues is how many JSON values, keys of objects included, one review may hold. Three
// full lists have about 40, and a ConfigMap five. A value takes about 100 bytes of memory and
// 2 bytes of JSON, so without a limit a body of 3 MB would take more than 500 MB.
const MaxValues = 10_000

// Budget is what is left of the values that one review may hold. All objects of a review
// share it.
type Budget struct{ left int }

// NewBudget returns the budget of one review.
func NewBudget() *Budget { return &Budget{left: MaxValues} }

// Take uses up n values, and reports whether they were left.
func (b *Budget) Take(n int) bool {
	b.left -= n
	return b.left >= 0
}

// ErrTooManyValues says that a review holds more than MaxValues values. It was not read to
// the end, so it must not be evaluated.
var ErrTooManyValues = fmt.Errorf("holds more than %d JSON values", MaxValues)

// ParseJSON reads one JSON value with a budget of its own. Unlike a decoder into Go types it
// keeps key order, duplicate keys and values of the wrong type, and allocates one string for
// the whole input. An error says that data is not JSON, is nested deeper than any reviewed
// object can be, or is ErrTooManyValues.
func ParseJSON(data []byte) (Value, error) { return NewBudget().ParseJSON(data) }

// ParseJSON reads one JSON value, and takes what it holds from the budget.
func (b *Budget) ParseJSON(data []byte) (Value, error) {
	p := jsonParser{text: string(data), budget: b}
	v, err := p.value(0)
	if err != nil {
		return Value{}, fmt.Errorf("offset %d: %w", p.at, err)
	}
	if p.skipSpace(); p.at != len(p.text) {
		return Value{}, fmt.Errorf("offset %d: text after the value", p.at)
	}
	return v, nil
}

var (
	errEnd     = errors.New("unexpected end")
	errSyntax  = errors.New("not valid JSON")
	errDepth   = fmt.Errorf("nested deeper than %d levels", maxDepth)
	errUnicode = errors.New("not valid UTF-8")
)

type jsonParser struct {
	text   string
	at     int
	budget *Budget
}

func (p *jsonParser) skipSpace() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
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
	if p.at == len(p.text) {
		return 0, errEnd
	}
	return p.text[p.at], nil
}

func (p *jsonParser) expect(c byte) error {
	got, err := p.next()
	if err != nil {
		return err
	}
	if got != c {
		return errSyntax
	}
	p.at++
	return nil
}

func (p *jsonParser) value(depth int) (Value, error) {
	if depth > maxDepth {
		return Value{}, errDepth
	}
	if !p.budget.Take(1) {
		return Value{}, ErrTooManyValues
	}
	c, err := p.next()
	if err != nil {
		return Value{}, err
	}
	switch c {
	case '{':
		return p.object(depth)
	case '[':
		return p.list(depth)
	case '"':
		text, err := p.quoted()
		return Value{Kind: String, Text: text}, err
	default:
		return p.literal()
	}
}

func (p *jsonParser) object(depth int) (Value, error) {
	v := Value{Kind: Map}
	p.at++ // {
	if c, err := p.next(); err == nil && c == '}' {
		p.at++
		return v, nil
	}
	for {
		if c, err := p.next(); err != nil {
			return v, err
		} else if c != '"' {
			return v, errSyntax
		}
		key, err := p.quoted()
		if err != nil {
			return v, err
		}
		if err := p.expect(':'); err != nil {
			return v, err
		}
		member, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		if v.Members == nil && depth == 0 {
			v.Members = make([]Member, 0, 3) // as many as there are formats
		}
		v.Members = append(v.Members, Member{Key: key, Value: member})
		if done, err := p.endOf('}'); done || err != nil {
			return v, err
		}
	}
}

func (p *jsonParser) list(depth int) (Value, error) {
	v := Value{Kind: List}
	p.at++ // [
	if c, err := p.next(); err == nil && c == ']' {
		p.at++
		return v, nil
	}
	for {
		item, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		if v.Items == nil && item.Kind == String {
			v.Items = make([]Value, 0, MaxCollectors)
		}
		if len(v.Items) < maxRead {
			v.Items = append(v.Items, item)
		} else {
			v.More++
			p.budget.Take(-1) // counted, but not kept
		}
		if done, err := p.endOf(']'); done || err != nil {
			return v, err
		}
	}
}

// endOf reads the byte behind an item: a comma, or the end of what it is in.
func (p *jsonParser) endOf(end byte) (done bool, err error) {
	c, err := p.next()
	if err != nil {
		return false, err
	}
	p.at++
	switch c {
	case ',':
		return false, nil
	case end:
		return true, nil
	default:
		p.at--
		return false, errSyntax
	}
}

// quoted reads a string. One without escapes, the usual case, is a part of the input.
func (p *jsonParser) quoted() (string, error) {
	start := p.at
	escaped := false
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			raw := p.text[start:p.at]
			if !utf8.ValidString(raw) {
				return "", errUnicode
			}
			if escaped {
				var text string
				if err := json.Unmarshal([]byte(raw), &text); err != nil {
					return "", errSyntax
				}
				return text, nil
			}
			return raw[1 : len(raw)-1], nil
		case c == '\\':
			escaped = true
			p.at++
		case c < ' ':
			return "", errSyntax
		}
	}
	p.at = len(p.text)
	return "", errEnd
}

// literal reads a number, true, false or null.
func (p *jsonParser) literal() (Value, error) {
	start := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		if c == ',' || c == '}' || c == ']' || c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			break
		}
		p.at++
	}
	text := p.text[start:p.at]
	switch text {
	case "null":
		return Value{Kind: Null}, nil
	case "true", "false":
		return Value{Kind: Bool, Text: text}, nil
	}
	if text == "" || !json.Valid([]byte(text)) {
		p.at = start
		return Value{}, errSyntax
	}
	return Value{Kind: Number, Text: text}, nil
}
