package validation

// Edit changes one place of the object.
type Edit struct {
	// Pointer is the place, as a JSON pointer (RFC 6901).
	Pointer string
	// Remove drops the place. Otherwise it is replaced by List, or by Text if List is nil.
	Remove bool
	List   []Entry
	Text   string
	// From tells for each item of List the index of the entry it came from.
	From []int
}
