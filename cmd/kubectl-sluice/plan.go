package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/applier/preview"
	"sluice/cmd/internal/exit"
	"sluice/cmd/internal/input"
	"sluice/cmd/internal/output"
	"sluice/cmd/internal/printable"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
)

// planFlags are the flags of "plan".
type planFlags struct {
	files    []string
	nodes    []string
	output   string
	exitCode bool
}

func newPlanCommand(open func() (*access, error), to screen) *cobra.Command {
	var f planFlags
	command := &cobra.Command{
		Use:   "plan",
		Short: "Show what would change on the nodes",
		Long: `Show what would change in Open vSwitch on the nodes if manifests were applied with
"kubectl apply": a Network.operator, a patch of one ("spec:" only), the ConfigMap
ovs-flows-config, or FlowExportProfiles. Nothing is changed. Without a file, show the pending
changes of the stored configuration.

What a file does not name stays as it is stored, unless it was applied before. The API server
is asked by a dry run what it would store: schemas have defaults, a webhook normalizes, and
policies refuse. This needs the right to create or patch the objects; without it, they are
planned as in the file, with the defaults of this version, and a note says so.

The current configuration of a node is read from its NodeFlowExport. If its agent changes
nothing, for example because it is down or another agent has the lock, the plan says so.

Exit status: 0 for success, 1 if an entry is malformed or the API server would refuse a
manifest or, with --exit-code, if something would change, 2 if the cluster can't be read.`,
		Example: `  kubectl sluice plan -f netflow.yaml
  kubectl sluice plan -f profile.yaml --node worker-1`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return f.run(command.Context(), open, to, command.InOrStdin())
		},
	}
	flags := command.Flags()
	flags.StringArrayVarP(&f.files, "filename", "f", nil, "file with manifests, - for standard input (repeatable)")
	flags.StringArrayVar(&f.nodes, "node", nil, "limit to this node (repeatable)")
	flags.StringVarP(&f.output, "output", "o", "text", "output format: text or json")
	flags.BoolVar(&f.exitCode, "exit-code", false, "exit with 1 if something would change")
	return command
}

// nodePlan is what would change on a node.
type nodePlan struct {
	Node    string   `json:"node"`
	Changes []string `json:"changes"`
	Skipped []string `json:"skipped,omitempty"`
	// Unsupported names the parameters that the node's Open vSwitch does not have.
	Unsupported string `json:"unsupported,omitempty"`
	// Note says why the agent changes nothing, and Unseen why it may do so only later.
	Note   string `json:"note,omitempty"`
	Unseen string `json:"unseen,omitempty"`
}

func (f planFlags) run(ctx context.Context, open func() (*access, error), to screen, stdin io.Reader) error {
	if f.output != "text" && f.output != "json" {
		return fmt.Errorf("--output: %q is unknown; use text or json", f.output)
	}
	a, err := open()
	if err != nil {
		return err
	}
	in, nodes, note, err := a.inputs(ctx, f.files, stdin)
	if err != nil {
		return err
	}
	c, err := a.cluster(ctx)
	if err != nil {
		return err
	}
	names, err := reporting(c.Only(f.nodes), f.nodes)
	if err != nil {
		return err
	}
	slices.Sort(names)
	var plans []nodePlan
	for _, name := range names {
		in := in
		node, ok := nodes[name]
		if !ok {
			node, in.NodeMissing = desired.Node{Name: name}, true
		}
		p, err := planFor(c, in, node)
		if err != nil {
			return err
		}
		plans = append(plans, p)
	}
	var notes []string
	if note != "" {
		notes = append(notes, note)
	}
	if c.LivenessUnknown != "" {
		notes = append(notes, "it is unknown whether the agents are alive and will change something: "+c.LivenessUnknown)
	}
	if err := printPlans(to, f.output, notes, plans); err != nil {
		return err
	}
	for _, p := range plans {
		if len(p.Skipped) > 0 || f.exitCode && len(p.Changes) > 0 && p.Note == "" {
			return exit.With(exit.Negative)
		}
	}
	return nil
}

// inputs are the objects in the cluster, with what the API server would store of the files, and all nodes.
// The note says what could not be asked.
func (a *access) inputs(ctx context.Context, files []string, stdin io.Reader) (in desired.Inputs, nodes map[string]desired.Node, note string, err error) {
	if in, note, err = a.planned(ctx, files, stdin); err != nil {
		return in, nil, "", err
	}
	items, err := a.List(ctx, kube.Nodes(), "")
	if err != nil {
		return in, nil, "", err
	}
	nodes = map[string]desired.Node{}
	for i := range items {
		nodes[items[i].GetName()] = desired.ReadNode(&items[i])
	}
	return in, nodes, note, nil
}

// planned reads the objects in the cluster, and applies the files to them. If the cluster serves no profiles, it is
// unknown what the nodes are to export, and the agents change nothing.
func (a *access) planned(ctx context.Context, files []string, stdin io.Reader) (in desired.Inputs, note string, err error) {
	network, err := a.Network(ctx)
	if err != nil {
		return in, "", err
	}
	config, err := a.FlowsConfig(ctx)
	if err != nil {
		return in, "", err
	}
	profiles, unserved := a.List(ctx, kube.Profiles(), "")
	if unserved != nil && !apierrors.IsNotFound(unserved) {
		return in, "", unserved
	}
	in, objects, err := preview.Read(network, config, profiles)
	if err != nil {
		return in, "", err
	}
	if unserved != nil {
		in.ProfilesUnknown = "it is unknown which FlowExportProfiles there are: " + unserved.Error()
	}
	now := in.Network
	for _, file := range files {
		data, err := input.Read(file, stdin)
		if err != nil {
			return in, "", err
		}
		if err := preview.Merge(&in, file, data, objects); err != nil {
			return in, "", err
		}
	}
	note, err = a.dryRun(ctx, &in, now, objects)
	return in, note, err
}

func planFor(c status.Cluster, in desired.Inputs, node desired.Node) (nodePlan, error) {
	in.Node = node
	for _, n := range c.Exports {
		if n.Name != node.Name {
			continue
		}
		change, err := preview.FromStatus(in, n.Status)
		if err != nil {
			return nodePlan{}, fmt.Errorf("node %s: %w", node.Name, err)
		}
		p := nodePlan{Node: node.Name, Skipped: change.Skipped, Unsupported: ovs.Requirements(change.Unsupported), Note: change.HandsOff, Unseen: change.Unseen, Changes: []string{}}
		for _, s := range change.Plan.Steps {
			p.Changes = append(p.Changes, strings.TrimSuffix(s.String(), "\n"))
		}
		p.Changes = append(p.Changes, change.Northbound...)
		if p.Note == "" && c.Down(node.Name) {
			p.Note = "its agent gives no sign of life; it changes something only when it runs again"
		}
		return p, nil
	}
	return nodePlan{}, errors.New("no NodeFlowExport of " + node.Name)
}

// planReport is what "plan -o json" prints.
type planReport struct {
	output.Type

	// Note says why the plan may not be about what the API server would store, or the agents would do.
	Note  string     `json:"note,omitempty"`
	Nodes []nodePlan `json:"nodes"`
}

// printPlans prints equal plans once.
func printPlans(to screen, format string, notes []string, plans []nodePlan) error {
	if format == "json" {
		return output.JSON(to.out, planReport{output.Of("PlanReport"), strings.Join(notes, "; "), plans})
	}
	for _, note := range notes {
		if _, err := fmt.Fprintln(to.out, printable.Line(note)); err != nil {
			return err
		}
	}
	var order []string
	where := map[string][]string{}
	for _, p := range plans {
		text := p.text()
		if where[text] == nil {
			order = append(order, text)
		}
		where[text] = append(where[text], p.Node)
	}
	for _, text := range order {
		if _, err := fmt.Fprintf(to.out, "%s:\n%s", printable.Line(status.Problem{Nodes: where[text]}.Where()), text); err != nil {
			return err
		}
	}
	return nil
}

func (p nodePlan) text() string {
	text := ""
	for _, c := range p.Changes {
		text += "  " + strings.ReplaceAll(printable.Block(c), "\n", "\n  ") + "\n"
	}
	if len(p.Changes) == 0 {
		text = "  no changes\n"
	}
	for _, l := range p.Skipped {
		text += "  skipped: " + printable.Line(l) + "\n"
	}
	if p.Unsupported != "" {
		text += "  not supported by the node's Open vSwitch: " + printable.Line(p.Unsupported) + "\n"
	}
	if p.Note != "" {
		text += "  nothing is changed: " + printable.Line(p.Note) + "\n"
	}
	if p.Unseen != "" {
		text += "  may be changed only later, as the agent does not see all objects: " + printable.Line(p.Unseen) + "\n"
	}
	return text
}
