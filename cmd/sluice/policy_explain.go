package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/flags"
	"sluice/cmd/internal/output"
	"sluice/cmd/internal/viewrole"
	"sluice/validation"
	"sluice/validation/policy"
)

// explainFlags are the flags of "sluice policy explain".
type explainFlags struct {
	who     userFlags
	cluster clusterFlags
	format  string
	getenv  func(string) string
}

func newExplainCommand(getenv func(string) string) *cobra.Command {
	f := explainFlags{getenv: getenv}
	command := &cobra.Command{
		Use:   "explain [--as USER] [FILE|DIR]...",
		Short: "Show what a user may change",
		Long: `Show which collectors a user may add and remove, and which policies say so. With
--from-cluster, the default user is the current user.

To read the policies of a cluster, a user needs the ClusterRole sluice-view. Without it, name
files: the API server then evaluates their changes in a dry run, as "sluice check --from-cluster"
does. The exit status is then that of "sluice check".`,
		Example: `  # what am I allowed to do?
  sluice policy explain --from-cluster

  # what may I do with FlowExports in my namespace?
  sluice policy explain --from-cluster --namespace team-a

  # may I make this change? works without the right to read policies
  sluice policy explain --from-cluster flows.yaml

  # what could mary of team-a do after these policies are applied?
  sluice policy explain --from-cluster --policy policies/ --as mary --as-group team-a`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return f.withChanges(cmd, args)
			}
			if err := f.explain(cmd); err != nil {
				return exit.Usage(err)
			}
			return nil
		},
	}
	set := command.Flags()
	f.who.register(set)
	f.cluster.register(set, "read the policies of the cluster; policies of --policy replace those of the same name")
	set.StringVarP(&f.format, "output", "o", "text", "output format: text, json or yaml")
	return command
}

// explain writes what the user may do.
func (f *explainFlags) explain(cmd *cobra.Command) error {
	source := policySource{files: f.who.policies, cluster: f.cluster}
	list, err := source.read(cmd)
	if err != nil {
		return err
	}
	user, err := f.who.user(true)
	if err == nil && f.who.name == "" && f.cluster.enabled {
		user, err = currentUser(cmd, &f.cluster)
	}
	if err != nil {
		return err
	}
	set := policy.Compile(list, flags.Exempt(f.who.exempt)...)
	if f.who.namespace != "" {
		return f.explainNamespace(cmd, set, user)
	}
	e := policy.Explain(set, user)
	if f.format == "text" {
		return e.WriteText(cmd.OutOrStdout())
	}
	return writeObject(cmd.OutOrStdout(), f.format, struct {
		output.Type
		policy.Explanation
	}{output.Of("PolicyExplanation"), e})
}

// explainNamespace writes what the user may do with the FlowExports of a namespace. Without labels in the
// flags, they are read from the cluster.
func (f *explainFlags) explainNamespace(cmd *cobra.Command, set *policy.Set, user validation.User) error {
	n := f.who.tenant()
	if f.cluster.enabled && n.Labels == nil {
		cluster, err := f.cluster.open()
		if err != nil {
			return err
		}
		if n.Labels, err = cluster.NamespaceLabels(cmd.Context(), n.Name); err != nil {
			return fmt.Errorf("%w; write them with --namespace-labels", err)
		}
	}
	e := policy.ExplainNamespace(set, user, policy.NamespaceWithName(n, n.Name))
	if f.format == "text" {
		return e.WriteText(cmd.OutOrStdout())
	}
	return writeObject(cmd.OutOrStdout(), f.format, struct {
		output.Type
		policy.NamespaceExplanation
	}{output.Of("PolicyExplanation"), e})
}

// withChanges writes what the user may do, if the user may know, and then whether the changes in
// files are allowed.
func (f *explainFlags) withChanges(cmd *cobra.Command, files []string) error {
	switch {
	case !f.cluster.enabled:
		return exit.Usage(errors.New("FILE needs --from-cluster; to evaluate policies in files, run sluice check --policy"))
	case f.format != "text":
		return exit.Usage(fmt.Errorf("FILE needs --output text; run sluice check --from-cluster --output %s", f.format))
	}
	err := f.explain(cmd)
	if missing, ok := errors.AsType[*missingRight](err); ok {
		_, err = fmt.Fprintf(cmd.ErrOrStderr(), "sluice: %s; a cluster administrator can grant it: %s\n", missing.who(), viewrole.Grant(viewrole.Name, missing.user))
	} else if err == nil {
		_, err = io.WriteString(cmd.OutOrStdout(), "\n")
	}
	if err != nil {
		return exit.Usage(err)
	}
	c := checkFlags{
		files: files, who: f.who, cluster: f.cluster, getenv: f.getenv, review: flags.Review{Normalization: "mutate", IPFamilies: "ipv4"},
		output: "text", color: "auto", failOn: "error", how: "apply", fieldManager: "kubectl",
	}
	return c.run(cmd, nil)
}

// currentUser is the user of the kubeconfig, as the API server authenticates it.
func currentUser(cmd *cobra.Command, f *clusterFlags) (validation.User, error) {
	cluster, err := f.open()
	if err != nil {
		return validation.User{}, err
	}
	return cluster.User(cmd.Context())
}
