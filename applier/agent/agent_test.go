package agent_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/testr"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/desired"
	"sluice/applier/node"
	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/validation"
)

// source is a cluster that says what the test says.
type source struct {
	mu       sync.Mutex
	inputs   desired.Inputs
	verify   string
	changes  chan struct{}
	reported v1alpha1.NodeFlowExportStatus
}

func (s *source) Run(ctx context.Context) error { <-ctx.Done(); return nil }
func (s *source) Changes() <-chan struct{}      { return s.changes }
func (s *source) Inputs() (agent.Snapshot, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return agent.Snapshot{Inputs: s.inputs, Verify: s.verify}, true
}

func (s *source) Publish(reported v1alpha1.NodeFlowExportStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reported = reported
}
func (s *source) OnPublish(func(error)) {}
func (s *source) Failing() []string     { return nil }

func (s *source) set(n *desired.Network) {
	s.mu.Lock()
	s.inputs.Network = n
	s.mu.Unlock()
	s.changes <- struct{}{}
}

// await waits until a condition was reported with a status and a reason.
func (s *source) await(t *testing.T, kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	var last metav1.Condition
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-ticker.C {
		s.mu.Lock()
		if c := meta.FindStatusCondition(s.reported.Conditions, kind); c != nil {
			last = *c
		}
		s.mu.Unlock()
		if last.Status == status && last.Reason == reason {
			return last
		}
	}
	t.Fatalf("%s is not %s because of %s but %+v", kind, status, reason, last)
	return last
}

// startAgent starts an agent on a simulated switch.
func startAgent(t *testing.T) (*source, *fakeovs.Switch) {
	t.Helper()
	sw := newSwitch()
	return startAgentOn(t, sw, func(c *agent.Config) { c.Changes = sw.Changes() }), sw
}

func newSwitch() *fakeovs.Switch {
	return fakeovs.New(ovs.State{Bridge: &ovs.Bridge{UUID: "bridge", Name: "br-int"}, Rows: map[ovs.UUID]ovs.Row{}})
}

// switchOf is what an agent works on.
type switchOf interface {
	agent.OpenVSwitch
	agent.Vswitchd
}

func startAgentOn(t *testing.T, sw switchOf, change func(*agent.Config)) *source {
	t.Helper()
	return startAgentWith(t, sw, change, func(*agent.Agent) {})
}

// startAgentWith is like startAgentOn, and hands over the agent.
func startAgentWith(t *testing.T, sw switchOf, change func(*agent.Config), made func(*agent.Agent)) *source {
	t.Helper()
	s := &source{changes: make(chan struct{}, 1)}
	config := agent.Config{
		Node: "worker-1", Mode: v1alpha1.ModeEnforce, Bridge: "br-int", OVS: sw, Vswitchd: sw, Timeout: time.Second, VswitchdLog: &node.LogTail{}, Source: s, Alive: func() {},
		Listen: agent.ListenLocally, Resync: time.Hour, Poll: time.Hour, HoldDown: 10 * time.Millisecond, MaxRepairs: 5, Linger: 5 * time.Minute,
		Now: time.Now, Registry: prometheus.NewRegistry(), Log: testr.New(t),
	}
	change(&config)
	a := agent.New(config)
	made(a)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := a.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return s
}

// settled waits until NetFlow goes to a target and nothing more happens, and says how often
// the switch was read and written.
func settled(t *testing.T, sw *fakeovs.Switch, target string) (reads, writes int) {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		reads, writes = sw.Calls()
		<-ticker.C
		if r, w := sw.Calls(); sw.Exports(validation.NetFlow, target) && r == reads && w == writes {
			return reads, writes
		}
	}
	t.Fatalf("NetFlow does not go to %s, or it never gets quiet", target)
	return 0, 0
}

func netFlow(target string) string { return `{"netFlow":{"collectors":["` + target + `"]}}` }

func TestAChangeOfTheListWaitsForNoReading(t *testing.T) {
	s, sw := startAgent(t)
	s.set(network(t, netFlow("192.0.2.1:2055")))
	reads, writes := settled(t, sw, "192.0.2.1:2055")
	s.set(network(t, netFlow("192.0.2.2:2055")))
	r, w := settled(t, sw, "192.0.2.2:2055")
	// One reading after the write, and one because the watch tells of it.
	if r-reads != 2 || w-writes != 1 {
		t.Errorf("a change took %d readings and %d transactions, not 2 and 1", r-reads, w-writes)
	}
}

func TestAChangeThatTheWatchMissedIsSeenByTheTransaction(t *testing.T) {
	s, sw := startAgent(t)
	s.set(network(t, netFlow("192.0.2.1:2055")))
	_, writes := settled(t, sw, "192.0.2.1:2055")
	if err := sw.Tamper(ovs.Desired{}, false); err != nil {
		t.Fatal(err)
	}
	s.set(network(t, netFlow("192.0.2.2:2055")))
	if _, w := settled(t, sw, "192.0.2.2:2055"); w-writes != 3 {
		t.Errorf("it took %d transactions; the first should fail, the second store the list, and the third repair", w-writes)
	}
}

// network is a Network.operator with these lists.
func network(t *testing.T, flows string) *desired.Network {
	t.Helper()
	value, err := validation.ParseJSON([]byte(flows))
	if err != nil {
		t.Fatal(err)
	}
	return &desired.Network{Generation: 3, Object: validation.Object{Name: "cluster", ExportNetworkFlows: value}}
}

const threeFormats = `{"netFlow":{"collectors":["192.0.2.1:2055"]},"sFlow":{"collectors":["192.0.2.2:6343"]},"ipfix":{"collectors":["192.0.2.3:4739"]}}`
