package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/flags"
	"sluice/cmd/internal/output"
	"sluice/cmd/sluice/internal/check"
	"sluice/validation/policy"
	"sluice/validation/vap"
)

func newPolicyCommand(getenv func(string) string) *cobra.Command {
	command := &cobra.Command{
		Use:   "policy",
		Short: "Explain, test, check and compile FlowExportPolicies",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	command.AddCommand(newExplainCommand(getenv), newPolicyTestCommand(getenv), newLintCommand(), newCompileCommand())
	return command
}

// policySource says where policies are read from.
type policySource struct {
	files   []string
	exempt  []string
	cluster clusterFlags
}

// read reads the policies of the cluster and of files. A policy in a file replaces the policy of
// the cluster with the same name.
func (s *policySource) read(cmd *cobra.Command) ([]policy.Policy, error) {
	if err := s.cluster.check(); err != nil {
		return nil, err
	}
	var list []policy.Policy
	switch {
	case s.cluster.enabled:
		cluster, err := s.cluster.open()
		if err != nil {
			return nil, err
		}
		if list, err = s.cluster.policies(cmd.Context(), cluster, cmd.ErrOrStderr()); err != nil {
			return nil, err
		}
	case len(s.files) == 0:
		return nil, errors.New("no policies; name files or directories with --policy, or read the policies of a cluster with --from-cluster")
	}
	if len(s.files) == 0 {
		return list, nil
	}
	read, err := check.Reader{Files: check.Disk{}, Stdin: cmd.InOrStdin()}.Policies(s.files)
	return check.ReplacePolicies(list, read), err
}

// writeObject writes an object for scripts.
func writeObject(w io.Writer, format string, object any) error {
	switch format {
	case "json":
		return output.JSON(w, object)
	case "yaml":
		return output.YAML(w, object)
	}
	return exit.Usage(fmt.Errorf("--output: %q is unknown; use text, json or yaml", format))
}

// writeManifests writes objects of a cluster: as YAML documents, or as one List in JSON, which
// jq and editors expect.
func writeManifests(w io.Writer, format string, objects []any) error {
	if format == "json" {
		return output.JSON(w, map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	}
	for i, o := range objects {
		if i > 0 {
			if _, err := io.WriteString(w, "---\n"); err != nil {
				return fmt.Errorf("write YAML: %w", err)
			}
		}
		if err := output.YAML(w, o); err != nil {
			return err
		}
	}
	return nil
}

func newCompileCommand() *cobra.Command {
	var source policySource
	var format string
	review := flags.Review{Normalization: "reject"}
	command := &cobra.Command{
		Use:   "compile [--policy FILE]...",
		Short: "Write rules and policies as ValidatingAdmissionPolicies",
		Long: `Write the rules and the FlowExportPolicies as ValidatingAdmissionPolicies with bindings. They
give the same verdicts inside the API server, for clusters where no webhook can run, or as a
second line of defense. They need Kubernetes 1.31 or later. Differences from the webhook, which
CEL can't express, are listed on standard error. Without policies, only the rules are written.`,
		Example: `  sluice policy compile --policy policies/ | oc apply --server-side -f -

  # with the policies of the cluster
  sluice policy compile --from-cluster > admission.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options, err := review.Options()
			if err != nil {
				return exit.Usage(err)
			}
			if format != "yaml" && format != "json" {
				return exit.Usage(fmt.Errorf("--output: %q is unknown; use yaml or json", format))
			}
			in := vap.Input{Exempt: source.exempt, IPv6: options.IPv6}
			if len(source.files) > 0 || source.cluster.enabled || source.cluster.check() != nil {
				if in.Policies, err = source.read(cmd); err != nil {
					return exit.Usage(err)
				}
			}
			out, err := vap.Compile(in)
			if err != nil {
				return exit.Usage(err)
			}
			for _, d := range out.Differences {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "sluice: differs from the webhook: "+d)
			}
			objects, err := out.Objects()
			if err != nil {
				return exit.Usage(err)
			}
			return writeManifests(cmd.OutOrStdout(), format, objects)
		},
	}
	set := command.Flags()
	set.StringArrayVar(&source.files, "policy", nil, "file or directory with FlowExportPolicies; can be repeated")
	flags.RegisterExempt(set, &source.exempt)
	source.cluster.register(set, "read the policies of the cluster; policies of --policy replace those of the same name")
	review.RegisterIPFamilies(set)
	set.StringVarP(&format, "output", "o", "yaml", "output format: yaml or json")
	return command
}
