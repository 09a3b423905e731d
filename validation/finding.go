package validation

import "strings"

// Finding is one thing that is wrong, was put right, or deserves attention.
type Finding struct {
	Rule Rule
	// Field is the path in the user's own object, with the user's own indexes.
	Field string
	// Value is the user's text; empty if the finding is not about a text.
	Value string
	// Message says what is wrong, why it matters and what to write instead.
	Message string
	// Suggestion is complete text that would be accepted in the value's place, if there
	// is any.
	Suggestion string
	// Rewritten says that the finding reports an edit.
	Rewritten bool
	Position  Position
}

// Text is value and message, without the path: what kubectl prints after it.
func (f Finding) Text() string {
	text := f.Message + " [sluice/" + string(f.Rule) + "]"
	if f.Value == "" {
		return text
	}
	return Quote(f.Value) + ": " + text
}

// Line is the finding in one line, as a warning to the user. It is short, because the API
// server and kubectl cut long warnings.
func (f Finding) Line() string {
	field := strings.TrimPrefix(f.Field, flowsField+".")
	if f.Value == "" {
		return field + ": " + f.Message
	}
	return field + ": " + Quote(f.Value) + " " + f.Message
}
