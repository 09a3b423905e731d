package validation

// Operation is what the user does to the object.
type Operation uint8

// The operations that are reviewed.
const (
	Create Operation = iota
	Update
	// Delete removes the old object. Nothing can be malformed; only policies are evaluated.
	Delete
)

// Input is everything that a verdict depends on.
type Input struct {
	Operation Operation
	Object    Object
	// Old is the object as stored, for Update and Delete; nil where it is unknown.
	Old  *Object
	User User
	// Namespace is that of a FlowExport.
	Namespace Namespace
	Options   Options
	// Policies say who may send where. Nil means that there is no policy.
	Policies PolicySet
}
