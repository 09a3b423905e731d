package applier

import (
	"context"
	"strings"
	"testing"
)

// Kind of fault: a comparison of some columns only. ovnkube-node clears a row and creates it, so that all
// columns that it does not set have their defaults. A row of another program that differs there is
// not as desired, and the repair resets it.
func TestColumnsThatNoListNamesAreReset(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	exportAll(t, f)
	startAgent(t, f, n, "--hold-down=4s", "--max-repairs=50")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	before := rows(t, n)
	for _, c := range []struct{ table, column, value string }{
		{"IPFIX", "other_config", "other_config:enable-input-sampling=true"},
		{"IPFIX", "other_config", "other_config:virtual_obs_id=x"},
		{"IPFIX", "obs_point_id", "obs_point_id=7"},
		{"NetFlow", "engine_id", "engine_id=0"},
		{"NetFlow", "engine_type", "engine_type=3"},
		{"NetFlow", "add_id_to_interface", "add_id_to_interface=true"},
	} {
		t.Run(c.column, func(t *testing.T) {
			id := vsctl(t, n, "--bare", "get", "Bridge", "br-int", strings.ToLower(c.table))
			vsctl(t, n, "set", c.table, strings.TrimSpace(id), c.value)
			r := hasCondition(t, n.Name, "Drifted", "True", "ForeignWrite")
			for _, condition := range r.Status.Conditions {
				if condition.Type == "Drifted" && !strings.Contains(condition.Message, c.column) {
					t.Errorf("it does not name %s: %s", c.column, condition.Message)
				}
			}
			eventually(t, func(context.Context) string {
				if after := rows(t, n); after != before {
					return "the rows are\n" + after + "\nnot\n" + before
				}
				return ""
			})
			hasCondition(t, n.Name, "Applied", "True", "InSync")
			hasCondition(t, n.Name, "Drifted", "False", "None")
		})
	}
}
