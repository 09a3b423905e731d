package agent_test

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/validation"
)

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }

// tenantOf is an accepted FlowExport.
func tenantOf(namespace string) desired.FlowExport {
	return desired.FlowExport{Namespace: namespace, Name: "siem", UID: "u-" + namespace, Generation: 2, Collectors: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.50:4739")}}
}

// interfacesOf are those of a pod of each namespace.
func interfacesOf(namespaces ...string) (list []ovs.Interface) {
	for i, n := range namespaces {
		list = append(list, ovs.Interface{Row: ovs.UUID(n), Name: n, Index: uint32(i + 1), ID: n + "_web"})
	}
	return list
}

// startWithTenants starts an agent of which the test sees the object.
func startWithTenants(t *testing.T, sw *fakeovs.Switch, inputs desired.Inputs) (*source, *agent.Agent, *atomic.Int64) {
	t.Helper()
	var a *agent.Agent
	var passed atomic.Int64
	s := startAgentWith(t, sw, func(c *agent.Config) {
		c.Changes, c.WriteBurst = sw.Changes(), 10
		c.Now = func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
		c.Dial = func(netip.AddrPort) (io.WriteCloser, error) { return nowhere{}, nil }
	}, func(made *agent.Agent) { a = made })
	s.mu.Lock()
	s.inputs = inputs
	s.mu.Unlock()
	return s, a, &passed
}

// targets waits until the IPFIX row has so many own targets and these others.
func targets(t *testing.T, sw *fakeovs.Switch, own int, others ...string) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	var last []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-ticker.C {
		state, err := sw.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		row, _ := state.Export(validation.IPFIX)
		last = row.Exporter.CanonicalTargets()
		rest := slices.DeleteFunc(slices.Clone(last), func(target string) bool { return strings.HasPrefix(target, "127.0.0.1:") })
		if len(last)-len(rest) == own && slices.Equal(rest, others) {
			return
		}
	}
	t.Fatalf("the row has the targets %s, not %d own ones and %s", last, own, others)
}

// Kind of fault: the target stays, or is missing, when what it depends on changes.
func TestTheTargetForTenantsFollowsWhatItIsFor(t *testing.T) {
	sw := newSwitch()
	s, a, clock := startWithTenants(t, sw, desired.Inputs{})
	change := func(change func(*desired.Inputs)) {
		s.mu.Lock()
		change(&s.inputs)
		s.mu.Unlock()
		s.changes <- struct{}{}
	}
	off := false
	change(func(in *desired.Inputs) { in.Network = network(t, `{}`) })
	s.await(t, v1alpha1.ConditionApplied, "True", v1alpha1.ReasonNothingConfigured)
	a.Interfaces(interfacesOf("team-a"))
	targets(t, sw, 0)
	change(func(in *desired.Inputs) { in.FlowExports = []desired.FlowExport{tenantOf("team-b")} })
	targets(t, sw, 0)
	change(func(in *desired.Inputs) { in.FlowExports = append(in.FlowExports, tenantOf("team-a")) })
	targets(t, sw, 1)
	change(func(in *desired.Inputs) { in.Network = network(t, `{"ipfix":{"collectors":["192.0.2.3:4739"]}}`) })
	targets(t, sw, 1, "192.0.2.3:4739")
	s.await(t, v1alpha1.ConditionDrifted, "False", v1alpha1.ReasonNone)
	if err := sw.Tamper(ovs.Desired{}, true); err != nil { // as ovnkube-node
		t.Fatal(err)
	}
	targets(t, sw, 1, "192.0.2.3:4739")
	change(func(in *desired.Inputs) {
		in.Profiles = []v1alpha1.FlowExportProfile{{Spec: v1alpha1.FlowExportProfileSpec{Export: &off}}}
	})
	targets(t, sw, 0)
	change(func(in *desired.Inputs) { in.Profiles, in.Network = nil, network(t, `{}`) })
	targets(t, sw, 1)
	// It does not come and go with a pod or a FlowExport.
	_, writes := sw.Calls()
	for range 20 {
		a.Interfaces(nil)
		change(func(in *desired.Inputs) { in.FlowExports = nil })
		a.Interfaces(interfacesOf("team-b"))
		change(func(in *desired.Inputs) { in.FlowExports = []desired.FlowExport{tenantOf("team-b")} })
	}
	targets(t, sw, 1)
	if _, more := sw.Calls(); more != writes {
		t.Errorf("%d writes", more-writes)
	}
	change(func(in *desired.Inputs) { in.FlowExports, in.DeniedFlowExports = nil, []string{"u-team-b"} })
	targets(t, sw, 0)
	change(func(in *desired.Inputs) {
		in.FlowExports, in.DeniedFlowExports = []desired.FlowExport{tenantOf("team-b")}, nil
	})
	targets(t, sw, 1)
	change(func(in *desired.Inputs) { in.FlowExports = nil })
	for range 2 { // the agent has seen the change when it takes the next but one
		change(func(*desired.Inputs) {})
	}
	clock.Add(int64(6 * time.Minute))
	change(func(*desired.Inputs) {})
	targets(t, sw, 0)
}

// Kind of fault: what a tenant does uses up the writes of the cluster, or the export does not end because they are used
// up.
func TestTheTargetHasABudgetOfItsOwn(t *testing.T) {
	sw := newSwitch()
	var a *agent.Agent
	var clock atomic.Int64
	s := startAgentWith(t, sw, func(c *agent.Config) {
		c.Changes, c.WriteBurst = sw.Changes(), 10
		c.Now = func() time.Time { return time.Unix(1_800_000_000, clock.Load()) } // no time passes by itself
		c.Dial = func(netip.AddrPort) (io.WriteCloser, error) { return nowhere{}, nil }
	}, func(made *agent.Agent) { a = made })
	change := func(change func(*desired.Inputs)) {
		s.mu.Lock()
		change(&s.inputs)
		s.mu.Unlock()
		s.changes <- struct{}{}
	}
	list := func(i int) string { return fmt.Sprintf("192.0.2.%d:4739", i) }
	change(func(in *desired.Inputs) { in.Network = network(t, `{"ipfix":{"collectors":["192.0.2.1:4739"]}}`) })
	a.Interfaces(interfacesOf("team-a"))
	targets(t, sw, 0, list(1))
	for range 6 {
		change(func(in *desired.Inputs) {
			in.FlowExports, in.DeniedFlowExports = []desired.FlowExport{tenantOf("team-a")}, nil
		})
		targets(t, sw, 1, list(1))
		change(func(in *desired.Inputs) { in.FlowExports, in.DeniedFlowExports = nil, []string{"u-team-a"} })
		targets(t, sw, 0, list(1))
	}
	change(func(in *desired.Inputs) {
		in.FlowExports, in.DeniedFlowExports = []desired.FlowExport{tenantOf("team-a")}, nil
	})
	for i := range 8 { // the burst is 10, one is spent
		change(func(in *desired.Inputs) { in.Network = network(t, `{"ipfix":{"collectors":["`+list(i+2)+`"]}}`) })
		targets(t, sw, 0, list(i+2))
	}
	clock.Add(int64(2 * time.Minute))
	change(func(*desired.Inputs) {})
	targets(t, sw, 1, list(9))
	// Now the cluster's writes are used up. What ends the export does not wait, what changes it does.
	for i := range 10 {
		change(func(in *desired.Inputs) { in.Network = network(t, `{"ipfix":{"collectors":["`+list(i+20)+`"]}}`) })
		targets(t, sw, 1, list(i+20))
	}
	change(func(in *desired.Inputs) {
		in.Network = network(t, `{"ipfix":{"collectors":["192.0.2.99:4739"]}}`)
		in.FlowExports, in.DeniedFlowExports = nil, []string{"u-team-a"}
	})
	targets(t, sw, 0, list(29))
	off := false
	change(func(in *desired.Inputs) {
		in.Profiles = []v1alpha1.FlowExportProfile{{Spec: v1alpha1.FlowExportProfileSpec{Export: &off}}}
	})
	targets(t, sw, 0)
}

// A row that another program made for itself is not taken for tenants.
func TestAForeignRowIsLeftToItsWriter(t *testing.T) {
	sw := newSwitch()
	foreign := ovs.Exporter{Format: validation.IPFIX, Targets: []string{"192.0.2.99:4739"}, Settings: ovs.Settings{}}
	if err := sw.Tamper(ovs.Desired{Export: [3]ovs.Want{validation.IPFIX: {Exporter: &foreign}}}, false); err != nil {
		t.Fatal(err)
	}
	s, a, _ := startWithTenants(t, sw, desired.Inputs{FlowExports: []desired.FlowExport{tenantOf("team-a")}})
	a.Interfaces(interfacesOf("team-a"))
	s.set(network(t, `{}`))
	s.awaitEntry(t, func(e v1alpha1.NodeFlowExportEntry) bool {
		return e.Reason == v1alpha1.ReasonIPFIXMissing && e.Message != "" && e.Collectors[0].State == v1alpha1.CollectorUnknown
	})
	targets(t, sw, 0, "192.0.2.99:4739")
}

// Status and metrics stay bounded, however many FlowExports there are.
func TestManyFlowExportsAreBounded(t *testing.T) {
	sw := newSwitch()
	var all []desired.FlowExport
	var namespaces []string
	for i := range 600 {
		namespaces = append(namespaces, fmt.Sprintf("team-%03d", i))
		all = append(all, tenantOf(namespaces[i]))
	}
	s, a, _ := startWithTenants(t, sw, desired.Inputs{FlowExports: all})
	a.Interfaces(interfacesOf(namespaces...))
	s.set(network(t, `{}`))
	targets(t, sw, 1)
	s.awaitEntry(t, func(e v1alpha1.NodeFlowExportEntry) bool { return e.Reason == "" })
	s.mu.Lock()
	defer s.mu.Unlock()
	sent, refused := 0, 0
	for _, e := range s.reported.FlowExports {
		switch e.Reason {
		case "":
			sent++
		case v1alpha1.ReasonTooMany:
			refused++
		}
	}
	if left := s.reported.OmittedFlowExports; sent != 256 || refused != 256 || left != 88 {
		t.Errorf("%d are sent for, %d are refused, %d left out", sent, refused, left)
	}
}

// Kind of fault: a tenant that changes its FlowExport again and again makes each node write its report as often.
func TestReportsOfChangesAreBounded(t *testing.T) {
	sw := newSwitch()
	var a *agent.Agent
	var clock atomic.Int64
	s := startAgentWith(t, sw, func(c *agent.Config) {
		c.Changes = sw.Changes()
		c.Now = func() time.Time { return time.Unix(1_800_000_000, clock.Load()) } // no time passes by itself
		c.Dial = func(netip.AddrPort) (io.WriteCloser, error) { return nowhere{}, nil }
	}, func(made *agent.Agent) { a = made })
	a.Interfaces(interfacesOf("team-a"))
	seen := map[int64]bool{}
	var last int64
	change := func() {
		last++
		s.mu.Lock()
		e := tenantOf("team-a")
		e.Generation = last
		s.inputs.Network, s.inputs.FlowExports = network(t, `{}`), []desired.FlowExport{e}
		if len(s.reported.FlowExports) > 0 {
			seen[s.reported.FlowExports[0].Generation] = true
		}
		s.mu.Unlock()
		s.changes <- struct{}{}
	}
	for range 30 {
		change()
	}
	if len(seen) > 12 {
		t.Errorf("%d different reports", len(seen))
	}
	clock.Add(int64(time.Minute))
	change()
	s.awaitEntry(t, func(e v1alpha1.NodeFlowExportEntry) bool { return e.Generation == last })
}

// awaitEntry waits until the first entry about a FlowExport is as expected.
func (s *source) awaitEntry(t *testing.T, says func(v1alpha1.NodeFlowExportEntry) bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	var last []v1alpha1.NodeFlowExportEntry
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-ticker.C {
		s.mu.Lock()
		last = s.reported.FlowExports
		s.mu.Unlock()
		if len(last) > 0 && says(last[0]) {
			return
		}
	}
	t.Fatalf("the report says %+v", last)
}
