package agent_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/node"
	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/validation"
)

// troubled is a switch that can fail.
type troubled struct {
	*fakeovs.Switch
	full       atomic.Bool
	failed     atomic.Int32
	northbound atomic.Int32
	sendErrors atomic.Uint64
}

func (s *troubled) Write(ctx context.Context, plan ovs.Plan) error {
	if s.full.Load() {
		s.failed.Add(1)
		return errors.New("transaction error: I/O error: no space left on device")
	}
	return s.Switch.Write(ctx, plan)
}

func (s *troubled) WriteNorthbound(context.Context, []string) error {
	s.northbound.Add(1)
	return nil
}

func (s *troubled) Passed(context.Context) (uint64, error) { return 0, nil }

func (s *troubled) IPFIXStatistics(context.Context) (ovs.IPFIXStatistics, error) {
	return ovs.IPFIXStatistics{SendErrors: s.sendErrors.Load()}, nil
}

// Who can't write has repaired nothing, and has nobody to fight with.
func TestAFailedRepairIsNoRepair(t *testing.T) {
	sw := &troubled{Switch: newSwitch()}
	s := startAgentOn(t, sw, func(c *agent.Config) { c.Changes = sw.Changes() })
	list := network(t, netFlow("192.0.2.1:2055"))
	s.set(list)
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "InSync")
	sw.full.Store(true)
	if err := sw.Tamper(ovs.Desired{}, true); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); sw.failed.Load() < 8; { // more than five repairs
		if time.Now().After(deadline) {
			t.Fatalf("the agent tried %d times", sw.failed.Load())
		}
		s.set(list)
	}
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "WriteFailed")
	s.await(t, v1alpha1.ConditionConflict, metav1.ConditionFalse, "None")
	sw.full.Store(false)
	s.set(list)
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "InSync")
}

// Drops need a collector set in Open vSwitch; without one OVN must not refer to it, and
// nothing is applied.
func TestDropsWaitForTheirCollectorSet(t *testing.T) {
	wanted := func(s *source) {
		s.mu.Lock()
		s.inputs.Profiles = []v1alpha1.FlowExportProfile{{Spec: v1alpha1.FlowExportProfileSpec{Drops: &v1alpha1.DropParameters{CollectorSet: 9, Domain: 2}}}}
		s.mu.Unlock()
		s.set(network(t, threeFormats))
	}
	t.Run("which can't be written", func(t *testing.T) {
		sw := &troubled{Switch: newSwitch()}
		sw.full.Store(true)
		s := startAgentOn(t, sw, func(c *agent.Config) { c.HasNorthbound = true })
		wanted(s)
		s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "WriteFailed")
		if n := sw.northbound.Load(); n > 0 {
			t.Errorf("OVN was written %d times", n)
		}
	})
	t.Run("which is only observed", func(t *testing.T) {
		sw := &troubled{Switch: newSwitch()}
		s := startAgentOn(t, sw, func(c *agent.Config) { c.HasNorthbound, c.Mode = true, v1alpha1.ModeObserve })
		wanted(s)
		s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "ObserveOnly")
	})
}

func TestExportingNeedsEveryFormat(t *testing.T) {
	sw := newSwitch()
	present := ovs.Desired{LeaveDrops: true}
	present.Export[validation.IPFIX] = ovs.Want{Exporter: &ovs.Exporter{Format: validation.IPFIX, Targets: []string{"192.0.2.1:4739"}, Settings: ovs.Settings{}}}
	if err := sw.Tamper(present, false); err != nil {
		t.Fatal(err)
	}
	s := startAgentOn(t, sw, func(c *agent.Config) { c.Mode = v1alpha1.ModeObserve })
	s.set(network(t, `{"netFlow":{"collectors":["192.0.2.9:2055"]},"ipfix":{"collectors":["192.0.2.1:4739"]}}`))
	if c := s.await(t, v1alpha1.ConditionExporting, metav1.ConditionFalse, "NotApplied"); !strings.Contains(c.Message, "Open vSwitch has no NetFlow row") {
		t.Error(c.Message)
	}
}

// An agent that starts must not raise the alarms of last week.
func TestWhatIsOldIsNoRefusal(t *testing.T) {
	log := filepath.Join(t.TempDir(), "ovs-vswitchd.log")
	line := time.Now().Add(-72*time.Hour).UTC().Format("2006-01-02T15:04:05.000Z") + "|00042|collectors|WARN|10.0.0.1:4444<->192.0.2.1:4739: sending to collector failed (Connection refused)\n"
	if err := os.WriteFile(log, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	sw := &troubled{Switch: newSwitch()}
	sw.sendErrors.Store(5000)
	s := startAgentOn(t, sw, func(c *agent.Config) { c.VswitchdLog, c.Poll = &node.LogTail{Path: log}, 10*time.Millisecond })
	list := network(t, `{"ipfix":{"collectors":["192.0.2.1:4739"]}}`)
	s.set(list)
	s.await(t, v1alpha1.ConditionExporting, metav1.ConditionTrue, "SocketsOpen")
	sw.sendErrors.Store(5001) // and what is new, is told
	for deadline := time.Now().Add(200 * time.Millisecond); time.Now().Before(deadline); {
		s.set(list) // the counters are not read at each pass
	}
	s.await(t, v1alpha1.ConditionExporting, metav1.ConditionFalse, "Refused")
}
