package agent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
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

// exporting is a switch that knows whether its IPFIX exporter has sent templates to the sockets that it has.
type exporting struct {
	*fakeovs.Switch
	mu sync.Mutex
	// opened is how often it opened sockets without templates, restarted with which targets the exporter was started again.
	opened    int
	restarted [][]string
	// slow says that it commits what is written, and that ovs-vsctl does not wait long enough. fails makes a restart fail.
	slow, fails bool
	behind      bool
	// closed are targets without a socket, lost those with one that sends from a former address. A restart and Wake open them.
	closed, lost   []string
	wakes, reopens int
}

func newExporting(version string) *exporting {
	return &exporting{Switch: fakeovs.New(ovs.State{Version: version, Bridge: &ovs.Bridge{UUID: "bridge", Name: "br-int"}, Rows: map[ovs.UUID]ovs.Row{}})}
}

func (e *exporting) Write(ctx context.Context, plan ovs.Plan) error {
	err := e.Switch.Write(ctx, plan)
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range plan.Steps {
		if err == nil && s.Format == validation.IPFIX && s.Before != nil && s.After != nil && len(s.Before.Targets) > 0 {
			e.opened++
		}
	}
	if err == nil && e.slow {
		e.behind = true
		return errors.New("ovs-vswitchd does not answer in time")
	}
	return err
}

func (e *exporting) Read(ctx context.Context) (ovs.State, error) {
	state, err := e.Switch.Read(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.behind {
		state.CurrentConfig = 0
	}
	return state, err
}

func (e *exporting) Restart(_ context.Context, _ ovs.Bridge, row ovs.Row) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.restarted = append(e.restarted, row.Exporter.CanonicalTargets())
	e.closed, e.lost = nil, nil
	if e.fails {
		return errors.New("ovs-vswitchd does not answer in time")
	}
	return nil
}

func (e *exporting) Reopen(context.Context, ovs.Bridge, ovs.Row) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reopens++
	e.lost = nil
	return nil
}

func (e *exporting) Wake(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wakes++
	e.closed = nil
	return nil
}

func (e *exporting) Sockets() (ovs.Sockets, error) {
	sockets, err := e.Switch.Sockets()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, target := range e.closed {
		delete(sockets, netip.MustParseAddrPort(target))
	}
	for _, target := range e.lost {
		from := netip.MustParseAddr("192.0.2.11")
		sockets[netip.MustParseAddrPort(target)] = ovs.Seen{Own: true, Locals: []netip.AddrPort{netip.AddrPortFrom(from, 40000)}, Lost: []netip.Addr{from}}
	}
	return sockets, err
}

// await waits until something is true of the switch.
func (e *exporting) await(t *testing.T, what string, is func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-ticker.C {
		e.mu.Lock()
		yes := is()
		e.mu.Unlock()
		if yes {
			return
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	t.Fatalf("%s: opened %d times, restarted with %q", what, e.opened, e.restarted)
}

// sent waits until the exporter has been started again so many times, the last time with these targets other than the
// agent's own, and checks after some reconciliations that it stays so.
func (e *exporting) sent(t *testing.T, s *source, times int, others ...string) {
	t.Helper()
	e.await(t, fmt.Sprintf("templates are not sent %d times", times), func() bool { return len(e.restarted) >= times })
	for range 3 { // the agent has ended with the first when it takes the third
		s.changes <- struct{}{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.restarted) != times {
		t.Fatalf("restarted with %q, not %d times", e.restarted, times)
	}
	if times == 0 {
		return
	}
	last := slices.DeleteFunc(slices.Clone(e.restarted[times-1]), func(target string) bool {
		return netip.MustParseAddrPort(target).Addr().IsLoopback()
	})
	if !slices.Equal(last, others) {
		t.Fatalf("restarted with %q, not with %q", last, others)
	}
}

const one, two = "192.0.2.3:4739", "192.0.2.4:4739"

func ipfixTo(targets ...string) string {
	return fmt.Sprintf(`{"ipfix":{"collectors":[%s]}}`, quoted(targets))
}

func quoted(texts []string) (list string) {
	for i, text := range texts {
		if i > 0 {
			list += ","
		}
		list += fmt.Sprintf("%q", text)
	}
	return list
}

// Kind of fault: Open vSwitch before 3.2 sends no templates to the sockets that it opens for a change, and the agent made it
// send them for one kind of change only. Collectors could read nothing for up to 10 minutes.
func TestEachChangeOfIPFIXSendsTemplatesOnce(t *testing.T) {
	for version, factor := range map[string]int{"3.1.0": 1, "3.2.0": 0} {
		t.Run(version, func(t *testing.T) {
			sw := newExporting(version)
			var a *agent.Agent
			s := startAgentWith(t, sw, func(c *agent.Config) {
				c.Changes = sw.Changes()
				c.Dial = func(netip.AddrPort) (io.WriteCloser, error) { return nowhere{}, nil }
			}, func(made *agent.Agent) { a = made })
			s.set(network(t, ipfixTo(one)))
			targets(t, sw.Switch, 0, one)
			sw.sent(t, s, 0) // it begins
			s.set(network(t, ipfixTo(one, two)))
			targets(t, sw.Switch, 0, one, two)
			sw.sent(t, s, 1*factor, one, two)
			in := desired.Inputs{Network: network(t, ipfixTo(two))}
			s.setAll(in)
			targets(t, sw.Switch, 0, two)
			sw.sent(t, s, 2*factor, two)

			a.Interfaces(interfacesOf("team-a"))
			in.FlowExports = []desired.FlowExport{tenantOf("team-a")}
			s.setAll(in)
			targets(t, sw.Switch, 1, two)
			sw.sent(t, s, 3*factor, two)
			in.Profiles = pausing(v1alpha1.FlowExportProfileSpec{})
			s.setAll(in)
			targets(t, sw.Switch, 0, two)
			sw.sent(t, s, 4*factor, two)
			in.Network = network(t, ipfixTo(one)) // nothing is written
			s.setAll(in)
			sw.sent(t, s, 4*factor, two)
			in.Profiles, in.FlowExports = nil, nil
			s.setAll(in)
			targets(t, sw.Switch, 0, one)
			sw.sent(t, s, 5*factor, one)

			s.mu.Lock()
			s.verify = time.Now().Add(time.Hour).Format(time.RFC3339Nano)
			s.mu.Unlock()
			s.setAll(in)
			targets(t, sw.Switch, 1, one)
			sw.sent(t, s, 6*factor, one)
			s.mu.Lock()
			s.verify = ""
			s.mu.Unlock()
			s.setAll(in)
			targets(t, sw.Switch, 0, one)
			sw.sent(t, s, 7*factor, one)

			s.set(network(t, `{}`))
			targets(t, sw.Switch, 0)
			s.set(network(t, ipfixTo(two)))
			targets(t, sw.Switch, 0, two)
			sw.sent(t, s, 7*factor, one) // it ended, and begins again
		})
	}
}

// The end of the agent changes the targets, too, if it has one of its own.
func TestTheEndOfAnAgentSendsTemplates(t *testing.T) {
	sw := newExporting("3.1.0")
	t.Run("agent", func(t *testing.T) {
		var a *agent.Agent
		s := startAgentWith(t, sw, func(c *agent.Config) {
			c.Changes = sw.Changes()
			c.Dial = func(netip.AddrPort) (io.WriteCloser, error) { return nowhere{}, nil }
		}, func(made *agent.Agent) { a = made })
		a.Interfaces(interfacesOf("team-a"))
		s.setAll(desired.Inputs{Network: network(t, ipfixTo(one)), FlowExports: []desired.FlowExport{tenantOf("team-a")}})
		targets(t, sw.Switch, 1, one)
	})
	targets(t, sw.Switch, 0, one)
	if n := len(sw.restarted); n == 0 || !slices.Equal(sw.restarted[n-1], []string{one}) {
		t.Errorf("restarted with %q", sw.restarted)
	}
}

// ovs-vswitchd may need longer than ovs-vsctl waits. A restart that fails is not tried again: the row is restored, which
// sends templates.
func TestTemplatesAreSentOnceOvsVswitchdHasAppliedTheChange(t *testing.T) {
	sw := newExporting("3.1.0")
	s := startAgentOn(t, sw, func(c *agent.Config) { c.Changes = sw.Changes() })
	s.set(network(t, ipfixTo(one)))
	targets(t, sw.Switch, 0, one)
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "InSync")
	sw.mu.Lock()
	sw.slow, sw.fails = true, true
	sw.mu.Unlock()
	s.set(network(t, ipfixTo(two)))
	targets(t, sw.Switch, 0, two)
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "VSwitchdBehind")
	sw.sent(t, s, 0)
	sw.mu.Lock()
	sw.behind = false
	sw.mu.Unlock()
	s.changes <- struct{}{}
	sw.sent(t, s, 1, two)
}

// Kind of fault: as above, for sockets that are opened again without a change of the row.
func TestSocketsThatAreOpenedAgainGetTemplates(t *testing.T) {
	for name, c := range map[string]struct {
		version         string
		closed, lost    []string
		restart, reopen bool
	}{
		"an address is lost":                             {"3.1.0", nil, []string{one, two}, true, false},
		"one of two has no socket: it opens them both":   {"3.1.0", []string{one}, nil, true, false},
		"neither has one, so that the exporter does not": {"3.1.0", []string{one, two}, nil, false, false},
		"an address is lost, with Open vSwitch 3.2":      {"3.2.0", nil, []string{one, two}, false, true},
		"one of two has no socket, with 3.2":             {"3.2.0", []string{one}, nil, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			sw := newExporting(c.version)
			s := startAgentOn(t, sw, func(conf *agent.Config) { conf.Changes, conf.Poll = sw.Changes(), 20*time.Millisecond })
			s.set(network(t, ipfixTo(one, two)))
			s.await(t, v1alpha1.ConditionExporting, metav1.ConditionTrue, "SocketsOpen")
			sw.mu.Lock()
			sw.closed, sw.lost = c.closed, c.lost
			sw.mu.Unlock()
			sw.await(t, "nothing is opened", func() bool { return sw.wakes > 0 })
			s.await(t, v1alpha1.ConditionExporting, metav1.ConditionTrue, "SocketsOpen")
			times := 0
			if c.restart {
				times = 1
			}
			sw.sent(t, s, times, one, two)
			if sw.mu.Lock(); (sw.reopens > 0) != c.reopen {
				t.Errorf("reopened %d times", sw.reopens)
			}
			sw.mu.Unlock()
		})
	}
}

// Kind of fault: a restart that was interrupted was restored only where the agent may apply lists.
func TestAnInterruptedRestartIsFinishedOnAPausedNode(t *testing.T) {
	for name, c := range map[string]struct {
		list     string
		mode     v1alpha1.Mode
		restored bool
	}{
		"as applied last":     {ipfixTo(one), v1alpha1.ModeEnforce, true},
		"with another list":   {ipfixTo(two), v1alpha1.ModeEnforce, false},
		"in the mode observe": {ipfixTo(one), v1alpha1.ModeObserve, false},
	} {
		t.Run(name, func(t *testing.T) {
			sw := newExporting("3.1.0")
			first := startAgentOn(t, sw, func(c *agent.Config) { c.Changes = sw.Changes() })
			first.set(network(t, ipfixTo(one)))
			targets(t, sw.Switch, 0, one)
			first.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "InSync")
			begun := interrupt(t, sw)
			next := startAgentOn(t, begun, func(conf *agent.Config) { conf.Changes, conf.Mode = begun.Changes(), c.mode })
			for range 3 { // the agent has ended with the first when it takes the third
				next.setAll(desired.Inputs{Network: network(t, c.list), Profiles: pausing(v1alpha1.FlowExportProfileSpec{})})
			}
			state, err := begun.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			row, _ := state.Export(validation.IPFIX)
			if got := len(row.Exporter.Targets) > 0; got != c.restored {
				t.Fatalf("the row has the targets %q", row.Exporter.Targets)
			}
			if c.restored && (row.Exporter.Targets[0] != one || state.Bridge.LastApplied[validation.IPFIX].Interim != "") {
				t.Errorf("restored: %+v, %s", row, state.Bridge.LastApplied)
			}
			if len(begun.restarted) > 0 {
				t.Errorf("restarted with %q", begun.restarted)
			}
		})
	}
}

// interrupt is a copy of a switch, of which the IPFIX exporter is as in the middle of a restart.
func interrupt(t *testing.T, sw *exporting) *exporting {
	t.Helper()
	state, err := sw.Switch.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	row, exists := state.Export(validation.IPFIX)
	if !exists {
		t.Fatal("no row")
	}
	row.Exporter.Targets = nil
	bridge := *state.Bridge
	bridge.LastApplied[validation.IPFIX].Interim = row.Exporter.Hash()
	rows := map[ovs.UUID]ovs.Row{row.UUID: row}
	return &exporting{Switch: fakeovs.New(ovs.State{Version: state.Version, Bridge: &bridge, Rows: rows})}
}
