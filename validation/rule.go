package validation

// Rule is the stable, kebab-case name of one thing that Sluice looks for. It is the same
// on the command line, in the causes of an API answer, and in metrics.
type Rule string

// Effect is what a rule does with the object it finds something in.
type Effect string

// The effects.
const (
	Rejects    Effect = "rejects"
	Normalizes Effect = "normalizes" // or rejects, with --normalization=reject
	Warns      Effect = "warns"
)
