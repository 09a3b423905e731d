package agent_test

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
)

// silentSwitch is one of which ovs-vswitchd does not answer, if there is a cause.
type silentSwitch struct {
	*fakeovs.Switch
	cause atomic.Value // an ovs.DaemonCause; empty for none
}

func (s *silentSwitch) Answers(context.Context, time.Duration) error {
	if cause, _ := s.cause.Load().(ovs.DaemonCause); cause != "" {
		return &ovs.DaemonError{Cause: cause, Err: errors.New("no answer")}
	}
	return nil
}

// Kind of fault: a node is said to be ready to send for tenants although ovs-vswitchd samples nothing.
func TestANodeIsNotReadyWhileVswitchdDoesNotAnswer(t *testing.T) {
	for cause, want := range map[ovs.DaemonCause]string{
		ovs.DaemonDown: v1alpha1.ReasonVSwitchdDown, ovs.DaemonHangs: v1alpha1.ReasonVSwitchdHangs, ovs.DaemonUnknown: "",
	} {
		t.Run(string(cause), func(t *testing.T) {
			sw := &silentSwitch{Switch: newSwitch()}
			var a *agent.Agent
			s := startAgentWith(t, sw, func(c *agent.Config) {
				c.Changes, c.Poll = sw.Changes(), 20*time.Millisecond
				c.Dial = func(netip.AddrPort) (io.WriteCloser, error) { return nowhere{}, nil }
			}, func(made *agent.Agent) { a = made })
			s.mu.Lock()
			s.inputs = desired.Inputs{FlowExports: []desired.FlowExport{tenantOf("team-a")}}
			s.mu.Unlock()
			a.Interfaces(interfacesOf("team-a"))
			s.set(network(t, `{}`))
			idle := func(e v1alpha1.NodeFlowExportEntry) bool {
				return e.Reason == "" && e.Collectors[0].State == v1alpha1.CollectorIdle
			}
			s.awaitEntry(t, idle)
			sw.cause.Store(cause)
			s.awaitEntry(t, func(e v1alpha1.NodeFlowExportEntry) bool {
				return e.Reason == want && (e.Message == "") == (want == "") && (want == "" || e.Collectors[0].State == v1alpha1.CollectorUnknown)
			})
			sw.cause.Store(ovs.DaemonCause(""))
			s.awaitEntry(t, idle)
		})
	}
}
