package agent_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
)

// TestWhatIsNotReadHasNoValue: a counter of IPFIX, or of the datapath, that nobody reads any
// more would look like a fact.
func TestWhatIsNotReadHasNoValue(t *testing.T) {
	registry := prometheus.NewRegistry()
	s := startAgentOn(t, &troubled{Switch: newSwitch()}, func(c *agent.Config) { c.Registry = registry })
	shown := func(name string) bool {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == name {
				return true
			}
		}
		return false
	}
	names := []string{"sluice_agent_ipfix_sent_datagrams_total", "sluice_agent_datapath_flows", "sluice_agent_datapath_lookups_lost_total"}
	await := func(when string, want bool) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; {
			wrong := ""
			for _, n := range names {
				if shown(n) != want {
					wrong = n
				}
			}
			if wrong == "" {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: is %s shown? want %v", when, wrong, want)
			}
		}
	}
	await("nothing is exported", false)
	s.set(network(t, `{"ipfix":{"collectors":["192.0.2.1:4739"]}}`))
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "InSync")
	await("IPFIX is exported", true)
	s.set(network(t, `{}`))
	await("nothing is exported any more", false)
}
