package policy

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"sluice/validation"
)

// Namespaces are those with the FlowExports that a policy is about: by name, or by label.
type Namespaces struct {
	Names []string
	// Selector is nil if there are names.
	Selector labels.Selector
}

// nameLabel is a label that API servers set for each namespace.
const nameLabel = "kubernetes.io/metadata.name"

// NamespaceWithName is a namespace with a name, and with the label that API servers set.
func NamespaceWithName(n validation.Namespace, name string) validation.Namespace {
	n.Name, n.Labels = name, maps.Clone(n.Labels)
	if n.Labels == nil {
		n.Labels = map[string]string{}
	}
	n.Labels[nameLabel] = name
	return n
}

// Match reports whether a namespace is one of these.
func (n *Namespaces) Match(namespace validation.Namespace) bool {
	if n.Selector != nil {
		return n.Selector.Matches(labels.Set(namespace.Labels))
	}
	return slices.Contains(n.Names, namespace.Name)
}

// maxToldNames is how many names a sentence lists.
const maxToldNames = 4

// String names the namespaces as part of a sentence.
func (n *Namespaces) String() string {
	switch {
	case n.Selector != nil && n.Selector.Empty():
		return "all namespaces"
	case n.Selector != nil:
		return "namespaces with " + n.Selector.String()
	case len(n.Names) > maxToldNames:
		return "namespaces " + strings.Join(n.Names[:maxToldNames], ", ") + " and more"
	}
	return "namespaces " + strings.Join(n.Names, ", ")
}
