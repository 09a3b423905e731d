package check

import (
	"errors"
	"fmt"

	"github.com/sluice-project/sluice/policy"
	"github.com/sluice-project/sluice/validation"
)

// base is what all reviews have in common.
func (c Check) base() (validation.Input, error) {
	in := validation.Input{Options: c.Options, User: c.User}
	if len(c.Policies) == 0 {
		return in, nil
	}
	policies, err := c.readPolicies()
	if err != nil {
		return in, err
	}
	in.Policies = validation.CompilePolicies(policies, c.Exempt...)
	return in, nil
}

// ReadPolicies reads the policies of files and directories.
func ReadPolicies(files Files, paths ...string) ([]validation.Policy, error) {
	return Check{Files: files, Policies: paths}.readPolicies()
}

// readPolicies reads the policies. One that can't be read fails everything: without it the
// verdicts would be another cluster's.
func (c Check) readPolicies() ([]validation.Policy, error) {
	files, problems := c.search(c.Policies)
	var list []validation.Policy
	from := map[string]string{}
	for _, file := range files {
		data, err := c.read(file)
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
