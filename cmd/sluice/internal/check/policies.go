package check

import (
	"slices"

	"sluice/validation"
	"sluice/validation/policy"
)

// base is what the reviews of all documents have in common.
func (c Check) base() (validation.Input, error) {
	in := validation.Input{Options: c.Options, User: c.User, Namespace: c.Tenant.Namespace}
	policies := c.ClusterPolicies
	if len(c.Policies) > 0 {
		read, err := c.Reader.Policies(c.Policies)
		if err != nil {
			return in, err
		}
		policies = ReplacePolicies(policies, read)
	}
	if len(policies) > 0 {
		in.Policies = policy.Compile(policies, c.Exempt...)
	}
	return in, nil
}

// ReplacePolicies returns the policies that a cluster has after others are applied to it: those
// replace the policies of the same name.
func ReplacePolicies(cluster, applied []policy.Policy) []policy.Policy {
	kept := slices.DeleteFunc(slices.Clone(cluster), func(p policy.Policy) bool {
		return slices.ContainsFunc(applied, func(a policy.Policy) bool { return a.Name == p.Name })
	})
	return append(kept, applied...)
}
