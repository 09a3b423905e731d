package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/output"
	"sluice/cmd/internal/terminal"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
)

// policiesFlags are the flags of "policies".
type policiesFlags struct {
	output, color         string
	all, noHeaders, watch bool
}

func newPoliciesCommand(open func() (*access, error), to screen) *cobra.Command {
	var f policiesFlags
	command := &cobra.Command{
		Use:   "policies [POLICY]...",
		Short: "Show which policies are in force, what violates them, and who was denied",
		Long: `Show a verdict, the problems, and for each FlowExportPolicy whether it is in force as written,
how many stored entries violate it, to whom it applies, and how many changes it denied. Denied
changes are read from Events, which the API server keeps for an hour.

Exit status: 0 if every policy is in force and nothing violates one, or if there are none, 1 if
not, 2 if the cluster can't be read.`,
		Example: `  # Verdict, problems and policies, updated on every change
  kubectl sluice policies -w

  # One policy, for scripts
  kubectl sluice policies team-a -o json`,
		RunE: func(command *cobra.Command, args []string) error {
			return f.run(command.Context(), open, to, args)
		},
	}
	flags := command.Flags()
	flags.StringVarP(&f.output, "output", "o", "text", "output format: text, json or yaml")
	flags.BoolVarP(&f.all, "all", "A", false, "show all policies, problems and denied changes")
	flags.BoolVarP(&f.watch, "watch", "w", false, "update the output on every change, until interrupted")
	flags.BoolVar(&f.noHeaders, "no-headers", false, "don't print headers")
	flags.StringVar(&f.color, "color", "auto", "colorize output: auto, always or never")
	return command
}

func (f policiesFlags) run(ctx context.Context, open func() (*access, error), to screen, names []string) error {
	color, err := terminal.Color(f.color, to.out, to.getenv)
	if err != nil {
		return err
	}
	if f.output != "text" && f.output != "json" && f.output != "yaml" {
		return fmt.Errorf("--output: %q is unknown; use text, json or yaml", f.output)
	}
	if f.watch && f.output != "text" {
		return fmt.Errorf("--watch shows text; for %[1]s watch the objects: kubectl get flowexportpolicies -w -o %[1]s", f.output)
	}
	a, err := open()
	if err != nil {
		return err
	}
	p, err := a.policies(ctx)
	if err != nil {
		return err
	}
	p, missing := p.Only(names)
	if len(missing) > 0 {
		return fmt.Errorf("there is no FlowExportPolicy %s; \"kubectl get fep\" lists them", strings.Join(missing, ", "))
	}
	view := func() status.View {
		width, _ := to.size()
		return status.View{Context: a.context, Server: a.server, Headers: !f.noHeaders, Color: color, All: f.all || len(names) > 0, Width: width, Now: a.now()}
	}
	if f.watch {
		return a.followPolicies(ctx, names, p, showPolicies(to, view, a.now))
	}
	switch f.output {
	case "json":
		err = output.JSON(to.out, policiesReportOf(p))
	case "yaml":
		err = output.YAML(to.out, policiesReportOf(p))
	default:
		err = view().WritePolicies(to.out, p)
	}
	if err == nil && len(p.Summarize().Problems) > 0 {
		err = exit.With(exit.Negative)
	}
	return err
}

// policiesReport is what "policies -o json" prints.
type policiesReport struct {
	output.Type

	Summary status.PolicySummary        `json:"summary"`
	Items   []v1alpha1.FlowExportPolicy `json:"items"`
	Denials []status.Denial             `json:"denials"`
	// DenialsUnknown says why the denied changes can't be read.
	DenialsUnknown string `json:"denialsUnknown,omitempty"`
}

func policiesReportOf(p status.Policies) policiesReport {
	r := policiesReport{output.Of("PoliciesReport"), p.Summarize(), []v1alpha1.FlowExportPolicy{}, []status.Denial{}, p.DenialsUnknown}
	for _, o := range p.Items {
		o.ManagedFields = nil
		r.Items = append(r.Items, o)
	}
	r.Denials = append(r.Denials, p.Denials...)
	return r
}

// policies reads the policies, and the Events about what they denied.
func (a *access) policies(ctx context.Context) (status.Policies, error) {
	var p status.Policies
	found, err := a.List(ctx, kube.Policies(), "")
	if err != nil {
		return p, err
	}
	for i := range found {
		o, err := readPolicy(&found[i])
		if err != nil {
			return p, err
		}
		p.Items = append(p.Items, o)
	}
	if p.Denials, err = a.denials(ctx); err != nil {
		p.DenialsUnknown = unreadEvents(err)
	}
	return p, nil
}

func readPolicy(u *unstructured.Unstructured) (v1alpha1.FlowExportPolicy, error) {
	var o v1alpha1.FlowExportPolicy
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &o); err != nil {
		return o, fmt.Errorf("read FlowExportPolicy %s: %w", u.GetName(), err)
	}
	return o, nil
}

// denials reads the Events about denied changes, the latest first.
func (a *access) denials(ctx context.Context) ([]status.Denial, error) {
	list, err := a.Client.Resource(kube.Events()).Namespace(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{FieldSelector: deniedEvents})
	if err != nil {
		return nil, fmt.Errorf("read Events: %w", err)
	}
	found := make([]*unstructured.Unstructured, len(list.Items))
	for i := range list.Items {
		found[i] = &list.Items[i]
	}
	return readDenials(found), nil
}

// unreadEvents says why Events can't be read. sluice-view does not allow it, because those in the namespace default
// are about more than Sluice.
func unreadEvents(err error) string {
	text := err.Error()
	if apierrors.IsForbidden(err) {
		text += "; the ClusterRole view, bound in namespace " + metav1.NamespaceDefault + ", allows it"
	}
	return text
}

// deniedEvents selects the Events about denied changes.
const deniedEvents = "involvedObject.kind=FlowExportPolicy,reason=" + v1alpha1.EventReasonDenied + ",source=" + v1alpha1.EventSource

// readDenials reads Events, the latest first.
func readDenials(events []*unstructured.Unstructured) []status.Denial {
	var found []status.Denial
	for _, u := range events {
		var e corev1.Event
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &e); err != nil || e.Reason != v1alpha1.EventReasonDenied || cmp.Or(e.Source.Component, e.ReportingController) != v1alpha1.EventSource {
			continue // an Event of another shape or program says nothing about Sluice
		}
		d := status.Denial{Policy: e.InvolvedObject.Name, Time: e.CreationTimestamp.Time, Count: max(1, int(e.Count)), Message: e.Message}
		if e.LastTimestamp.After(d.Time) {
			d.Time = e.LastTimestamp.Time
		}
		found = append(found, d)
	}
	slices.SortStableFunc(found, func(x, y status.Denial) int {
		return cmp.Or(y.Time.Compare(x.Time), cmp.Compare(x.Policy, y.Policy))
	})
	return found
}
