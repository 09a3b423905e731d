package policy

import (
	"encoding/json"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	apivalidation "k8s.io/apimachinery/pkg/util/validation"
	kjson "sigs.k8s.io/json"

	"sluice/api/v1alpha1"
)

const (
	namespacesField = "spec.namespaces"
	maxNamespaces   = 256
	// DefaultFlowExports is how many FlowExports a namespace may have if no policy says it.
	DefaultFlowExports = 4
	maxFlowExports     = 64
)

// namespaces reads the namespaces; nil for a policy about the lists of the cluster.
func (c *converter) namespaces(s v1alpha1.FlowExportPolicySpec) *Namespaces {
	n := s.Namespaces
	if n == nil {
		if s.MaxFlowExports != nil {
			c.fail("spec.maxFlowExports", "is the number of FlowExports in a namespace; name the namespaces in spec.namespaces")
		}
		return nil
	}
	if len(s.Required) > 0 || s.Sampling != nil || s.CacheActiveTimeout != nil || s.CacheMaxFlows != nil || s.Removal == v1alpha1.RemovalOnlyAllowed {
		c.fail(namespacesField, "makes the policy one about FlowExports, which have no required, sampling, cacheActiveTimeout, cacheMaxFlows or removal; write these in a policy without namespaces")
	}
	if (n.Names == nil) == (n.Selector == nil) {
		c.fail(namespacesField, "has both names and selector, or none; write one of the two")
		return &Namespaces{Selector: labels.Everything()}
	}
	if n.Selector == nil {
		return &Namespaces{Names: c.namespaceNames(n.Names)}
	}
	selector, err := metav1.LabelSelectorAsSelector(n.Selector)
	if err != nil {
		c.fail(namespacesField+".selector", "%w", err)
		return &Namespaces{Selector: labels.Everything()}
	}
	return &Namespaces{Selector: selector}
}

func (c *converter) namespaceNames(list []v1alpha1.NamespaceName) []string {
	field := namespacesField + ".names"
	c.length(field, false, len(list), maxNamespaces)
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = string(n)
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case len(apivalidation.IsDNS1123Label(names[i])) > 0:
			c.fail(at, "%q is not the name of a namespace, which has lower-case letters, digits and '-' only; there are no wildcards", names[i])
		case slices.Contains(names[:i], names[i]):
			c.fail(at, "%q is listed more than once", names[i])
		}
	}
	return names
}

// flowExports reads the quota.
func (c *converter) flowExports(n *int32) *int {
	if n == nil {
		return nil
	}
	if *n < 0 || *n > maxFlowExports {
		c.fail("spec.maxFlowExports", "%d is not a number from 0 to %d", *n, maxFlowExports)
	}
	return new(int(*n))
}

// readNamespaces says what a policy that can't be read as a whole is about: the lists of the cluster,
// or the FlowExports in all namespaces.
func readNamespaces(encoded []byte) *Namespaces {
	var o struct {
		Spec struct {
			Namespaces json.RawMessage `json:"namespaces"`
		} `json:"spec"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(encoded, &o); err != nil || o.Spec.Namespaces == nil {
		return nil
	}
	return &Namespaces{Selector: labels.Everything()}
}
