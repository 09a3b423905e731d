package agent_test

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"sync/atomic"
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

// away is a switch with an ovsdb-server that may be away, and that may refuse to write.
type away struct {
	*fakeovs.Switch
	reads, writes atomic.Bool
}

func (a *away) Read(ctx context.Context) (ovs.State, error) {
	if a.reads.Load() {
		return ovs.State{}, errors.New("ovsdb-server is away")
	}
	return a.Switch.Read(ctx)
}

func (a *away) Write(ctx context.Context, p ovs.Plan) error {
	if a.writes.Load() {
		return errors.New("the state has changed")
	}
	return a.Switch.Write(ctx, p)
}

// Kind of fault: the end of an own target wrote what is desired, too. That is not to be applied any more then.
func TestAWithdrawalRemovesOwnTargetsAlone(t *testing.T) {
	pause := func(in *desired.Inputs) { in.Profiles = pausing(v1alpha1.FlowExportProfileSpec{}) }
	noNode := func(in *desired.Inputs) { in.NodeMissing = true }
	noProfiles := func(in *desired.Inputs) { in.ProfilesUnknown = "they are gone" }
	unmanaged := func(in *desired.Inputs) {
		in.Network.Object.ManagementState = validation.Value{Kind: validation.String, Text: "Unmanaged"}
	}
	for name, test := range map[string]struct {
		stop   func(*desired.Inputs)
		reason string
	}{
		"paused":           {pause, v1alpha1.ReasonObserveOnly},
		"without a Node":   {noNode, v1alpha1.ReasonNodeMissing},
		"without profiles": {noProfiles, v1alpha1.ReasonNotSynced},
		"unmanaged":        {unmanaged, v1alpha1.ReasonHandsOff},
	} {
		for obstacle, fails := range map[string]func(*away, bool){
			"at once":               func(*away, bool) {},
			"ovsdb-server is away":  func(sw *away, fails bool) { sw.reads.Store(fails) },
			"the transactions fail": func(sw *away, fails bool) { sw.writes.Store(fails) },
		} {
			t.Run(name+", "+obstacle, func(t *testing.T) {
				sw := &away{Switch: newSwitch()}
				var a *agent.Agent
				s := startAgentWith(t, sw, func(c *agent.Config) {
					c.Changes = sw.Changes()
					c.Dial = func(netip.AddrPort) (io.WriteCloser, error) { return nowhere{}, nil }
				}, func(made *agent.Agent) { a = made })
				in := desired.Inputs{Network: network(t, `{"ipfix":{"collectors":["192.0.2.3:4739"]}}`), FlowExports: []desired.FlowExport{tenantOf("team-a")}}
				a.Interfaces(interfacesOf("team-a"))
				s.setAll(in)
				targets(t, sw.Switch, 1, "192.0.2.3:4739")
				fails(sw, true)
				in.Network = network(t, `{"netFlow":{"collectors":["192.0.2.77:2055"]},"ipfix":{"collectors":["192.0.2.66:4739"]}}`)
				test.stop(&in)
				for range 3 { // the agent has seen the first when it takes the third
					s.setAll(in)
				}
				fails(sw, false)
				s.setAll(in)
				targets(t, sw.Switch, 0, "192.0.2.3:4739")
				if test.reason != v1alpha1.ReasonHandsOff && test.reason != v1alpha1.ReasonObserveOnly {
					s.await(t, v1alpha1.ConditionApplied, metav1.ConditionUnknown, test.reason)
				} else {
					s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, test.reason)
				}
				for range 3 {
					s.setAll(in)
				}
				targets(t, sw.Switch, 0, "192.0.2.3:4739")
				state, err := sw.Switch.Read(t.Context())
				if _, exists := state.Export(validation.NetFlow); err != nil || exists {
					t.Errorf("there is a NetFlow row (%v)", err)
				}
			})
		}
	}
}

// Kind of fault: the clock of the node decided whether a verification goes on.
func TestAVerificationEndsAlthoughTheClockWasSetBack(t *testing.T) {
	sw := newSwitch()
	var back atomic.Int64
	now := func() time.Time { return time.Now().Round(0).Add(-time.Duration(back.Load())) }
	s := startAgentOn(t, sw, func(c *agent.Config) { c.Changes, c.Now = sw.Changes(), now })
	s.mu.Lock()
	s.verify = now().Add(2 * time.Second).Format(time.RFC3339Nano)
	s.mu.Unlock()
	s.set(network(t, `{"ipfix":{"collectors":["192.0.2.3:4739"]}}`))
	s.awaitReport(t, "it has begun", func(r v1alpha1.NodeFlowExportStatus) bool { return r.Verification != nil && r.Verification.Phase != "" })
	back.Store(int64(2 * time.Hour))
	s.awaitReport(t, "it has ended", func(r v1alpha1.NodeFlowExportStatus) bool {
		return r.Verification.Phase != v1alpha1.VerificationRunning
	})
	targets(t, sw, 0, "192.0.2.3:4739")
}

// What the agent applied is recognized after its target was removed, also by the next agent, which may clean up.
func TestARowIsRecognizedAfterAWithdrawal(t *testing.T) {
	sw := newSwitch()
	s, a, _ := startWithTenants(t, sw, desired.Inputs{FlowExports: []desired.FlowExport{tenantOf("team-a")}})
	a.Interfaces(interfacesOf("team-a"))
	s.set(network(t, `{"ipfix":{"collectors":["192.0.2.3:4739"]}}`))
	targets(t, sw, 1, "192.0.2.3:4739")
	s.setAll(desired.Inputs{Network: network(t, `{"ipfix":{"collectors":["192.0.2.3:4739"]}}`), Profiles: pausing(v1alpha1.FlowExportProfileSpec{})})
	targets(t, sw, 0, "192.0.2.3:4739")
	next := startAgentOn(t, sw, func(c *agent.Config) { c.Mode = v1alpha1.ModeCleanup })
	next.set(network(t, `{}`))
	next.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "CleanedUp")
	if state, err := sw.Read(t.Context()); err != nil || state.Bridge.HasLastApplied {
		t.Errorf("something is left: %+v, %v", state.Bridge, err)
	}
	targets(t, sw, 0)
}
