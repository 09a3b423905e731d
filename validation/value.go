package validation

import (
	"fmt"
	"slices"
)

// Kind is the JSON type of a [Value].
type Kind uint8

// The kinds. Absent is the zero value: there is no such field.
const (
	Absent Kind = iota
	Null
	Bool
	Number
	String
	List
	Map
	// LongString is a string of more than MaxText bytes of JSON. It was not read, so it has no Text.
	LongString
)

// String names the kind in an error message.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "a boolean"
	case Number:
		return "a number"
	case String:
		return "a string"
	case List:
		return "a list"
	case Map:
		return "an object"
	case LongString:
		return fmt.Sprintf("a string of more than %d bytes", MaxText)
	case Absent:
	}
	return "nothing"
}

// Value is one JSON value exactly as the user wrote it, including wrong types, order
// and duplicate keys, because findings are about those.
type Value struct {
	Kind     Kind
	Text     string   // String: its content; Bool and Number: as written
	Items    []Value  // List
	More     int      // List: how many items follow that were not read
	Members  []Member // Map, in the user's order
	Position Position
}

// Member is one key of a Map.
type Member struct {
	Key      string
	Position Position // of the key
	Value    Value
}

// Position is a place in a file; lines and columns count from 1. The zero value means
// that there is no file, as in an admission request.
type Position struct {
	Line   int
	Column int
}

// what names the kind, and a number or boolean itself, in an error message.
func (v Value) what() string {
	if v.Kind == Number || v.Kind == Bool {
		text := v.Text
		if len(text) > maxQuoted {
			text = text[:maxQuoted] + "..."
		}
		return v.Kind.String() + " (" + text + ")"
	}
	return v.Kind.String()
}

// isNot says that a value is not of the kind it must have.
func (v Value) isNot(want Kind) string {
	if v.Kind == LongString && want == String {
		return "is " + v.Kind.String() // which is its fault
	}
	return fmt.Sprintf("is %s, but must be %s", v.what(), want)
}

// Get returns the value of a key, Absent if v is no Map or has no such key. Of duplicate
// keys the last one counts, as it does for the API server.
func (v Value) Get(key string) Value {
	for _, m := range slices.Backward(v.Members) {
		if m.Key == key {
			return m.Value
		}
	}
	return Value{}
}

// whole reports whether a value was read to its end.
func (v Value) whole() bool {
	return v.Kind != LongString && v.More == 0 && !slices.ContainsFunc(v.Items, func(item Value) bool { return !item.whole() }) &&
		!slices.ContainsFunc(v.Members, func(m Member) bool { return !m.Value.whole() })
}

// Equal reports whether v and w are the same JSON, regardless of position and of the order
// of keys. Values that were not read to the end are equal to none.
func (v Value) Equal(w Value) bool {
	if v.Kind == LongString || v.More > 0 || w.More > 0 {
		return false
	}
	if v.Kind != w.Kind || v.Text != w.Text || len(v.Items) != len(w.Items) || len(v.Members) != len(w.Members) {
		return false
	}
	for i := range v.Items {
		if !v.Items[i].Equal(w.Items[i]) {
			return false
		}
	}
	for i := range v.Members {
		key := v.Members[i].Key
		if v.Get(w.Members[i].Key).Kind == Absent || !v.Get(key).Equal(w.Get(key)) {
			return false
		}
	}
	return true
}
