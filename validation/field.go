package validation

// Field is one field of a reviewed object that a verdict depends on.
type Field struct {
	// Path are the keys that lead to the field.
	Path []string
	// Of returns the place for its value in an Object.
	Of func(*Object) *Value
}
