package validation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is far above what a collector list or a ConfigMap needs (4) and far below what
// would cost stack.
const maxDepth = 32

// maxRead is how many items of one list, and how many collectors of one text, are read. It
// is far more than any list may hold; a hostile one may hold a million, and each costs
// memory. What is beyond is counted.
const maxRead = 1000

// MaxText is how many bytes of JSON, with its quotes, a string may take. Ten collectors take 500,
// and a name of a user or an object less than 1,000.
const MaxText = 16 << 10

// MaxValues is how many JSON values one review may hold; keys of objects and items that are not
// read do not count. Three full lists have about 40, and a ConfigMap five. A value takes about 100 bytes of memory and
// 2 bytes of JSON, so without a limit a body of 3 MB would take more than 500 MB.
const MaxValues = 10_000

// ErrTooManyValues says that a review holds more than MaxValues values. It was not read to
// the end, so it must not be evaluated.
var ErrTooManyValues = fmt.Errorf("holds more than %d JSON values", MaxValues)

var (
	errKey     = fmt.Errorf("has a key of more than %d bytes", MaxText)
	errDepth   = fmt.Errorf("nested deeper than %d levels", maxDepth)
	errUnicode = errors.New("not valid UTF-8")
	errEnd     = errors.New("text after the value")
)

// ParseJSON reads one JSON value. Unlike a decoder into Go types it keeps key order, duplicate
// keys and values of the wrong type, and allocates one string for the whole input. An error
// says that data is not JSON, is nested deeper than any reviewed object can be, or is
// ErrTooManyValues.
func ParseJSON(data []byte) (Value, error) { return NewValueReader().Read(data) }

// ValueReader reads the JSON values of one review. All of them together may hold MaxValues
// values.
type ValueReader struct {
	left    int
	text    string
	input   bytes.Buffer
	decoder *jsontext.Decoder
}

// NewValueReader returns a reader for one review.
func NewValueReader() *ValueReader {
	r := &ValueReader{}
	r.decoder = jsontext.NewDecoder(&r.input)
	r.Reset()
	return r
}

// Reset prepares the reader for another review. It keeps no part of the last one.
func (r *ValueReader) Reset() {
	r.left, r.text, r.input = MaxValues, "", bytes.Buffer{}
}

// Take uses up n values, and reports whether they were left.
func (r *ValueReader) Take(n int) bool {
	r.left -= n
	return r.left >= 0
}

// Read reads one JSON value, as [ParseJSON] does.
func (r *ValueReader) Read(data []byte) (Value, error) {
	if !utf8.Valid(data) {
		return Value{}, errUnicode
	}
	r.text = string(data) // the values are parts of it
	r.input = *bytes.NewBuffer(data)
	// The text is UTF-8. Lone surrogates in escapes are for quoted to replace.
	r.decoder.Reset(&r.input, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	v, err := r.value(0)
	if err != nil {
		return Value{}, err
	}
	if _, err := r.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return Value{}, errEnd
	}
	return v, nil
}

func (r *ValueReader) value(depth int) (Value, error) {
	switch {
	case depth > maxDepth:
		return Value{}, errDepth
	case !r.Take(1):
		return Value{}, ErrTooManyValues
	}
	switch r.decoder.PeekKind() {
	case '{':
		return r.object(depth)
	case '[':
		return r.list(depth)
	case '"':
		text, ok, err := r.quoted()
		if !ok {
			return Value{Kind: LongString}, err
		}
		return Value{Kind: String, Text: text}, err
	default:
		return r.literal()
	}
}

// literal reads a number, a boolean or null.
func (r *ValueReader) literal() (Value, error) {
	raw, err := r.decoder.ReadValue()
	if err != nil {
		return Value{}, err
	}
	switch raw.Kind() {
	case 'n':
		return Value{Kind: Null}, nil
	case 't', 'f':
		return Value{Kind: Bool, Text: r.part(len(raw), 0)}, nil
	default:
		return Value{Kind: Number, Text: r.part(len(raw), 0)}, nil
	}
}

func (r *ValueReader) object(depth int) (Value, error) {
	v := Value{Kind: Map}
	if _, err := r.decoder.ReadToken(); err != nil { // {
		return v, err
	}
	for r.decoder.PeekKind() == '"' {
		key, ok, err := r.quoted()
		switch {
		case err != nil:
			return v, err
		case !ok:
			return v, errKey
		}
		member, err := r.value(depth + 1)
		if err != nil {
			return v, err
		}
		if v.Members == nil && depth == 0 {
			v.Members = make([]Member, 0, 3) // as many as there are formats
		}
		v.Members = append(v.Members, Member{Key: key, Value: member})
	}
	_, err := r.decoder.ReadToken() // }
	return v, err
}

func (r *ValueReader) list(depth int) (Value, error) {
	v := Value{Kind: List}
	if _, err := r.decoder.ReadToken(); err != nil { // [
		return v, err
	}
	for kind := r.decoder.PeekKind(); kind != ']' && kind != 0; kind = r.decoder.PeekKind() {
		if len(v.Items) == maxRead {
			v.More++ // counted, but not read
			if err := r.decoder.SkipValue(); err != nil {
				return v, err
			}
			continue
		}
		item, err := r.value(depth + 1)
		if err != nil {
			return v, err
		}
		if v.Items == nil && item.Kind == String {
			v.Items = make([]Value, 0, MaxCollectors)
		}
		v.Items = append(v.Items, item)
	}
	_, err := r.decoder.ReadToken() // ]
	return v, err
}

// quoted reads a string, unless it is too long. One without escapes, the usual case, is a part of the input.
func (r *ValueReader) quoted() (content string, ok bool, err error) {
	raw, err := r.decoder.ReadValue()
	switch {
	case err != nil:
		return "", false, err
	case len(raw) > MaxText:
		return "", false, nil
	case bytes.IndexByte(raw, '\\') < 0:
		return r.part(len(raw), 1), true, nil
	}
	var text string                                    // not the result, which would be allocated in all cases
	if err := json.Unmarshal(raw, &text); err != nil { // a lone surrogate becomes U+FFFD
		return "", false, fmt.Errorf("unquote: %w", err)
	}
	return text, true, nil
}

// part is the text of the value that was read last, which has n bytes, without its quotes.
func (r *ValueReader) part(n, quotes int) string {
	end := int(r.decoder.InputOffset())
	return r.text[end-n+quotes : end-quotes]
}
