package applier

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestAKilledAgentLeavesTheOldOrTheNewState(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	h := record(t, n)
	// Two whole configurations; a mixture of them is neither.
	lists := [2]string{"192.168.1.98", "192.168.1.99"}
	// IPFIX is started again after a change with Open vSwitch 3.1, and has no targets for a moment.
	states := map[string]int{"||": 0}
	flows := func(i int) string {
		return fmt.Sprintf(`{"netFlow":{"collectors":["%[1]s:2055"]},"sFlow":{"collectors":["%[1]s:6343","%[1]s:6344"]},"ipfix":{"collectors":["%[1]s:4739"]}}`, lists[i])
	}
	for i := range lists {
		states[fmt.Sprintf("%[1]s:2055|%[1]s:6343,%[1]s:6344|%[1]s:4739", lists[i])] = 0
		states[fmt.Sprintf("%[1]s:2055|%[1]s:6343,%[1]s:6344|", lists[i])] = 0
	}
	random := rand.New(rand.NewPCG(1, 2))
	killed := 0
	// On a slow machine, agents need longer until they write.
	for i := 0; i < 100 || i < 300 && len(h.all()) < 20; i++ {
		export(t, flows(i%2))
		a := startAgent(t, f, n, "--hold-down=0s", "--max-repairs=1000")
		// Some die before they write, some while, some after.
		timer := time.NewTimer(time.Duration(20+random.IntN(180+2*i)) * time.Millisecond)
		<-timer.C
		a.Kill()
		killed++
	}
	last := startAgent(t, f, n, "--hold-down=0s")
	eventually(t, func(context.Context) string { // the report may be that of an agent that was killed
		if strings.Contains(last.Log(), "agent started") {
			return ""
		}
		return "the last agent has not started"
	})
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	want := fmt.Sprintf("%[1]s:2055|%[1]s:6343,%[1]s:6344|%[1]s:4739", lists[(killed-1)%2])
	eventually(t, func(context.Context) string {
		all := h.all()
		if last := all[len(all)-1]; last != want {
			return "not converged: " + last
		}
		return ""
	})
	for _, state := range h.all() {
		if _, ok := states[state]; !ok {
			t.Errorf("a state that is neither old nor new: %s", state)
		}
		states[state]++
	}
	if h.err != nil {
		t.Error(h.err)
	}
	t.Logf("%d agents killed, %d states: %v", killed, len(h.all()), states)
	if len(h.all()) < 10 {
		t.Errorf("only %d changes in %d runs: agents were killed too early for the test to tell anything", len(h.all()), killed)
	}
}
