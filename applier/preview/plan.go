package preview

import (
	"cmp"
	"fmt"
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
	// Northbound is what would change in OVN's northbound database.
	Northbound []string
	// Skipped are the entries that can't be applied, each with the reason.
	Skipped []string
	// Unsupported are the desired columns that the node's Open vSwitch does not have.
	Unsupported []ovs.ColumnName
	// HandsOff says why the agent would change nothing at all; empty if it would.
	HandsOff string
	// Unseen says why the agent may not see the change before it can watch all objects again; empty if it sees it.
	Unseen string
}

// Text says what would change, for people.
func (c Change) Text() string {
	if len(c.Plan.Steps) == 0 && len(c.Northbound) == 0 {
		return "no changes\n"
	}
	var b strings.Builder
	for _, s := range c.Plan.Steps {
		b.WriteString(s.String())
	}
	for _, n := range c.Northbound {
		b.WriteString(n + "\n")
	}
	return b.String()
}

// FromState computes what would change on a node whose Open vSwitch was read. While it is unknown what the node is to
// export, nothing is planned.
func FromState(in desired.Inputs, state ovs.State) (Change, error) {
	want, unsupported := desired.New(in).Supported(state)
	return change(want, unsupported, state)
}

func change(want desired.State, unsupported []ovs.ColumnName, state ovs.State) (Change, error) {
	c := Change{Skipped: want.Skipped, Unsupported: unsupported, HandsOff: want.HandsOff}
	if want.Unknown != "" {
		return c, nil
	}
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
		// The agent does not remove what it does not know as the cluster's.
		if s := ovs.Classify(exporter, present, ovs.Evidence{LastApplied: state.Bridge.LastApplied[f], Cluster: want.Cluster[f], Shape: want.Shapes[f]}); s.Class == ovs.Foreign && exporter == nil {
			target.Export[f] = ovs.Want{Leave: true}
		}
	}
	plan, err := ovs.NewPlan(target, state)
	c.Plan = plan
	return c, err
}

// FromStatus computes what would change on a node from its report, and says if its agent would change nothing. While
// the agent can't read Open vSwitch, the node's configuration is unknown and nothing is planned.
func FromStatus(in desired.Inputs, status v1alpha1.NodeFlowExportStatus) (Change, error) {
	if c := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionOVSReachable); c != nil && c.Status == metav1.ConditionFalse {
		return Change{HandsOff: "the node's configuration is unknown: " + c.Message}, nil
	}
	agent := cmp.Or(status.AgentMode, status.Mode)
	if agent == v1alpha1.ModeCleanup { // no profile can change that
		return Change{HandsOff: "the agent runs in mode Cleanup; it applies no list"}, nil
	}
	state := ovs.State{Version: status.OVSVersion, Bridge: &ovs.Bridge{UUID: "bridge", Name: status.Bridge}, Rows: map[ovs.UUID]ovs.Row{}}
	for _, c := range status.UnsupportedColumns {
		state.Lacks = append(state.Lacks, ovs.ColumnName(c))
	}
	for _, f := range validation.Formats() {
		for _, reported := range status.Formats {
			if string(reported.Format) != f.Name() || reported.Applied == nil {
				continue
			}
			record := ovs.Exporter{Format: f, Targets: reported.Applied.Targets, Settings: ovs.Settings{}}
			for name, value := range reported.Applied.Parameters {
				record.Settings[ovs.ColumnName(name)] = value
				state.Has = append(state.Has, ovs.ColumnName(name))
			}
			state.Bridge.Export[f] = ovs.UUID(f.Field())
			state.Rows[ovs.UUID(f.Field())] = ovs.Row{UUID: ovs.UUID(f.Field()), Exporter: record}
			if reported.Class != v1alpha1.DriftForeign {
				state.Bridge.LastApplied[f] = ovs.AppliedFormat{Hash: record.Hash()}
			}
		}
	}
	want, unsupported := desired.New(in).Supported(state)
	drops := want.Drops
	same := sameSet(drops, status.Drops)
	if d := status.Drops; exported(d) && !same {
		state.CollectorSets = []ovs.CollectorSet{{UUID: "set", ID: uint32(d.CollectorSet), Bridge: "bridge", IPFIX: "drops", Ours: true}} //nolint:gosec // the CRD's range
		state.Rows["drops"] = ovs.Row{UUID: "drops", Exporter: ovs.Exporter{Format: validation.IPFIX}}
	}
	c, err := change(want, unsupported, state)
	if c.HandsOff == "" && agent == v1alpha1.ModeObserve {
		c.HandsOff = "the agent runs in mode Observe"
	}
	if c.HandsOff == "" {
		c.HandsOff = changesNothing(status, want)
	}
	if c.HandsOff == "" {
		c.Unseen = unseen(status)
	}
	if want.Unknown != "" {
		return c, err
	}
	// A report says of drops only whether they are exported, to which set, and with which domain.
	if same {
		c.Plan.Steps = withoutDrops(c.Plan.Steps)
	}
	c.Northbound = northbound(drops, status.Drops)
	return c, err
}

// exported reports whether dropped packets are exported, no matter whether they are to be.
func exported(d *v1alpha1.DropsStatus) bool {
	return sampling(d) || d != nil && d.State == v1alpha1.DropsUnwanted
}

func sampling(d *v1alpha1.DropsStatus) bool { return d != nil && d.State == v1alpha1.DropsSampling }

// sameSet reports whether dropped packets are exported through the desired set already.
func sameSet(want *ovs.Drops, d *v1alpha1.DropsStatus) bool {
	return want != nil && sampling(d) && int64(want.CollectorSet) == d.CollectorSet
}

// northbound is what would change in OVN for the export of dropped packets.
func northbound(want *ovs.Drops, d *v1alpha1.DropsStatus) []string {
	switch {
	case want == nil && exported(d):
		return []string{"OVN: stop sampling dropped packets"}
	case want == nil, d != nil && d.Message != "" && d.State != v1alpha1.DropsUnwanted:
		return nil // what has precedence in OVN is not Sluice's
	case !exported(d):
		return []string{"OVN: sample dropped packets"}
	case sampling(d) && d.Domain != int32(want.Domain):
		return []string{fmt.Sprintf("OVN: observation domain of dropped packets: %d -> %d", d.Domain, want.Domain)}
	case int64(want.CollectorSet) != d.CollectorSet:
		return []string{fmt.Sprintf("OVN: collector set of dropped packets: %d -> %d", d.CollectorSet, want.CollectorSet)}
	}
	return nil
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
