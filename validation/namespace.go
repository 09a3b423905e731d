package validation

// Namespace is what policies can depend on of the namespace of a FlowExport.
type Namespace struct {
	Name   string
	Labels map[string]string
	// Others is how many other FlowExports it has.
	Others int
}
