package ovs_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/ovs"
	"sluice/validation"
)

func TestARestartRestoresTheTargets(t *testing.T) {
	row := ovs.Row{UUID: "row", Exporter: ovs.Exporter{Format: validation.IPFIX, Targets: []string{"192.0.2.1:4739", "[2001:db8::1]:4739"}}}
	const targets = `targets=["192.0.2.1:4739","[2001:db8::1]:4739"]`
	want := [][]string{
		{"--", "wait-until", "IPFIX", "row", targets, "--", "clear", "IPFIX", "row", "targets"},
		{"--", "wait-until", "IPFIX", "row", "targets=[]", "--", "set", "IPFIX", "row", targets},
	}
	if diff := cmp.Diff(want, ovs.RestartArguments(ovs.Bridge{Name: "br-int"}, row)); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

// Kind of fault: a change of one's own that was interrupted was taken for another program's, and undone as such: after the
// hold-down, and not at all after a few.
func TestWhatIsStoredForAMomentIsNoted(t *testing.T) {
	exporter := ovs.Exporter{Format: validation.IPFIX, Targets: []string{"192.0.2.1:4739"}, Settings: ovs.Settings{ovs.CacheActiveTimeout: "60"}}
	emptied, longer := exporter, exporter.Without(ovs.CacheActiveTimeout)
	emptied.Targets, longer.Settings[ovs.CacheActiveTimeout] = nil, "61"
	bridge := ovs.Bridge{Name: "br-int", Export: [3]ovs.UUID{validation.IPFIX: "row"}}
	bridge.LastApplied[validation.IPFIX].Hash = exporter.Hash()
	row := ovs.Row{UUID: "row", Exporter: exporter}
	for between, transactions := range map[*ovs.Exporter][][]string{&emptied: ovs.RestartArguments(bridge, row), &longer: ovs.ReopenArguments(bridge, row)} {
		note := ovs.LastApplied{validation.IPFIX: {Hash: exporter.Hash(), Interim: between.Hash()}}
		for i, text := range []string{note.String(), bridge.LastApplied.String()} {
			want := []string{"--", "set", "Bridge", "br-int", `external_ids:"sluice.dev/applied"="` + text + `"`}
			if got := transactions[i]; !slices.Equal(got[max(0, len(got)-len(want)):], want) {
				t.Errorf("transaction %d does not store %q: %q", i, text, got)
			}
		}
		if read := ovs.ParseLastApplied(note.String()); read != note {
			t.Errorf("%q is read as %+v", note, read)
		}
		interrupted := ovs.Row{UUID: "row", Exporter: *between}
		for class, want := range map[ovs.DriftClass]*ovs.Exporter{ovs.Drifted: &exporter, ovs.Extra: nil} {
			if got := ovs.Classify(want, &interrupted, ovs.Evidence{LastApplied: note[validation.IPFIX]}); got != (ovs.Drift{Class: class, Pending: true}) {
				t.Errorf("%s is %+v, not %s", between, got, class)
			}
		}
		state := ovs.State{Bridge: &bridge, Rows: map[ovs.UUID]ovs.Row{"row": interrupted}}
		state.Bridge.LastApplied = note
		leave := ovs.Desired{Export: [3]ovs.Want{{Leave: true}, {Leave: true}, {Leave: true}}}
		if plan, err := ovs.NewPlan(leave, state); err != nil || !plan.Empty() {
			t.Errorf("the note is not kept as long as the row is left: %s, %v", plan, err)
		}
		leave.Export[validation.IPFIX] = ovs.Want{Exporter: &exporter}
		if plan, err := ovs.NewPlan(leave, state); err != nil || len(plan.Steps) != 1 || !plan.WriteLastApplied || plan.LastApplied[validation.IPFIX].Interim != "" {
			t.Errorf("the row and the note are not restored: %s, %v", plan, err)
		}
		state.Rows["row"] = row // another program restored it
		leave.Export[validation.IPFIX] = ovs.Want{Leave: true}
		if plan, err := ovs.NewPlan(leave, state); err != nil || !plan.WriteLastApplied || plan.LastApplied[validation.IPFIX].Interim != "" {
			t.Errorf("a note about nothing is kept: %s, %v", plan, err)
		}
		bridge.LastApplied = ovs.LastApplied{validation.IPFIX: {Hash: exporter.Hash()}}
	}
	// Sluice's collector sets need no note.
	bridge.Export = [3]ovs.UUID{}
	if got := ovs.ReopenArguments(bridge, row); slices.Contains(slices.Concat(got...), "Bridge") {
		t.Errorf("a note about a row that is not the bridge's: %q", got)
	}
}
