package main

import (
	"context"
	"fmt"

	"sluice/cmd/internal/viewrole"
	"sluice/internal/kube"
	"sluice/validation"
)

// missingRight is the error of a user who may not read the policies.
type missingRight struct {
	user validation.User
	err  error
}

// mayNotRead says who may not read the policies, and what is missing. If even the user is unknown,
// the error says only what the API server answers.
func mayNotRead(ctx context.Context, c *kube.Cluster, err error) error {
	user, unknown := c.User(ctx)
	if unknown != nil {
		return fmt.Errorf("%w; the ClusterRole %s is missing", err, viewrole.Name)
	}
	return &missingRight{user, err}
}

func (m *missingRight) Unwrap() error { return m.err }

func (m *missingRight) Error() string {
	return m.who() + fmt.Sprintf(`
A cluster administrator can grant it:
  %s
Without it, the API server can evaluate a change in a dry run, which stores nothing:
  sluice check --from-cluster FILE`, viewrole.Grant(viewrole.Name, m.user))
}

// who names the user as the API server authenticates it, and the role that is missing.
func (m *missingRight) who() string {
	return fmt.Sprintf("%s; this user may not read FlowExportPolicies, because the ClusterRole %s is missing", viewrole.Identified(m.user), viewrole.Name)
}
