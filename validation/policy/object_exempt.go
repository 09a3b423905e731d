package policy

import (
	"encoding/json"

	kjson "sigs.k8s.io/json"

	"sluice/api/v1alpha1"
)

// readExempt reads the exempt users of a policy that can't be read as a whole; none if anything
// about them is unclear. While the policy is invalid, it does not apply to them either.
func readExempt(encoded []byte) []Subject {
	var o struct {
		Spec struct {
			Exempt json.RawMessage `json:"exempt"`
		} `json:"spec"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(encoded, &o); err != nil || o.Spec.Exempt == nil {
		return nil
	}
	var list []v1alpha1.PolicySubject
	if unknown, err := kjson.UnmarshalStrict(o.Spec.Exempt, &list); err != nil || len(unknown) > 0 {
		return nil
	}
	c := converter{}
	subjects := c.subjects("spec.exempt", list)
	if len(c.problems) > 0 {
		return nil
	}
	return subjects
}
