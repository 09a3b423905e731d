package cluster

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// oldestWithCIDR is the minor version of the first release that stores new rules with isCIDR.
const oldestWithCIDR = 31

// withoutCIDR returns a CRD without the validation rules that call isCIDR. The Network CRD of all
// releases of OpenShift since 4.17 has some, about the subnets of OVN-Kubernetes and none about
// exportNetworkFlows. The API server of OpenShift 4.17 has the function from a backport
// (openshift/kubernetes#1911), that of Kubernetes 1.30 does not.
func withoutCIDR(text []byte) (string, error) {
	var crd map[string]any
	if err := yaml.Unmarshal(text, &crd); err != nil {
		return "", fmt.Errorf("read the Network CRD: %w", err)
	}
	dropRules(crd)
	kept, err := yaml.Marshal(crd)
	return string(kept), err
}

func dropRules(value any) {
	switch v := value.(type) {
	case map[string]any:
		if rules, ok := v["x-kubernetes-validations"].([]any); ok {
			v["x-kubernetes-validations"] = slices.DeleteFunc(rules, func(r any) bool {
				rule, ok := r.(map[string]any)
				return ok && strings.Contains(fmt.Sprint(rule["rule"]), "isCIDR(")
			})
		}
		for _, inner := range v {
			dropRules(inner)
		}
	case []any:
		for _, inner := range v {
			dropRules(inner)
		}
	}
}
