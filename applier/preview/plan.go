package preview

import (
	"cmp"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/validation"
)

// Change is what would change on a node.
type Change struct {
	// Plan is the plan that would be executed.
	Plan ovs.Plan
	// Skipped are the entries that can't be applied, each with the reason.
	Skipped []string
	// Unsupported are the desired columns that the node's Open vSwitch does not have.
	Unsupported []ovs.ColumnName
	// HandsOff says why the agent would change nothing at all; empty if it would.
	HandsOff string
}

// Text says what would change, for people.
func (c Change) Text() string {
	if len(c.Plan.Steps) == 0 {
		return "no changes\n"
	}
	var b strings.Builder
	for _, s := range c.Plan.Steps {
		b.WriteString(s.String())
	}
	return b.String()
}

// FromState computes what would change on a node whose Open vSwitch was read.
func FromState(in desired.Inputs, state ovs.State) (Change, error) {
	want, unsupported := desired.New(in).Supported(state)
	c := Change{Skipped: want.Skipped, Unsupported: unsupported, HandsOff: want.HandsOff}
	if want.Observe && c.HandsOff == "" {
		c.HandsOff = "FlowExportProfile " + want.Profile + " sets the mode Observe"
	}
	target := ovs.Desired{Drops: want.Drops}
	for _, f := range validation.Formats() {
		exporter := want.Exporters[f]
		target.Export[f] = ovs.Want{Exporter: exporter}
		var present *ovs.Row
		if row, ok := state.Export(f); ok {
			present = &row
		}
		// The agent does not remove what was never configured in the cluster.
		if s := ovs.Classify(exporter, present, ovs.Evidence{LastApplied: state.Bridge.LastApplied[f], Cluster: want.Cluster[f]}); s.Class == ovs.Foreign && exporter == nil {
			target.Export[f] = ovs.Want{Leave: true}
		}
	}
	plan, err := ovs.NewPlan(target, state)
	c.Plan = plan
	return c, err
}

// FromStatus computes what would change on a node from its report. While its agent can't read
// Open vSwitch, the node's configuration is unknown and nothing is planned.
func FromStatus(in desired.Inputs, status v1alpha1.NodeFlowExportStatus) (Change, error) {
	if c := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionOVSReachable); c != nil && c.Status == metav1.ConditionFalse {
		return Change{HandsOff: "the node's configuration is unknown: " + c.Message}, nil
	}
	state := ovs.State{Version: status.OVSVersion, Bridge: &ovs.Bridge{UUID: "bridge", Name: status.Bridge}, Rows: map[ovs.UUID]ovs.Row{}}
	for _, f := range validation.Formats() {
		for _, reported := range status.Formats {
			if string(reported.Format) != f.Name() || reported.Applied == nil {
				continue
			}
			record := ovs.Exporter{Format: f, Targets: reported.Applied.Targets, Settings: ovs.Settings{}}
			for name, value := range reported.Applied.Parameters {
				record.Settings[ovs.ColumnName(name)] = value
			}
			state.Bridge.Export[f] = ovs.UUID(f.Field())
			state.Rows[ovs.UUID(f.Field())] = ovs.Row{UUID: ovs.UUID(f.Field()), Exporter: record}
			if reported.Class != v1alpha1.DriftForeign {
				state.Bridge.LastApplied[f] = ovs.AppliedFormat{Hash: record.Hash()}
			}
		}
	}
	c, err := FromState(in, state)
	agent := cmp.Or(status.AgentMode, status.Mode)
	if c.HandsOff == "" && agent == v1alpha1.ModeObserve {
		c.HandsOff = "the agent runs in mode Observe"
	}
	// A report says of drops only whether they are exported.
	if d := status.Drops; d != nil && d.State == v1alpha1.DropsSampling && c.Plan.Steps != nil {
		c.Plan.Steps = withoutDrops(c.Plan.Steps)
	}
	return c, err
}

func withoutDrops(steps []ovs.Step) []ovs.Step {
	var kept []ovs.Step
	for _, s := range steps {
		if s.Drops == nil {
			kept = append(kept, s)
		}
	}
	return kept
}
