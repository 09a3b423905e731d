package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/flags"
	"sluice/cmd/internal/output"
	"sluice/cmd/sluice/internal/check"
	"sluice/validation/policy"
)

// lintReport is the output of the command for scripts.
type lintReport struct {
	output.Type
	Findings []policy.LintFinding `json:"findings"`
	Summary  lintSummary          `json:"summary"`
}

// lintSummary counts.
type lintSummary struct {
	Policies int `json:"policies"`
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

func newLintCommand() *cobra.Command {
	var source policySource
	var format, failOn string
	review := flags.Review{Normalization: "reject"}
	command := &cobra.Command{
		Use:   "lint [FILE|DIR]...",
		Short: "Find policies that cannot be met, and rules without effect",
		Long: `Find what is probably not meant in FlowExportPolicies that are valid one by one. Give all
policies of a cluster: several checks compare policies with each other.

  unsatisfiable   what a policy requires cannot be added by any user, or cannot be stored
  conflict        policies contradict each other
  shadowed        a rule has no effect, because another one decides about all that it matches
  never-matches   a rule, or a network in it, matches nothing that can be stored
  no-user         the policy applies to no user

Exit status: 0 if there are no errors, 1 if there are, 2 if something can't be read. With
--fail-on=warning, warnings count as errors.`,
		Example: `  sluice policy lint policies/

  # the policies of the cluster, as they are after these are applied
  sluice policy lint --from-cluster team-a.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := review.Options()
			if err != nil {
				return exit.Usage(err)
			}
			switch {
			case failOn != "error" && failOn != "warning":
				return exit.Usage(fmt.Errorf("--fail-on: %q is unknown; use error or warning", failOn))
			case len(args) == 0 && !source.cluster.enabled && source.cluster.check() == nil:
				return exit.Usage(errors.New("nothing to check; name files or directories with policies, or read the policies of a cluster with --from-cluster"))
			}
			source.files = args
			list, err := source.read(cmd)
			if err != nil {
				return exit.Usage(err)
			}
			found := policy.Lint(list, policy.LintOptions{IPv6: options.IPv6, Exempt: flags.Exempt(source.exempt)})
			report := newLintReport(len(list), found)
			if err := report.write(cmd.OutOrStdout(), format); err != nil {
				return err
			}
			if report.Summary.Errors > 0 || failOn == "warning" && report.Summary.Warnings > 0 {
				return exit.With(int(check.Failed))
			}
			return nil
		},
	}
	set := command.Flags()
	flags.RegisterExempt(set, &source.exempt)
	source.cluster.register(set, "check the policies of the cluster; policies of files replace those of the same name")
	review.RegisterIPFamilies(set)
	set.StringVarP(&format, "output", "o", "text", "output format: text, json or yaml")
	set.StringVar(&failOn, "fail-on", "error", "lowest severity that makes the exit status 1: error or warning")
	return command
}

func newLintReport(policies int, found []policy.LintFinding) lintReport {
	r := lintReport{Type: output.Of("PolicyLint"), Findings: slices.Clone(found), Summary: lintSummary{Policies: policies}}
	if r.Findings == nil {
		r.Findings = []policy.LintFinding{}
	}
	for _, f := range found {
		switch f.Severity {
		case policy.LintError:
			r.Summary.Errors++
		case policy.LintWarning:
			r.Summary.Warnings++
		}
	}
	return r
}

func (r lintReport) write(w io.Writer, format string) error {
	if format != "text" {
		return writeObject(w, format, r)
	}
	for _, f := range r.Findings {
		if _, err := fmt.Fprintln(w, f.Text()); err != nil {
			return fmt.Errorf("write findings: %w", err)
		}
	}
	_, err := fmt.Fprintf(w, "%s: %s, %s\n", counted(r.Summary.Policies, "policy", "policies"), counted(r.Summary.Errors, "error", "errors"), counted(r.Summary.Warnings, "warning", "warnings"))
	if err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
