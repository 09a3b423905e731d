package ovs_test

import (
	"testing"

	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/validation"
)

// rememberedLists is how many lists a note remembers of each format.
const rememberedLists = 8

// Whatever was wanted meanwhile, what OVN-Kubernetes made of one of the last lists is never
// taken for another writer's, and removable where nothing is wanted.
func TestWhatTheClusterWantedLatelyIsNeverForeign(t *testing.T) {
	g := newGenerator(6)
	f := validation.NetFlow
	removed := 0
	for range generated / 10 {
		state := ovs.State{Bridge: &ovs.Bridge{UUID: "bridge", Name: "br-int"}, Rows: map[ovs.UUID]ovs.Row{}}
		newID := names()
		var lists []ovs.Exporter
		for range 1 + g.IntN(2*rememberedLists) {
			list := g.record(f, false)
			lists = append(lists, list)
			want := ovs.Want{Cluster: &list}
			switch g.IntN(4) { // a profile may say otherwise, or another writer may have to finish
			case 0:
				want.Exporter = &list
			case 1:
				r := g.record(f, false)
				want.Exporter = &r
			case 2:
				want.Leave = true
			}
			d := ovs.Desired{LeaveDrops: true}
			d.Export[f] = want
			plan, err := ovs.NewPlan(d, state)
			if err != nil {
				t.Fatal(err)
			}
			state = fakeovs.Apply(state, plan, newID)
			if again, err := ovs.NewPlan(d, state); err != nil || !again.Empty() {
				t.Fatalf("there is still something to do: %s, %v", again, err)
			}
			// As another agent will read it.
			state.Bridge.LastApplied = ovs.ParseLastApplied(state.Bridge.LastApplied.String())
		}
		for _, list := range lists[max(0, len(lists)-rememberedLists):] {
			s := ovs.Classify(nil, &ovs.Row{UUID: id(9), Exporter: list}, ovs.Evidence{LastApplied: state.Bridge.LastApplied[f]})
			if !s.Removable() {
				t.Fatalf("a row that the cluster wanted is %s: %s; the note is %q", s.Class, list, state.Bridge.LastApplied)
			}
			removed++
		}
	}
	if removed < generated/10 {
		t.Errorf("only %d rows were judged; the generator proves little", removed)
	}
}
