package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"sluice/cmd/sluice/internal/check"
	"sluice/internal/kube"
)

// hypothetical says that the flags ask about another user or other policies than the API server
// would evaluate.
func (f checkFlags) hypothetical() bool {
	return f.who.name != "" || len(f.who.policies) > 0 || len(f.who.exempt) > 0
}

// readCluster prepares a check against a cluster.
func (f checkFlags) readCluster(cmd *cobra.Command, c *check.Check) error {
	cluster, err := f.cluster.open()
	if err != nil {
		return err
	}
	stored, err := cluster.Stored(cmd.Context())
	switch {
	case err == nil:
		c.Stored = stored
	case f.hypothetical() || !apierrors.IsForbidden(err):
		return err
	default:
		// The API server compares with what is stored.
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "sluice: compared only by the API server: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if f.hypothetical() {
		if err := f.useOptions(cmd, cluster, c); err != nil {
			return err
		}
		c.ClusterPolicies, err = f.cluster.policies(cmd.Context(), cluster, cmd.ErrOrStderr())
		if err == nil && f.who.name == "" {
			c.User, err = cluster.User(cmd.Context())
		}
		return err
	}
	if c.User, err = cluster.User(cmd.Context()); err != nil {
		return err
	}
	c.Server = &check.Server{DryRun: cluster.DryRun, User: c.User.Name, Replace: f.how == "replace", FieldManager: f.fieldManager, Tenant: c.Tenant}
	return nil
}

// useOptions takes over the options of the installed webhook, where no flag says otherwise.
func (f checkFlags) useOptions(cmd *cobra.Command, cluster *kube.Cluster, c *check.Check) error {
	installed, err := cluster.WebhookOptions(cmd.Context())
	switch {
	case errors.Is(err, kube.ErrNoReplica) || apierrors.IsForbidden(err):
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "sluice: the options of the webhook are not known, so the defaults are assumed: %v\n", err)
		return nil
	case err != nil:
		return err
	}
	review := f.review
	if !cmd.Flags().Changed("normalization") {
		review.Normalization = installed.Normalization
	}
	if !cmd.Flags().Changed("ip-families") {
		review.IPFamilies = installed.IPFamilies
	}
	if c.Options, err = review.Options(); err != nil {
		return fmt.Errorf("options of the webhook: %w", err)
	}
	c.Exempt = append(c.Exempt, installed.ExemptUsers...)
	return nil
}
