package ovs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/ovs"
	"sluice/validation"
)

func TestRecordsAreEqualIfTheyMakeOpenVSwitchDoTheSame(t *testing.T) {
	const to = "192.0.2.1:2055"
	for _, c := range []struct {
		name string
		a, b ovs.Exporter
		want bool
	}{
		{"the same", usualIPFIX, usualIPFIX.Without(), true},
		{"another order, and one twice", netFlow("60", to, "192.0.2.2:1"), netFlow("60", "192.0.2.2:1", to, to), true},
		{"another spelling", netFlow("60", "[2001:db8::1]:1"), netFlow("60", "[2001:DB8:0:0::1]:01"), true},
		{"a target less", netFlow("60", to, "192.0.2.2:1"), netFlow("60", to), false},
		{"no targets", netFlow("60", to), netFlow("60"), false},
		{"an empty target", ipfix(nil, ""), ipfix(nil), false},
		{"another format", ovs.Exporter{Format: validation.SFlow, Targets: []string{to}}, ovs.Exporter{Format: validation.IPFIX, Targets: []string{to}}, false},
		{"a line break in a target", ipfix(nil, "a\nb"), ipfix(nil, "a", "b"), false},
		{"a line break in the agent", sFlow(ovs.Settings{ovs.Agent: "a\nsampling=400"}, to), sFlow(ovs.Settings{ovs.Agent: "a"}, to), false},
		{"a target that looks like a column", ipfix(nil, "sampling=1"), ipfix(ovs.Settings{ovs.Sampling: "1"}), false},
		{"a backslash in a target", ipfix(nil, "a\nb"), ipfix(nil, `a\nb`), false},
		{"the number's spelling", ipfix(ovs.Settings{ovs.Sampling: "0100"}, to), ipfix(ovs.Settings{ovs.Sampling: "100"}, to), true},
		{"the agent's spelling", sFlow(ovs.Settings{ovs.Agent: "0100"}, to), sFlow(ovs.Settings{ovs.Agent: "100"}, to), false},
		{"NetFlow's timeout of 0", netFlow("0", to), netFlow("600", to), true},
		{"NetFlow's timeout of -1", netFlow("-1", to), netFlow("600", to), true},
		{"NetFlow's timeout that is not set", netFlow("", to), netFlow("600", to), true},
		{"NetFlow's timeout of 1", netFlow("1", to), netFlow("600", to), false},
		{"a column of another format", ipfix(ovs.Settings{ovs.Header: "1"}, to), ipfix(nil, to), true},
		{"IPFIX's cache of 0", ipfix(ovs.Settings{ovs.CacheActiveTimeout: "0", ovs.CacheMaxFlows: "0", ovs.ObservationDomain: "0"}, to), ipfix(nil, to), true},
		{"IPFIX's sampling", ipfix(ovs.Settings{ovs.Sampling: "400"}, to), ipfix(nil, to), true},
		{"IPFIX's other sampling", ipfix(ovs.Settings{ovs.Sampling: "401"}, to), ipfix(nil, to), false},
		{"IPFIX's templates", ipfix(ovs.Settings{ovs.TemplateInterval: "600"}, to), ipfix(nil, to), true},
		{"sFlow's defaults", sFlow(ovs.Settings{ovs.Sampling: "400", ovs.Polling: "30", ovs.Header: "128", ovs.Agent: ""}, to), sFlow(nil, to), true},
		{"sFlow's sampling of 0, which is off", sFlow(ovs.Settings{ovs.Sampling: "0"}, to), sFlow(nil, to), false},
		{"sFlow's polling of 0, which is off", sFlow(ovs.Settings{ovs.Polling: "0"}, to), sFlow(nil, to), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.a.Equal(c.b); got != c.want {
				t.Errorf("equal: %t, want %t", got, c.want)
			}
			if got := c.a.Hash() == c.b.Hash(); got != c.want {
				t.Errorf("the hashes are equal: %t, want %t", got, c.want)
			}
		})
	}
}

// Notes with hashes stand on nodes: another hash would make Sluice's rows somebody else's.
func TestHashesStayAsTheyAre(t *testing.T) {
	got := []string{usualNetFlow.Hash(), usualSFlow.Hash(), usualIPFIX.Hash()}
	if diff := cmp.Diff([]string{"7edcb8a832ba", "890341c6f65a", "0e26e357d2ca"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecordsAreOneLine(t *testing.T) {
	for want, r := range map[string]ovs.Exporter{
		`targets=["192.0.2.1:2055"] active_timeout=60`: usualNetFlow,
		`targets=["a","b\n"] agent="x & y" sampling=1`: sFlow(ovs.Settings{ovs.Sampling: "1", ovs.Agent: "x & y"}, "b\n", "a", "a"),
		`targets=[]`: ipfix(ovs.Settings{ovs.Sampling: ""}),
		`targets=["192.0.2.1:2055"] cache_max_flows=0 obs_domain_id=77`: ipfix(ovs.Settings{ovs.ObservationDomain: "77", ovs.CacheMaxFlows: "0"}, "192.0.2.1:02055"),
	} {
		if got := r.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestWithoutLeavesTheOriginal(t *testing.T) {
	r := ipfix(ovs.Settings{ovs.Sampling: "1", ovs.CacheMaxFlows: "2"}, "192.0.2.1:1")
	if got := r.Without(ovs.Sampling, ovs.Header).Settings; !cmp.Equal(got, ovs.Settings{ovs.CacheMaxFlows: "2"}) || len(r.Settings) != 2 {
		t.Errorf("got %v of %v", got, r.Settings)
	}
}

func TestNotesAreRead(t *testing.T) {
	for _, c := range []struct {
		text, written string
		want          ovs.LastApplied
	}{
		{"", "", ovs.LastApplied{}},
		{"ipfix=c netFlow=-a sFlow=b", "netFlow=-a sFlow=b ipfix=c", ovs.LastApplied{{Hash: "a", Off: true}, {Hash: "b"}, {Hash: "c"}}},
		{"netFlow= sFlow=- ipfix", "", ovs.LastApplied{}},
		{"ipfix.cluster=a,b ipfix=-b", "ipfix=-b ipfix.cluster=a,b", ovs.LastApplied{validation.IPFIX: {Hash: "b", Off: true, Cluster: [8]string{"a", "b"}}}},
		{"sFlow.cluster=,a,,b,1,2,3,4,5,6,7", "sFlow.cluster=a,b,1,2,3,4,5,6", ovs.LastApplied{validation.SFlow: {Cluster: [8]string{"a", "b", "1", "2", "3", "4", "5", "6"}}}},
		{"netFlow.repairs=0123456789ab:17,18*4 netFlow=a", "netFlow=a netFlow.repairs=0123456789ab:17,18*4", ovs.LastApplied{{Hash: "a", Repairs: ovs.Repairs{Desired: "0123456789ab"}.With(ovs.Repair{At: 17, Weight: 1}).With(ovs.Repair{At: 18, Weight: 4})}}},
		{"netFlow.repairs=-:17", "netFlow.repairs=-:17", ovs.LastApplied{{Repairs: ovs.Repairs{}.With(ovs.Repair{At: 17, Weight: 1})}}},
		{"netFlow.repairs=-:-17 sFlow.repairs=-:1* ipfix.repairs=-:1,,2", "", ovs.LastApplied{}},
		{"netFlow.repairs=-:1*0 sFlow.repairs=-:1*100 ipfix.repairs=-:99999999999999999999", "", ovs.LastApplied{}},
		{"netFlow.repairs=0123:1 sFlow.repairs=0123456789AB:1 ipfix.repairs=-", "", ovs.LastApplied{}},
		{"netFlow.repairs=-:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "", ovs.LastApplied{}},
		{"what is this=1 NetFlow=2 ipfix=3=4\n", "ipfix=3=4", ovs.LastApplied{validation.IPFIX: {Hash: "3=4"}}},
	} {
		t.Run(c.text, func(t *testing.T) {
			got := ovs.ParseLastApplied(c.text)
			if got != c.want || got.String() != c.written {
				t.Errorf("got %+v, written %q; want %+v, %q", got, got.String(), c.want, c.written)
			}
		})
	}
}

func TestRowsAreClassified(t *testing.T) {
	wanted, before, foreign := netFlow("60", "192.0.2.1:1"), netFlow("60", "192.0.2.2:1"), netFlow("60", "203.0.113.1:9")
	on, off := ovs.AppliedFormat{Hash: before.Hash()}, ovs.AppliedFormat{Hash: before.Hash(), Off: true}
	there := func(r ovs.Exporter) *ovs.Row { return &ovs.Row{UUID: netFlow1, Exporter: r} }
	for _, c := range []struct {
		name  string
		want  *ovs.Exporter
		row   *ovs.Row
		note  ovs.AppliedFormat
		known ovs.UUID
		class ovs.Drift
		// cluster is what OVN-Kubernetes makes of the lists.
		cluster *ovs.Exporter
	}{
		{"nothing wanted, nothing there", nil, nil, on, netFlow1, ovs.Drift{Class: ovs.InSync}, nil},
		{"wanted for the first time", &wanted, nil, ovs.AppliedFormat{}, "", ovs.Drift{Class: ovs.Missing, Pending: true}, nil},
		{"wanted again", &wanted, nil, off, "", ovs.Drift{Class: ovs.Missing, Pending: true}, nil},
		{"somebody removed it", &wanted, nil, on, netFlow1, ovs.Drift{Class: ovs.Missing}, nil},
		{"as wanted, whoever made it", &wanted, there(wanted), ovs.AppliedFormat{}, "", ovs.Drift{Class: ovs.InSync}, nil},
		{"something else is wanted now", &wanted, there(before), on, "", ovs.Drift{Class: ovs.Drifted, Pending: true}, nil},
		{"the old came back after it was off", &wanted, there(before), off, "", ovs.Drift{Class: ovs.Drifted}, nil},
		{"somebody changed the row", &wanted, there(foreign), on, netFlow1, ovs.Drift{Class: ovs.Drifted}, nil},
		{"somebody else's row", &wanted, there(foreign), on, netFlow2, ovs.Drift{Class: ovs.Foreign}, nil},
		{"somebody else's row, never wanted", nil, there(foreign), ovs.AppliedFormat{}, "", ovs.Drift{Class: ovs.Foreign}, nil},
		{"not wanted any more", nil, there(before), on, "", ovs.Drift{Class: ovs.Extra, Pending: true}, nil},
		{"brought back after it was off", nil, there(before), off, "", ovs.Drift{Class: ovs.Extra}, nil},
		{"changed, and not wanted any more", nil, there(foreign), on, netFlow1, ovs.Drift{Class: ovs.Extra, Pending: true}, nil},
		{"a row without a name, never wanted", nil, &ovs.Row{Exporter: foreign}, ovs.AppliedFormat{}, "", ovs.Drift{Class: ovs.Foreign}, nil},
		{"the cluster's own row, switched off from the start", nil, there(before), ovs.AppliedFormat{}, "", ovs.Drift{Class: ovs.Extra, Pending: true}, &before},
		{"the cluster's own row of earlier", nil, there(before), ovs.AppliedFormat{Cluster: [8]string{wanted.Hash(), before.Hash()}}, "", ovs.Drift{Class: ovs.Extra, Pending: true}, &wanted},
		{"the cluster's own row, brought back", nil, there(wanted), off, "", ovs.Drift{Class: ovs.Extra}, &wanted},
		{"the cluster's own row, before a profile applied", &wanted, there(before), ovs.AppliedFormat{}, "", ovs.Drift{Class: ovs.Drifted, Pending: true}, &before},
		{"the cluster's own row, where a profile applied", &wanted, there(before), ovs.AppliedFormat{Hash: wanted.Hash()}, "", ovs.Drift{Class: ovs.Drifted}, &before},
		{"neither the cluster's nor Sluice's", nil, there(foreign), ovs.AppliedFormat{Cluster: [8]string{wanted.Hash()}}, "", ovs.Drift{Class: ovs.Foreign}, &before},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ovs.Classify(c.want, c.row, ovs.Evidence{LastApplied: c.note, Known: c.known, Cluster: c.cluster})
			if got != c.class {
				t.Errorf("got %+v, want %+v", got, c.class)
			}
			if got.Removable() != (c.class.Class == ovs.Extra) {
				t.Errorf("removable: %t", got.Removable())
			}
		})
	}
}
