package check

import (
	"cmp"

	"sluice/internal/document"
	"sluice/validation"
	"sluice/validation/policy"
)

// Tenant is what is known of the namespaces of FlowExports: the name of those that a file does not name,
// and the labels of all.
type Tenant struct{ validation.Namespace }

// Of is the namespace of a FlowExport.
func (t Tenant) Of(d document.Document) validation.Namespace {
	return policy.NamespaceWithName(t.Namespace, cmp.Or(d.Namespace, t.Name))
}
