package applier

import (
	"context"
	"strings"
	"testing"
	"time"

	applier "sluice/applier/node"
	"sluice/applier/ovs"
	"sluice/validation"
)

// Kind of fault: what an agent changes for a moment, so that ovs-vswitchd opens sockets again, was blamed on another program
// if the agent was killed in between. IPFIX went to no collector until the hold-down was over.
func TestAnAgentFinishesWhatAKilledOneBegan(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	exportAll(t, f)
	a := startAgent(t, f, n)
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	before := rows(t, n)
	client := applier.Client{Runner: applier.Exec{}, Database: "unix:" + n.Socket(), Bridge: "br-int", Timeout: 10 * time.Second}
	for name, c := range map[string]struct {
		format validation.Format
		begin  func(ovs.Bridge, ovs.Row) [][]string
	}{
		"a restart of IPFIX":   {validation.IPFIX, ovs.RestartArguments},
		"new sockets of IPFIX": {validation.IPFIX, ovs.ReopenArguments},
		"new sockets of sFlow": {validation.SFlow, ovs.ReopenArguments},
	} {
		t.Run(name, func(t *testing.T) {
			a.Kill()
			state, err := client.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			row, exists := state.Export(c.format)
			if !exists {
				t.Fatalf("no row of %s", c.format)
			}
			vsctl(t, n, c.begin(*state.Bridge, row)[0]...)
			if rows(t, n) == before {
				t.Fatal("nothing was begun")
			}
			a = startAgent(t, f, n, "--hold-down=1h")
			eventually(t, func(context.Context) string {
				note := vsctl(t, n, "get", "Bridge", "br-int", "external_ids")
				if after := rows(t, n); after != before || strings.Contains(note, "interim") {
					return "not finished: " + note + "\n" + after
				}
				return ""
			})
			if note := vsctl(t, n, "get", "Bridge", "br-int", "external_ids"); strings.Contains(note, "repairs") {
				t.Errorf("it counts as a repair: %s", note)
			}
		})
	}
}
