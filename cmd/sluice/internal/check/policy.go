package check

import (
	"errors"
	"fmt"
	"slices"

	"sluice/validation"
	"sluice/validation/policy"
)

// base is what all reviews have in common.
func (c Check) base() (validation.Input, error) {
	in := validation.Input{Options: c.Options, User: c.User}
	policies, err := c.AllPolicies()
	if err == nil && len(policies) > 0 {
		in.Policies = policy.Compile(policies, c.Exempt...)
	}
	return in, err
}

// AllPolicies are the policies to judge by: a file's takes the place of a live one of its
// name.
func (c Check) AllPolicies() ([]policy.Policy, error) {
	if len(c.Policies) == 0 {
		return c.Live, nil
	}
	more, err := c.readPolicies()
	return replaced(c.Live, more), err
}

// replaced is a list with the policies of another in the place of those of their names: what
// a cluster has once they are applied to it.
func replaced(list, by []policy.Policy) []policy.Policy {
	kept := slices.DeleteFunc(slices.Clone(list), func(p policy.Policy) bool {
		return slices.ContainsFunc(by, func(b policy.Policy) bool { return b.Name == p.Name })
	})
	return append(kept, by...)
}

// readPolicies reads the policies. One that can't be read fails everything: without it the
// verdicts would be another cluster's.
func (c Check) readPolicies() ([]policy.Policy, error) {
	files, problems := c.Search(c.Policies)
	var list []policy.Policy
	from := map[string]string{}
	for _, file := range files {
		data, err := c.Read(file)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		found, err := policy.Read(shown(file), data)
		if err != nil {
			problems = append(problems, err)
		}
		for _, p := range found {
			if first, twice := from[p.Name]; twice {
				problems = append(problems, fmt.Errorf("%s: policy %s stands in %s already; a cluster has one of a name", shown(file), p.Name, first))
			}
			from[p.Name] = shown(file)
			list = append(list, p)
		}
	}
	if len(list) == 0 && len(problems) == 0 {
		problems = append(problems, fmt.Errorf("found no %s", policy.Kind))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	return list, nil
}
