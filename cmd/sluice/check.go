package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/flags"
	"sluice/cmd/internal/printable"
	"sluice/cmd/internal/terminal"
	"sluice/cmd/sluice/internal/check"
	"sluice/cmd/sluice/internal/render"
	"sluice/cmd/sluice/internal/report"
)

// checkFlags are the flags of "sluice check".
type checkFlags struct {
	files               []string
	old, output, failOn string
	fix, allowNothing   bool
	allowNotJudged      bool
	ignore, kustomize   []string
	review              flags.Review
	color               string
	who                 userFlags
	cluster             clusterFlags
	how, fieldManager   string
	getenv              func(string) string
}

func newCheckCommand(getenv func(string) string) *cobra.Command {
	f := checkFlags{getenv: getenv}
	command := &cobra.Command{
		Use:   "check [FILE|DIR|-]...",
		Short: "Check files before they go to a cluster",
		Long: `Check Networks of operator.openshift.io, merge patches for them, the ConfigMap
ovs-flows-config, FlowExportProfiles, and FlowCollectors of NetObserv in YAML and JSON files with
the rules of the webhook. Of a FlowCollector, only policies are evaluated. The command also
reports misspelled, misplaced and duplicate keys, which the API server drops before a webhook
sees them. Directories are searched for *.yaml, *.yml and *.json. Other kinds are ignored.

With --from-cluster, the API server evaluates each change in a dry run, with the rights of the
current user. Nothing is stored, and no right to read policies is needed. With --as, --policy or
--exempt-user, the policies are read from the cluster and evaluated here instead.

Exit status: 0 if everything is accepted, 1 if something is rejected or denied, or nothing of what
names the lists could be judged, 2 if something can't be read, or the API server gives no verdict.`,
		Example: `  # check a patch before "oc patch network.operator cluster --type merge --patch-file flows.yaml"
  sluice check flows.yaml

  # check only what the patch changes in the stored object
  oc get network.operator cluster -o yaml > stored.yaml
  sluice check --old stored.yaml flows.yaml

  # rewrite the files of a repository in canonical form; comments are kept
  sluice check --fix clusters/

  # annotate a pull request, and fail on warnings
  sluice check -o github --fail-on warning clusters/

  # evaluate policies too: may mary make this change?
  sluice check --policy policies/ --as mary --as-group team-a --old stored.yaml flows.yaml

  # would the cluster accept this change from me? asks the API server; nothing is stored
  sluice check --from-cluster flows.yaml

  # check what an overlay renders to
  sluice check --kustomize clusters/east

  # check the stored object
  oc get network.operator cluster -o yaml | sluice check -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, args)
		},
	}
	set := command.Flags()
	set.StringArrayVarP(&f.files, "filename", "f", nil, "file or directory to check; - means standard input; can be repeated")
	set.StringVar(&f.old, "old", "", "file with the stored objects; entries that are unchanged from it are not errors")
	set.StringVarP(&f.output, "output", "o", "text", "output format: text, json, yaml, sarif, junit or github")
	set.BoolVar(&f.fix, "fix", false, "rewrite files in canonical form; comments and layout are kept")
	set.StringArrayVar(&f.ignore, "ignore", nil, "pattern of paths to leave out, as in .dockerignore: \"**/testdata\"; can be repeated; the file .sluiceignore has more")
	set.StringArrayVar(&f.kustomize, "kustomize", nil, "directory with a kustomization to render and check; can be repeated")
	set.BoolVar(&f.allowNothing, "allow-nothing", false, "accept files, or standard input, without anything to check")
	set.BoolVar(&f.allowNotJudged, "allow-not-judged", false, "accept it if everything that names the lists is in a form that can't be judged")
	set.StringVar(&f.failOn, "fail-on", "error", "lowest severity that makes the exit status 1: error or warning")
	f.review.Register(set)
	f.who.register(set)
	f.cluster.register(set, "ask the API server about each change in a dry run; with --as, --policy or --exempt-user, evaluate the policies of the cluster here")
	set.StringVar(&f.how, "how", "apply", "how whole objects are sent: apply, which keeps what others applied, or replace; patches are merge patches")
	set.StringVar(&f.fieldManager, "field-manager", "kubectl", "field manager of server-side apply")
	set.StringVar(&f.color, "color", "auto", "colorize output: auto, always or never")
	return command
}

// gcPercent makes garbage collections rare: documents are dropped after their reviews, so that the
// live heap is small. GOGC has precedence. A rewrite keeps all documents of a file.
const gcPercent = 800

func (f checkFlags) run(cmd *cobra.Command, args []string) error {
	if !f.fix && f.getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	c, err := f.check(cmd.InOrStdin(), args)
	if err == nil && f.cluster.enabled {
		err = f.readCluster(cmd, &c)
	}
	if err != nil {
		return exit.Usage(err)
	}
	format, err := report.ParseFormat(f.output)
	if err != nil {
		return exit.Usage(fmt.Errorf("--output: %w", err))
	}
	color, err := terminal.Color(f.color, cmd.OutOrStdout(), f.getenv)
	if err != nil {
		return exit.Usage(err)
	}
	if f.failOn != "error" && f.failOn != "warning" {
		return exit.Usage(fmt.Errorf("--fail-on: %q is unknown; use error or warning", f.failOn))
	}
	ctx := cmd.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	outcome, err := c.Run(ctx)
	if err != nil {
		return exit.Usage(err)
	}
	if slices.ContainsFunc(outcome.Results, func(r report.Result) bool { return r.Answered() }) {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "sluice: the API server evaluated the changes in a dry run, as %s\n", c.Server.User)
	}
	// Without any document, there is nothing to say to people but the errors.
	if nothing := len(outcome.Results) == 0 && len(outcome.Unreadable) > 0 && !outcome.Nothing && format != report.GitHub; !nothing || format != report.Text {
		if err := report.Write(cmd.OutOrStdout(), format, outcome.Report(), report.Options{Color: color, Version: version, ProjectURL: projectURL}); err != nil {
			return exit.Usage(err)
		}
	}
	writeNotes(cmd.ErrOrStderr(), outcome)
	if class := outcome.Class(f.failOn == "warning"); class != check.Passed {
		return exit.With(int(class))
	}
	return nil
}

// check returns what the flags and arguments ask to check.
func (f checkFlags) check(stdin io.Reader, args []string) (check.Check, error) {
	c := check.Check{Paths: append(append([]string{}, f.files...), args...), Old: f.old, Fix: f.fix, Replace: f.how == "replace", FieldManager: f.fieldManager, Ignore: f.ignore, AllowNothing: f.allowNothing, AllowNotJudged: f.allowNotJudged, Reader: check.Reader{Files: check.Disk{}, Stdin: stdin}}
	for _, directory := range f.kustomize {
		text, err := render.Kustomize(directory)
		if err != nil {
			return c, err
		}
		c.Rendered = append(c.Rendered, check.Rendered{Name: directory + " (rendered)", Text: text})
	}
	if len(c.Paths) == 0 && len(c.Rendered) == 0 {
		if terminal.Is(stdin) {
			return c, errors.New("nothing to check; name files or directories, or use - for standard input")
		}
		c.Paths = []string{check.Stdin}
	}
	readers := 0
	for _, path := range append([]string{f.old}, c.Paths...) {
		if path == check.Stdin {
			readers++
		}
	}
	switch {
	case f.fix && readers > 0 && f.old != check.Stdin:
		return c, errors.New("--fix can't rewrite standard input; name files or directories")
	case readers > 1 && f.old == check.Stdin:
		return c, errors.New("--old and the objects to check can't both be standard input")
	}
	var err error
	if err = f.cluster.check(); err != nil {
		return c, err
	}
	if f.how != "apply" && f.how != "replace" {
		return c, fmt.Errorf("--how: %q is unknown; use apply or replace", f.how)
	}
	if f.cluster.enabled && f.old != "" {
		return c, errors.New("--old and --from-cluster both name the stored objects; use one of them")
	}
	if c.User, err = f.who.user(len(f.who.policies) > 0 || f.cluster.enabled); err != nil {
		return c, err
	}
	c.Policies, c.Exempt = f.who.policies, flags.Exempt(f.who.exempt)
	c.Tenant = check.Tenant{Namespace: f.who.tenant()}
	c.Options, err = f.review.Options()
	return c, err
}

// notes writes lines for people. Texts of files do not end a line, control the terminal, or become a
// command of a workflow.
type notes struct{ to io.Writer }

func (n notes) line(format string, args ...any) {
	_, _ = fmt.Fprintln(n.to, "sluice: "+printable.Escape(fmt.Sprintf(format, args...)))
}

// each writes a line for each of the errors that were joined.
func (n notes) each(prefix string, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && err.Error() == errors.Join(joined.Unwrap()...).Error() {
		for _, e := range joined.Unwrap() {
			n.each(prefix, e)
		}
		return
	}
	n.line("%s%v", prefix, err)
}

// writeNotes writes what is not a verdict, for people.
func writeNotes(stderr io.Writer, o check.Outcome) {
	n := notes{stderr}
	for _, f := range o.Fixed {
		n.line("rewrote %s", f.File)
		for _, finding := range f.Findings {
			_, _ = fmt.Fprintf(stderr, "  line %d: %s\n", finding.Position.Line, printable.Escape(finding.Line()))
		}
	}
	for _, err := range o.Unfixed {
		n.each("not rewritten: ", err)
	}
	for _, err := range o.Unreadable {
		n.each("", err)
	}
	if o.RemovalsUnknown {
		n.line("without --old, each file counts as a new object: what it would remove from the stored one, or leave unchanged, is not known")
	}
	for _, file := range o.LeftOut {
		n.line("left out %s: it can't be read, and names neither exportNetworkFlows nor ovs-flows-config", file)
	}
	for _, d := range o.NotJudged {
		n.line("%s:%d: %s", d.File, d.Line, d.Text())
	}
	if o.OnlyNotJudged() {
		n.line("nothing was judged; if that is no error, use --allow-not-judged, or leave the files out with .sluiceignore")
	}
	if o.Nothing || len(o.Results)+len(o.NotJudged)+len(o.Unreadable) == 0 {
		n.line("found no Network of operator.openshift.io, no patch for one, no ConfigMap ovs-flows-config and no FlowCollector")
		if o.Nothing {
			n.line("nothing was checked; if that is no error, use --allow-nothing")
		}
	}
}
