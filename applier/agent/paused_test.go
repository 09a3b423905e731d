package agent_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
)

// mute is a switch that may not answer.
type mute struct {
	*fakeovs.Switch
	cause atomic.Value
}

func (m *mute) Answers(context.Context, time.Duration) error {
	if cause, _ := m.cause.Load().(ovs.DaemonCause); cause != "" {
		return &ovs.DaemonError{Cause: cause, Err: errors.New("no answer")}
	}
	return nil
}

// metricsAre waits until metrics have these values.
func metricsAre(t *testing.T, registry *prometheus.Registry, want map[string][]float64) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	got := map[string][]float64{}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-ticker.C {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		clear(got)
		for _, f := range families {
			for _, m := range f.GetMetric() {
				got[f.GetName()] = append(got[f.GetName()], m.GetGauge().GetValue())
			}
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(name string) bool { return !slices.Equal(got[name], want[name]) }) {
			return
		}
	}
	t.Fatalf("the metrics are %v, not %v", got, want)
}

// pausing is a profile that pauses the agent.
func pausing(spec v1alpha1.FlowExportProfileSpec) []v1alpha1.FlowExportProfile {
	spec.Mode = v1alpha1.ProfileModeObserve
	return []v1alpha1.FlowExportProfile{{ObjectMeta: metav1.ObjectMeta{Name: "pause"}, Spec: spec}}
}

// awaitReport waits for a report.
func (s *source) awaitReport(t *testing.T, what string, is func(v1alpha1.NodeFlowExportStatus) bool) v1alpha1.NodeFlowExportStatus {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	var last v1alpha1.NodeFlowExportStatus
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-ticker.C {
		s.mu.Lock()
		last = s.reported
		s.mu.Unlock()
		if is(last) {
			return last
		}
	}
	t.Fatalf("%s: the last report is %+v", what, last)
	return last
}

// Kind of fault: a pause, which explains a difference, hid what it does not explain.
func TestAPauseHidesNoOvsVswitchdThatDoesNotAnswer(t *testing.T) {
	for cause, want := range map[ovs.DaemonCause]struct {
		reason    string
		exporting metav1.ConditionStatus
		state     v1alpha1.CollectorState
		open      []float64
	}{
		ovs.DaemonDown:  {v1alpha1.ReasonVSwitchdDown, metav1.ConditionFalse, v1alpha1.CollectorNotOpen, []float64{0}},
		ovs.DaemonHangs: {v1alpha1.ReasonVSwitchdHangs, metav1.ConditionUnknown, v1alpha1.CollectorUnknown, nil},
	} {
		t.Run(string(cause), func(t *testing.T) {
			sw := &mute{Switch: newSwitch()}
			registry := prometheus.NewRegistry()
			s := startAgentOn(t, sw, func(c *agent.Config) { c.Changes, c.Poll, c.Registry = sw.Changes(), 20*time.Millisecond, registry })
			s.set(network(t, netFlow(first)))
			s.await(t, v1alpha1.ConditionExporting, metav1.ConditionTrue, "SocketsOpen")
			both := network(t, `{"netFlow":{"collectors":["`+first+`","`+second+`"]}}`)
			s.setAll(desired.Inputs{Network: both, Profiles: pausing(v1alpha1.FlowExportProfileSpec{})})
			s.await(t, v1alpha1.ConditionExporting, metav1.ConditionFalse, "NotApplied")
			s.awaitReport(t, "a pause alone", func(r v1alpha1.NodeFlowExportStatus) bool { return r.OnlyPaused() })
			metricsAre(t, registry, map[string][]float64{"sluice_agent_paused": {1}, "sluice_agent_collector_open": {1}})
			sw.cause.Store(cause)
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, want.reason)
			s.await(t, v1alpha1.ConditionExporting, want.exporting, want.reason)
			metricsAre(t, registry, map[string][]float64{"sluice_agent_paused": {0}, "sluice_agent_collector_open": want.open})
			report := s.awaitReport(t, "not only a pause", func(r v1alpha1.NodeFlowExportStatus) bool { return !r.OnlyPaused() })
			for _, f := range report.Formats {
				for _, c := range f.Collectors {
					if c.State != want.state || !strings.HasPrefix(c.Reason, "ovs-vswitchd is ") {
						t.Errorf("%s %s is %s: %s", f.Format, c.Target, c.State, c.Reason)
					}
				}
			}
			sw.cause.Store(ovs.DaemonCause(""))
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "ObserveOnly")
		})
	}
}

// Kind of fault: what still leaves the node in spite of the pause was covered by it.
func TestAPauseHidesNoCollectorThatWasRemoved(t *testing.T) {
	s, _ := startAgent(t)
	s.set(network(t, `{"netFlow":{"collectors":["`+first+`","`+second+`"]}}`))
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "InSync")
	s.setAll(desired.Inputs{Network: network(t, netFlow(first)), Profiles: pausing(v1alpha1.FlowExportProfileSpec{})})
	c := s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "ObserveOnly")
	if !strings.HasSuffix(c.Message, "; the node sends to collectors that are not desired: "+second) {
		t.Error(c.Message)
	}
	s.awaitReport(t, "not only a pause", func(r v1alpha1.NodeFlowExportStatus) bool { return !r.OnlyPaused() })
}

// The same of dropped packets: without drops in the profile, and to a collector that was removed since.
func TestDroppedPacketsThatAreStillExportedAreReported(t *testing.T) {
	const others = `{"ipfix":{"collectors":["192.0.2.4:4739"]}}`
	for name, in := range map[string]desired.Inputs{
		"drops removed":     {Network: network(t, dropsList), Profiles: pausing(v1alpha1.FlowExportProfileSpec{})},
		"collector removed": {Network: network(t, others), Profiles: pausing(v1alpha1.FlowExportProfileSpec{Drops: &v1alpha1.DropParameters{CollectorSet: 99, Domain: 7}})},
	} {
		t.Run(name, func(t *testing.T) {
			s, n := exportsDrops(t, func(*agent.Config) {})
			s.setAll(in)
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "ObserveOnly")
			if plain := (ovs.Desired{LeaveDrops: true, Export: wantsOf(in)}); name == "collector removed" {
				if err := n.Tamper(plain, true); err != nil { // as ovnkube-node does, which starts with the new lists
					t.Fatal(err)
				}
			}
			report := s.awaitReport(t, "only drops differ", func(r v1alpha1.NodeFlowExportStatus) bool {
				return r.Drops != nil && r.Formats[2].Class == v1alpha1.DriftInSync
			})
			const text = "dropped packets are still exported, to 192.0.2.3:4739"
			if d := *report.Drops; d != (v1alpha1.DropsStatus{State: v1alpha1.DropsUnwanted, CollectorSet: 99, Message: text}) || report.OnlyPaused() {
				t.Errorf("drops: %+v, only paused: %t", d, report.OnlyPaused())
			}
			if c := s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, "ObserveOnly"); !strings.HasSuffix(c.Message, "; "+text) {
				t.Error(c.Message)
			}
			in.Profiles[0].Spec.Mode = v1alpha1.ProfileModeEnforce
			s.setAll(in)
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "InSync")
			s.awaitReport(t, "as desired", func(r v1alpha1.NodeFlowExportStatus) bool {
				return r.Drops == nil || r.Drops.State == v1alpha1.DropsSampling
			})
		})
	}
}

// Kind of fault: what can't be read was only in the status of the drops, which no one waits for or is warned of.
func TestAPauseHidesNoUnknownDrops(t *testing.T) {
	const unknown = "it is unknown whether OVN samples dropped packets: "
	drops := v1alpha1.FlowExportProfileSpec{Drops: &v1alpha1.DropParameters{CollectorSet: 99, Domain: 7}}
	for name, c := range map[string]struct {
		cause  ovs.DaemonCause
		list   string
		status metav1.ConditionStatus
		reason string
	}{
		"as desired":                          {"", dropsList, metav1.ConditionUnknown, v1alpha1.ReasonDropsUnknown},
		"a difference":                        {"", `{"netFlow":{"collectors":["192.0.2.3:2055"]},"ipfix":{"collectors":["192.0.2.3:4739"]}}`, metav1.ConditionFalse, v1alpha1.ReasonObserveOnly},
		"as desired, ovs-vswitchd hangs":      {ovs.DaemonHangs, dropsList, metav1.ConditionUnknown, v1alpha1.ReasonVSwitchdHangs},
		"as desired, ovs-vswitchd is stopped": {ovs.DaemonDown, dropsList, metav1.ConditionFalse, v1alpha1.ReasonVSwitchdDown},
	} {
		t.Run(name, func(t *testing.T) {
			sw := &mute{Switch: newSwitch()}
			n := &withOVN{Switch: sw.Switch}
			s := startAgentOn(t, n, func(config *agent.Config) {
				config.Changes, config.HasNorthbound, config.Vswitchd = n.Changes(), true, sw
			})
			s.setAll(desired.Inputs{Network: network(t, dropsList), Profiles: []v1alpha1.FlowExportProfile{{ObjectMeta: metav1.ObjectMeta{Name: "drops"}, Spec: drops}}})
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "InSync")
			if c.cause != "" {
				sw.cause.Store(c.cause)
			}
			n.setAway(true)
			s.setAll(desired.Inputs{Network: network(t, c.list), Profiles: pausing(drops)})
			s.awaitReport(t, "unknown", func(r v1alpha1.NodeFlowExportStatus) bool {
				return r.Drops != nil && r.Drops.State == v1alpha1.DropsUnknown
			})
			if got := s.await(t, v1alpha1.ConditionApplied, c.status, c.reason); !strings.Contains(got.Message, unknown) {
				t.Error(got.Message)
			}
		})
	}
}

// wantsOf is what a cluster wants, without drops.
func wantsOf(in desired.Inputs) (wants [3]ovs.Want) {
	for f, e := range desired.New(in).Exporters {
		wants[f].Exporter = e
	}
	return wants
}
