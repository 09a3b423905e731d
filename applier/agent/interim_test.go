package agent_test

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/validation"
)

// interrupted is a switch as an agent leaves it that is killed while it makes ovs-vswitchd open sockets: the row is as in
// between, and its hash is noted.
func interrupted(applied ovs.Exporter, change func(*ovs.Exporter)) *fakeovs.Switch {
	between := applied.Without()
	change(&between)
	bridge := &ovs.Bridge{UUID: "bridge", Name: "br-int", HasLastApplied: true, Export: [3]ovs.UUID{validation.IPFIX: "row"}}
	bridge.LastApplied[validation.IPFIX] = ovs.AppliedFormat{Hash: applied.Hash(), Interim: between.Hash()}
	return fakeovs.New(ovs.State{Bridge: bridge, Rows: map[ovs.UUID]ovs.Row{"row": {UUID: "row", Exporter: between}}})
}

// Kind of fault: what an agent did itself was blamed on another program, and waited for.
func TestWhatAnotherAgentLeftHalfDoneIsFinishedAtOnce(t *testing.T) {
	changes := map[string]func(*ovs.Exporter){
		"without targets":  func(e *ovs.Exporter) { e.Targets = nil },
		"another duration": func(e *ovs.Exporter) { e.Settings[ovs.CacheActiveTimeout] = "61" },
	}
	same := desired.Inputs{Network: network(t, dropsList)}
	others := desired.Inputs{Network: network(t, `{"ipfix":{"collectors":["192.0.2.4:4739"]}}`)}
	none := desired.Inputs{Network: network(t, "null")}
	for name, c := range map[string]struct {
		mode   v1alpha1.Mode
		in     desired.Inputs
		reason string
		target string
	}{
		"the same lists":          {v1alpha1.ModeEnforce, same, "InSync", "192.0.2.3:4739"},
		"lists changed since":     {v1alpha1.ModeEnforce, others, "InSync", "192.0.2.4:4739"},
		"lists removed since":     {v1alpha1.ModeEnforce, none, "NothingConfigured", ""},
		"switched off since":      {v1alpha1.ModeEnforce, desired.Inputs{Network: same.Network, Profiles: off()}, "ExportOff", ""},
		"an agent that cleans up": {v1alpha1.ModeCleanup, same, "CleanedUp", ""},
	} {
		for what, change := range changes {
			t.Run(name+", "+what, func(t *testing.T) {
				sw := interrupted(*desired.New(same).Exporters[validation.IPFIX], change)
				s := startAgentOn(t, sw, func(config *agent.Config) {
					config.Changes, config.Mode, config.HoldDown = sw.Changes(), c.mode, time.Hour
				})
				s.setAll(c.in)
				s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, c.reason)
				state, err := sw.Read(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				row, exists := state.Export(validation.IPFIX)
				if exists != (c.target != "") || exists && !slices.Equal(row.Exporter.Targets, []string{c.target}) {
					t.Errorf("the row is %+v", row)
				}
				if applied := state.Bridge.LastApplied[validation.IPFIX]; applied.Interim != "" || len(applied.Repairs.Made()) > 0 {
					t.Errorf("noted: %+v", applied)
				}
			})
		}
	}
}
