package agent_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
)

// withOVN is a switch with OVN's northbound database.
type withOVN struct {
	*fakeovs.Switch
	mu    sync.Mutex
	away  bool
	state ovs.Northbound
}

func (n *withOVN) ReadNorthbound(context.Context) (ovs.Northbound, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.away {
		return ovs.Northbound{}, errors.New("ovn-nbctl: database connection failed")
	}
	return n.state, nil
}

func (n *withOVN) WriteNorthbound(_ context.Context, args []string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.state = ovs.Northbound{}
	if args[1] == "set" {
		n.state = ovs.Northbound{CollectorSet: "99", Domain: "7", Ours: true}
	}
	return nil
}

func (n *withOVN) setAway(away bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.away = away
}

// awaitOVN waits until OVN has these options.
func (n *withOVN) awaitOVN(t *testing.T, want ovs.Northbound) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	var got ovs.Northbound
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-ticker.C {
		n.mu.Lock()
		got = n.state
		n.mu.Unlock()
		if got == want {
			return
		}
	}
	t.Fatalf("OVN has %+v, not %+v", got, want)
}

const dropsList = `{"ipfix":{"collectors":["192.0.2.3:4739"]}}`

// exportsDrops starts an agent that exports dropped packets.
func exportsDrops(t *testing.T, change func(*agent.Config)) (*source, *withOVN) {
	t.Helper()
	n := &withOVN{Switch: newSwitch()}
	s := startAgentOn(t, n, func(c *agent.Config) {
		c.Changes, c.HasNorthbound = n.Changes(), true
		change(c)
	})
	drops := []v1alpha1.FlowExportProfile{{ObjectMeta: metav1.ObjectMeta{Name: "drops"}, Spec: v1alpha1.FlowExportProfileSpec{Drops: &v1alpha1.DropParameters{CollectorSet: 99, Domain: 7}}}}
	s.setAll(desired.Inputs{Network: network(t, dropsList), Profiles: drops})
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "InSync")
	return s, n
}

// Kind of fault: a database that is not needed for it kept the agent from ending an export.
func TestDroppedPacketsAreNotExportedWithoutTheNorthboundDatabase(t *testing.T) {
	s, n := exportsDrops(t, func(*agent.Config) {})
	n.setAway(true)
	s.setAll(desired.Inputs{Network: network(t, dropsList), Profiles: off()})
	condition := s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "DropsFailed")
	if !strings.HasPrefix(condition.Message, "dropped packets are not exported any more, but OVN may still sample them: ") {
		t.Errorf("the message is %q", condition.Message)
	}
	s.await(t, v1alpha1.ConditionExporting, metav1.ConditionFalse, "Off")
	if state, err := n.Read(t.Context()); err != nil || len(state.CollectorSets) > 0 || len(state.Rows) > 0 {
		t.Errorf("left: %+v of %+v, %v", state.CollectorSets, state.Rows, err)
	}
	n.setAway(false)
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "ExportOff")
	n.awaitOVN(t, ovs.Northbound{})
}

// What an agent may not remove, it counts.
func TestACollectorSetCountsAsExport(t *testing.T) {
	s, n := exportsDrops(t, func(*agent.Config) {})
	profiles := off()
	profiles[0].Spec.Mode = v1alpha1.ProfileModeObserve
	s.setAll(desired.Inputs{Network: network(t, "null"), Profiles: profiles})
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "ObserveOnly")
	// Another program removes the plain row, and dropped packets are exported as before.
	if err := n.Tamper(ovs.Desired{LeaveDrops: true}, true); err != nil {
		t.Fatal(err)
	}
	s.awaitNoRow(t, v1alpha1.FormatIPFIX)
	s.await(t, v1alpha1.ConditionExporting, metav1.ConditionTrue, "Unwanted")
}

// awaitNoRow waits for a report without a row of a format.
func (s *source) awaitNoRow(t *testing.T, f v1alpha1.FlowFormat) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-ticker.C {
		s.mu.Lock()
		formats := s.reported.Formats
		s.mu.Unlock()
		if !slices.ContainsFunc(formats, func(r v1alpha1.FormatStatus) bool { return r.Format == f && r.Applied != nil }) {
			return
		}
	}
	t.Fatalf("the report still has a row of %s", f)
}

// Kind of fault: the collector set was the only record of OVN's options.
func TestOVNsOptionsAreRemovedWithoutACollectorSet(t *testing.T) {
	ours := ovs.Northbound{CollectorSet: "99", Domain: "7", Ours: true}
	n := &withOVN{Switch: newSwitch(), state: ours}
	s := startAgentOn(t, n, func(c *agent.Config) {
		c.Changes, c.HasNorthbound, c.Resync, c.Poll = n.Changes(), true, 50*time.Millisecond, 20*time.Millisecond
	})
	s.setAll(desired.Inputs{Network: network(t, dropsList)})
	n.awaitOVN(t, ovs.Northbound{})
	// At a resync as well, for example after OVN's database was restored.
	n.mu.Lock()
	n.state = ours
	n.mu.Unlock()
	n.awaitOVN(t, ovs.Northbound{})
	// The report does not depend on a database that is not needed.
	n.setAway(true)
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "InSync")
}
