package desired_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/validation"
)

func network(t *testing.T, flows string) *desired.Network {
	t.Helper()
	value, err := validation.ParseJSON([]byte(flows))
	if err != nil {
		t.Fatal(err)
	}
	return &desired.Network{Generation: 3, Object: validation.Object{Name: "cluster", ExportNetworkFlows: value}}
}

const threeFormats = `{"netFlow":{"collectors":["192.0.2.1:2055"]},"sFlow":{"collectors":["192.0.2.2:6343"]},"ipfix":{"collectors":["192.0.2.3:4739","[2001:db8::1]:4739"]}}`

func TestTheStateIsWhatOVNKubernetesWouldSet(t *testing.T) {
	got := desired.New(desired.Inputs{Network: network(t, threeFormats)})
	exporters := [3]*ovs.Exporter{
		{Format: validation.NetFlow, Targets: []string{"192.0.2.1:2055"}, Settings: ovs.Settings{ovs.ActiveTimeout: "60"}},
		{Format: validation.SFlow, Targets: []string{"192.0.2.2:6343"}, Settings: ovs.Settings{ovs.Agent: "ovn-k8s-mp0"}},
		{Format: validation.IPFIX, Targets: []string{"192.0.2.3:4739", "[2001:db8::1]:4739"}, Settings: ovs.Settings{ovs.CacheActiveTimeout: "60", ovs.Sampling: "400"}},
	}
	want := desired.State{Generation: 3, Observed: &v1alpha1.ObservedInputs{}, Exporters: exporters, Cluster: exporters, Tenants: new(exporters[validation.IPFIX].Without())}
	want.Tenants.Targets = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

// OVN-Kubernetes sets an address that it can parse, even one that Sluice rejects. The row that
// it makes is the cluster's own all the same, so that a profile can switch it off.
func TestTheClustersOwnRowHasWhatSluiceSkips(t *testing.T) {
	off := false
	got := desired.New(desired.Inputs{
		Network:  network(t, `{"netFlow":{"collectors":["192.0.2.1:2055","240.0.0.1:2055","10.0.0.01:2055"]},"ipfix":{"collectors":["240.0.0.1:4739"]}}`),
		Profiles: []v1alpha1.FlowExportProfile{{Spec: v1alpha1.FlowExportProfileSpec{Export: &off}}},
	})
	for f, want := range map[validation.Format][]string{validation.NetFlow: {"192.0.2.1:2055", "240.0.0.1:2055"}, validation.IPFIX: {"240.0.0.1:4739"}} {
		if got.Exporters[f] != nil || got.Cluster[f] == nil {
			t.Fatalf("%s: exporter %v, cluster's own %v", f, got.Exporters[f], got.Cluster[f])
		}
		if diff := cmp.Diff(want, got.Cluster[f].Targets); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f, diff)
		}
		row := &ovs.Row{UUID: "a", Exporter: *got.Cluster[f]}
		if drift := ovs.Classify(nil, row, ovs.Evidence{Cluster: got.Cluster[f]}); !drift.Removable() {
			t.Errorf("%s: the row is %s and stays", f, drift.Class)
		}
	}
}

func TestStates(t *testing.T) {
	ipfix := func(config map[string]string, spec v1alpha1.FlowExportProfileSpec) desired.Inputs {
		return desired.Inputs{
			Network: network(t, `{"ipfix":{"collectors":["192.0.2.3:4739"]}}`), FlowsConfig: config,
			Profiles: []v1alpha1.FlowExportProfile{{Spec: spec}},
			Node:     desired.Node{Name: "worker-1", Address: netip.MustParseAddr("198.51.100.7")},
		}
	}
	none := v1alpha1.FlowExportProfileSpec{}
	for name, c := range map[string]struct {
		in desired.Inputs
		// want is the IPFIX record in one line; empty for none.
		want    string
		leftOut string
	}{
		"no network":              {desired.Inputs{}, "", ""},
		"the ConfigMap's target":  {ipfix(map[string]string{"sharedTarget": "192.0.2.9:2055"}, none), `targets=["192.0.2.3:4739","192.0.2.9:2055"] sampling=400 cache_active_timeout=60`, ""},
		"the same target twice":   {ipfix(map[string]string{"sharedTarget": "192.0.2.3:4739"}, none), `targets=["192.0.2.3:4739"] sampling=400 cache_active_timeout=60`, ""},
		"the node's own port":     {ipfix(map[string]string{"nodePort": "2055"}, none), `targets=["192.0.2.3:4739","198.51.100.7:2055"] sampling=400 cache_active_timeout=60`, ""},
		"a malformed target":      {ipfix(map[string]string{"sharedTarget": "collector:2055"}, none), `targets=["192.0.2.3:4739"] sampling=400 cache_active_timeout=60`, "host name"},
		"the ConfigMap's cache":   {ipfix(map[string]string{"nodePort": "1", "cacheActiveTimeout": "3200ms", "cacheMaxFlows": "9", "sampling": "7"}, none), `targets=["192.0.2.3:4739","198.51.100.7:1"] sampling=7 cache_active_timeout=3 cache_max_flows=9`, ""},
		"zeros mean the default":  {ipfix(map[string]string{"nodePort": "1", "cacheActiveTimeout": "0s", "cacheMaxFlows": "0", "sampling": "0"}, none), `targets=["192.0.2.3:4739","198.51.100.7:1"] sampling=400 cache_active_timeout=60`, ""},
		"too long for OVS":        {ipfix(map[string]string{"nodePort": "1", "cacheActiveTimeout": "2h"}, none), `targets=["192.0.2.3:4739","198.51.100.7:1"] sampling=400 cache_active_timeout=60`, "4200"},
		"no target, no ConfigMap": {ipfix(map[string]string{"sampling": "7"}, none), `targets=["192.0.2.3:4739"] sampling=400 cache_active_timeout=60`, ""},
		"an empty target":         {ipfix(map[string]string{"sharedTarget": "", "sampling": "100", "cacheMaxFlows": "7", "cacheActiveTimeout": "5s"}, none), `targets=["192.0.2.3:4739"] sampling=400 cache_active_timeout=60`, ""},
		"an empty target, a port": {ipfix(map[string]string{"sharedTarget": "", "nodePort": "2055", "sampling": "100"}, none), `targets=["192.0.2.3:4739"] sampling=400 cache_active_timeout=60`, ""},
		"the profile wins":        {ipfix(map[string]string{"nodePort": "1", "sampling": "7"}, v1alpha1.FlowExportProfileSpec{IPFIX: &v1alpha1.IPFIXParameters{Sampling: new(int64(50))}}), `targets=["192.0.2.3:4739","198.51.100.7:1"] sampling=50 cache_active_timeout=60`, ""},
		"statistics, too":         {ipfix(nil, v1alpha1.FlowExportProfileSpec{IPFIX: &v1alpha1.IPFIXParameters{StatsInterval: new(int32(30))}}), `targets=["192.0.2.3:4739"] sampling=400 cache_active_timeout=60 stats_interval=30`, ""},
		"a domain per node":       {ipfix(nil, v1alpha1.FlowExportProfileSpec{IPFIX: &v1alpha1.IPFIXParameters{ObservationDomain: "PerNode"}}), `targets=["192.0.2.3:4739"] sampling=400 cache_active_timeout=60 obs_domain_id=1945711149`, ""},
		"switched off":            {ipfix(nil, v1alpha1.FlowExportProfileSpec{Export: new(false)}), "", ""},
		"switched on":             {ipfix(nil, v1alpha1.FlowExportProfileSpec{Export: new(true)}), `targets=["192.0.2.3:4739"] sampling=400 cache_active_timeout=60`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			state := desired.New(c.in)
			got := ""
			if r := state.Exporters[validation.IPFIX]; r != nil {
				got = r.String()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if left := strings.Join(state.Skipped, "; "); (left == "") != (c.leftOut == "") || !strings.Contains(left, c.leftOut) {
				t.Errorf("left out: %q, want %q", left, c.leftOut)
			}
		})
	}
}

func TestTheHighestProfileThatSelectsTheNodeCounts(t *testing.T) {
	profile := func(name string, priority int32, labels map[string]string) v1alpha1.FlowExportProfile {
		return v1alpha1.FlowExportProfile{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec:       v1alpha1.FlowExportProfileSpec{Priority: priority, NodeSelector: metav1.LabelSelector{MatchLabels: labels}},
		}
	}
	profiles := []v1alpha1.FlowExportProfile{
		profile("z-all", 0, nil), profile("b-edge", 5, map[string]string{"tier": "edge"}),
		profile("a-edge", 5, map[string]string{"tier": "edge"}), profile("core", 9, map[string]string{"tier": "core"}),
	}
	for label, want := range map[string]string{"edge": "a-edge", "core": "core", "other": "z-all"} {
		in := desired.Inputs{Network: network(t, threeFormats), Profiles: profiles, Node: desired.Node{Labels: map[string]string{"tier": label}}}
		if got := desired.New(in).Profile; got != want {
			t.Errorf("tier %s: %s, want %s", label, got, want)
		}
	}
}

func TestMalformedEntriesAreNeverPassedOn(t *testing.T) {
	state := desired.New(desired.Inputs{Network: network(t, `{"netFlow":{"collectors":["10.0.0.01:2055","192.0.2.1:2055","192.0.2.1"]}}`)})
	if diff := cmp.Diff([]string{"192.0.2.1:2055"}, state.Exporters[validation.NetFlow].Targets); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	if len(state.Skipped) != 2 {
		t.Errorf("left out: %v", state.Skipped)
	}
}

func TestDropsUseTheIPFIXCollectorsButSampleEverything(t *testing.T) {
	in := desired.Inputs{Network: network(t, threeFormats), Profiles: []v1alpha1.FlowExportProfile{{Spec: v1alpha1.FlowExportProfileSpec{
		IPFIX: &v1alpha1.IPFIXParameters{Sampling: new(int64(1000)), CacheMaxFlows: new(int64(8))},
		Drops: &v1alpha1.DropParameters{CollectorSet: 9, Domain: 2},
	}}}}
	got := desired.New(in).Drops
	want := &ovs.Drops{CollectorSet: 9, Domain: 2, Exporter: ovs.Exporter{
		Format: validation.IPFIX, Targets: []string{"192.0.2.3:4739", "[2001:db8::1]:4739"},
		Settings: ovs.Settings{ovs.CacheActiveTimeout: "60", ovs.CacheMaxFlows: "8"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("drops (-want +got):\n%s", diff)
	}
}

// What OVN-Kubernetes writes by itself is known whatever a profile says, so that its rows
// are recognized.
func TestTheClustersOwnRecordsHaveNothingOfTheProfile(t *testing.T) {
	in := desired.Inputs{
		Network: network(t, threeFormats), FlowsConfig: map[string]string{"sharedTarget": "192.0.2.9:2055", "sampling": "7"},
		Profiles: []v1alpha1.FlowExportProfile{{Spec: v1alpha1.FlowExportProfileSpec{
			Export: new(false), NetFlow: &v1alpha1.NetFlowParameters{ActiveTimeout: new(int32(5))}, IPFIX: &v1alpha1.IPFIXParameters{Sampling: new(int64(9))},
		}}},
	}
	got := desired.New(in)
	if got.Exporters != [3]*ovs.Exporter{} {
		t.Errorf("export is off, but wanted is %v", got.Exporters)
	}
	in.Profiles = nil
	if diff := cmp.Diff(desired.New(in).Exporters, got.Cluster); diff != "" {
		t.Errorf("the cluster's own (-without the profile +with it):\n%s", diff)
	}
}

// The Cluster Network Operator applies nothing while it is Unmanaged, or for another network type. At Removed it goes on.
func TestNothingIsDesiredWhereTheOperatorAppliesNothing(t *testing.T) {
	text := func(s string) validation.Value { return validation.Value{Kind: validation.String, Text: s} }
	for name, c := range map[string]struct {
		state, network string
		handsOff       string // part of it; empty for none
	}{
		"neither":              {"", "", ""},
		"Managed":              {"Managed", "OVNKubernetes", ""},
		"Removed":              {"Removed", "OVNKubernetes", ""},
		"Force":                {"Force", "OVNKubernetes", ""},
		"Unmanaged":            {"Unmanaged", "OVNKubernetes", "Unmanaged"},
		"another case":         {"Managed", "ovnkubernetes", ""},
		"another network type": {"Managed", "OpenShiftSDN", "OpenShiftSDN"},
		"both":                 {"Unmanaged", "Calico", "Unmanaged"},
	} {
		n := network(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`)
		n.Object.ManagementState, n.Object.NetworkType = text(c.state), text(c.network)
		s := desired.New(desired.Inputs{Network: n})
		if (s.HandsOff == "") != (c.handsOff == "") || !strings.Contains(s.HandsOff, c.handsOff) || s.Unknown != "" {
			t.Errorf("%s: %q (%s)", name, s.HandsOff, s.Unknown)
		}
	}
}

// What is unknown is not nothing.
func TestWithoutItsInputsTheStateIsUnknown(t *testing.T) {
	n := network(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`)
	for reason, in := range map[string]desired.Inputs{
		v1alpha1.ReasonNetworkMissing: {ProfilesUnknown: "they are gone"},
		v1alpha1.ReasonNodeMissing:    {Network: n, NodeMissing: true},
		v1alpha1.ReasonNotSynced:      {Network: n, ProfilesUnknown: "they are gone", NodeMissing: true},
	} {
		in.LastProfile = "private"
		if s := desired.New(in); s.Unknown != reason || s.HandsOff == "" || s.Observed != nil || s.Profile != "private" || s.Exporters != [3]*ovs.Exporter{} || s.Tenants != nil {
			t.Errorf("%s: %+v", reason, s)
		}
	}
}
