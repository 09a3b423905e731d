package agent

import (
	"testing"

	"sluice/applier/ovs"
	"sluice/validation"
)

func TestOnlyChangesOfTheExportersAreWaitedFor(t *testing.T) {
	state := func(row ovs.UUID, next, current int64) ovs.State {
		return ovs.State{
			Bridge: &ovs.Bridge{UUID: "b", Export: [3]ovs.UUID{validation.NetFlow: row}}, Rows: map[ovs.UUID]ovs.Row{row: {UUID: row}},
			NextConfig: next, CurrentConfig: current,
		}
	}
	p := progress{}
	for i, c := range []struct {
		state ovs.State
		want  int64
	}{
		{state("r1", 7, 6), 1}, // who wrote before the agent started is unknown
		{state("r1", 9, 7), 0}, // 8 and 9 are others'
		{state("r2", 12, 9), 3},
		{state("r2", 20, 12), 0},
		{state("r2", 2, 1), 1}, // a new database
		{state("r2", 3, 2), 0},
	} {
		if got := p.pending(c.state, false); got != c.want {
			t.Errorf("state %d: %d changes are pending, want %d", i+1, got, c.want)
		}
	}
	p.wrote(state("r3", 9, 5), true)
	if got := p.pending(state("r3", 9, 5), false); got != 0 {
		t.Errorf("ovs-vsctl has waited, and %d changes are pending", got)
	}
	p.wrote(state("r4", 11, 5), false)
	if got := p.pending(state("r4", 14, 8), false); got != 3 {
		t.Errorf("%d changes are pending, want 3", got)
	}
}
