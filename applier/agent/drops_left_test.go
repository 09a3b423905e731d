package agent_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/validation"
)

// withoutSets is what another program leaves: the rows as desired, and no collector set.
func withoutSets(in desired.Inputs) ovs.Desired { return ovs.Desired{Export: wantsOf(in)} }

// Kind of fault: what OVN does was reported as the whole. Its samples go nowhere without the collector set.
func TestDroppedPacketsAreNotSampledWithoutTheCollectorSet(t *testing.T) {
	drops := v1alpha1.FlowExportProfileSpec{Drops: &v1alpha1.DropParameters{CollectorSet: 99, Domain: 7}}
	unmanaged := network(t, dropsList)
	unmanaged.Object.ManagementState = validation.Value{Kind: validation.String, Text: "Unmanaged"}
	for reason, in := range map[string]desired.Inputs{
		v1alpha1.ReasonObserveOnly: {Network: network(t, dropsList), Profiles: pausing(drops)},
		v1alpha1.ReasonHandsOff:    {Network: unmanaged, Profiles: []v1alpha1.FlowExportProfile{{ObjectMeta: metav1.ObjectMeta{Name: "drops"}, Spec: drops}}},
	} {
		t.Run(reason, func(t *testing.T) {
			s, n := exportsDrops(t, func(*agent.Config) {})
			s.setAll(in)
			s.awaitReport(t, "sampling", func(r v1alpha1.NodeFlowExportStatus) bool {
				return r.Drops != nil && r.Drops.State == v1alpha1.DropsSampling
			})
			if err := n.Tamper(withoutSets(in), true); err != nil {
				t.Fatal(err)
			}
			if c := s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, reason); !strings.HasPrefix(c.Message, "the export of dropped packets is not as desired") {
				t.Error(c.Message)
			}
			s.awaitReport(t, "no sampling", func(r v1alpha1.NodeFlowExportStatus) bool { return r.Drops == nil })
		})
	}
}

// closing is a switch that may have no sockets.
type closing struct {
	*withOVN
	closed atomic.Bool
}

func (c *closing) Sockets() (ovs.Sockets, error) {
	if c.closed.Load() {
		return ovs.Sockets{}, nil
	}
	return c.withOVN.Sockets()
}

// Kind of fault: a count of what was not looked at. Nothing lists the targets of a collector set that was left.
func TestOnlySocketsThatWereSeenCountAsExport(t *testing.T) {
	sw := &closing{withOVN: &withOVN{Switch: newSwitch()}}
	s := startAgentOn(t, sw, func(c *agent.Config) {
		c.Changes, c.HasNorthbound, c.Poll = sw.Changes(), true, 20*time.Millisecond
	})
	drops := v1alpha1.FlowExportProfileSpec{Drops: &v1alpha1.DropParameters{CollectorSet: 99, Domain: 7}}
	s.setAll(desired.Inputs{Network: network(t, dropsList), Profiles: []v1alpha1.FlowExportProfile{{ObjectMeta: metav1.ObjectMeta{Name: "drops"}, Spec: drops}}})
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "InSync")
	profiles := off()
	profiles[0].Spec.Mode = v1alpha1.ProfileModeObserve
	s.setAll(desired.Inputs{Network: network(t, "null"), Profiles: profiles})
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "ObserveOnly")
	if err := sw.Tamper(ovs.Desired{LeaveDrops: true}, true); err != nil { // the bridge's row is gone
		t.Fatal(err)
	}
	s.awaitReport(t, "only the set is left", func(r v1alpha1.NodeFlowExportStatus) bool {
		return !slices.ContainsFunc(r.Formats, func(f v1alpha1.FormatStatus) bool { return f.Applied != nil })
	})
	s.await(t, v1alpha1.ConditionExporting, metav1.ConditionTrue, "Unwanted")
	sw.closed.Store(true)
	c := s.await(t, v1alpha1.ConditionExporting, metav1.ConditionFalse, "NotOpen")
	if want := "dropped packets to 192.0.2.3:4739: ovs-vswitchd has no socket for it"; !strings.HasPrefix(c.Message, want) {
		t.Errorf("%q does not begin with %q", c.Message, want)
	}
}
