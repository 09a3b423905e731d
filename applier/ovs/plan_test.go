package ovs_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/validation"
)

var update = flag.Bool("update", false, "write testdata/plans again")

// Rows of the planned worlds, by what they are. The other bridge has rows of its own.
var (
	ours, other                          = id(0xb1), id(0xb2)
	netFlow1, sFlow1, ipfix1, ipfixDrops = id(0xf1), id(0x51), id(0x11), id(0x1d)
	netFlow2, sFlow2, ipfix2             = id(0xf2), id(0x52), id(0x12)
	set7, set42, set60                   = id(7), id(42), id(60)
)

func netFlow(timeout string, targets ...string) ovs.Exporter {
	return ovs.Exporter{Format: validation.NetFlow, Targets: targets, Settings: ovs.Settings{ovs.ActiveTimeout: timeout}}
}

func sFlow(settings ovs.Settings, targets ...string) ovs.Exporter {
	return ovs.Exporter{Format: validation.SFlow, Targets: targets, Settings: settings}
}

func ipfix(settings ovs.Settings, targets ...string) ovs.Exporter {
	return ovs.Exporter{Format: validation.IPFIX, Targets: targets, Settings: settings}
}

func want(r ovs.Exporter) ovs.Want { return ovs.Want{Exporter: &r} }

// planned is a case: what is there, and what is desired.
type planned struct {
	name  string
	world world
	want  ovs.Desired
}

// twoBridges is a world with two bridges, of which the other one exports to collectors of its own.
func twoBridges(export [3]ovs.UUID, note string, rows map[ovs.UUID]ovs.Exporter, sets ...ovs.CollectorSet) world {
	ids := map[string]string{"ovn-nb-cfg": "3"}
	if note != "" {
		ids[ovs.LastAppliedKey] = note
	}
	w := world{
		bridges: []bridge{
			{id: ours, name: vswitch, export: export, ids: ids},
			{id: other, name: "br-ex", export: [3]ovs.UUID{netFlow2, sFlow2, ipfix2}},
		},
		rows: map[ovs.UUID]ovs.Exporter{
			netFlow2: netFlow("0", "198.51.100.1:2055"),
			sFlow2:   sFlow(nil, "198.51.100.1:6343"),
			ipfix2:   ipfix(nil, "198.51.100.1:4739"),
		},
		sets: sets,
	}
	maps.Copy(w.rows, rows)
	return w
}

// usual is what OVN-Kubernetes sets.
var (
	usualNetFlow = netFlow("60", "192.0.2.1:2055")
	usualSFlow   = sFlow(ovs.Settings{ovs.Agent: "ovn-k8s-mp0"}, "192.0.2.1:6343", "192.0.2.2:6343")
	usualIPFIX   = ipfix(ovs.Settings{ovs.Sampling: "400", ovs.CacheActiveTimeout: "60"}, "[2001:db8::1]:4739")
	all          = [3]ovs.UUID{netFlow1, sFlow1, ipfix1}
	usualRows    = map[ovs.UUID]ovs.Exporter{netFlow1: usualNetFlow, sFlow1: usualSFlow, ipfix1: usualIPFIX}
	usual        = [3]ovs.Want{want(usualNetFlow), want(usualSFlow), want(usualIPFIX)}
	applied      = ovs.LastApplied{{Hash: usualNetFlow.Hash()}, {Hash: usualSFlow.Hash()}, {Hash: usualIPFIX.Hash()}}.String()
	leave        = [3]ovs.Want{{Leave: true}, {Leave: true}, {Leave: true}}
	dropsRecord  = ipfix(ovs.Settings{ovs.CacheActiveTimeout: "60"}, "192.0.2.9:4739")
	drops        = &ovs.Drops{CollectorSet: 7, Domain: 1, Exporter: dropsRecord}
)

func oursSet(set ovs.UUID, number uint32, row ovs.UUID) ovs.CollectorSet {
	return ovs.CollectorSet{UUID: set, ID: number, Bridge: ours, IPFIX: row, Ours: true}
}

func plans() []planned {
	none := [3]ovs.UUID{}
	foreign42 := ovs.CollectorSet{UUID: set42, ID: 42, Bridge: ours, IPFIX: ipfix1}
	only := func(f validation.Format, r ovs.Exporter) [3]ovs.Want {
		export := leave
		export[f] = want(r)
		return export
	}
	without := func(rows map[ovs.UUID]ovs.Exporter, id ovs.UUID, r ovs.Exporter) map[ovs.UUID]ovs.Exporter {
		rows = maps.Clone(rows)
		rows[id] = r
		return rows
	}
	dropRows := map[ovs.UUID]ovs.Exporter{ipfixDrops: dropsRecord}
	var netFlowShared, dropsShared, foreignDrops world
	netFlowShared = twoBridges(all, applied, usualRows)
	netFlowShared.bridges[1].export[validation.NetFlow] = netFlow1
	delete(netFlowShared.rows, netFlow2)
	dropsShared = twoBridges(all, applied, usualRows, oursSet(set7, 7, ipfix1))
	foreignDrops = twoBridges(none, "", dropRows, ovs.CollectorSet{UUID: set7, ID: 7, Bridge: other, IPFIX: ipfixDrops})
	return []planned{
		{"create-all", twoBridges(none, "", nil), ovs.Desired{Export: usual}},
		{"create-with-every-setting", twoBridges(none, "", nil), ovs.Desired{Export: [3]ovs.Want{
			want(netFlow("1", "192.0.2.2:2055", "192.0.2.1:2055", "192.0.2.2:02055")),
			want(sFlow(ovs.Settings{ovs.Agent: "a \"b\"", ovs.Sampling: "1", ovs.Polling: "0", ovs.Header: "256"}, "192.0.2.1:6343")),
			want(ipfix(ovs.Settings{ovs.Sampling: "4294967295", ovs.CacheActiveTimeout: "4200", ovs.CacheMaxFlows: "0", ovs.ObservationDomain: "77"}, "192.0.2.1:4739")),
		}}},
		{"nothing-to-do", twoBridges(all, applied, usualRows), ovs.Desired{Export: usual}},
		{"nothing-to-do-for-another-spelling", twoBridges(all, applied, without(usualRows, ipfix1, ipfix(ovs.Settings{ovs.CacheActiveTimeout: "60", ovs.CacheMaxFlows: "0"}, "[2001:DB8:0::1]:04739"))), ovs.Desired{Export: usual}},
		{"remember-only", twoBridges(all, "", usualRows), ovs.Desired{Export: usual}},
		{"change-targets", twoBridges(all, applied, usualRows), ovs.Desired{Export: only(validation.SFlow, sFlow(usualSFlow.Settings, "192.0.2.3:6343", "192.0.2.1:6343"))}},
		{"change-settings", twoBridges(all, applied, usualRows), ovs.Desired{Export: only(validation.IPFIX, ipfix(ovs.Settings{ovs.Sampling: "100", ovs.CacheActiveTimeout: "60", ovs.CacheMaxFlows: "500"}, usualIPFIX.Targets...))}},
		{"change-both", twoBridges(all, applied, usualRows), ovs.Desired{Export: only(validation.NetFlow, netFlow("30", "192.0.2.7:2055"))}},
		{"unset-columns", twoBridges(all, applied, without(usualRows, ipfix1, ipfix(ovs.Settings{ovs.Sampling: "1", ovs.CacheActiveTimeout: "60", ovs.ObservationDomain: "7"}, usualIPFIX.Targets...))), ovs.Desired{Export: only(validation.IPFIX, usualIPFIX.Without(ovs.Sampling))}},
		{"unset-the-agent", twoBridges(all, applied, usualRows), ovs.Desired{Export: only(validation.SFlow, usualSFlow.Without(ovs.Agent))}},
		{"unset-the-timeout-that-can-not-be-empty", twoBridges(all, applied, usualRows), ovs.Desired{Export: only(validation.NetFlow, usualNetFlow.Without(ovs.ActiveTimeout))}},
		{"replace-a-row-of-two-bridges", netFlowShared, ovs.Desired{Export: only(validation.NetFlow, netFlow("60", "192.0.2.7:2055"))}},
		{"replace-a-row-of-a-collector-set", twoBridges(all, applied, usualRows, foreign42), ovs.Desired{Export: only(validation.IPFIX, ipfix(usualIPFIX.Settings, "192.0.2.7:4739"))}},
		{"clear-a-row-of-two-bridges", netFlowShared, ovs.Desired{}},
		{"clear-all", twoBridges(all, applied, usualRows), ovs.Desired{}},
		{"clear-one", twoBridges(all, applied, usualRows), ovs.Desired{Export: [3]ovs.Want{usual[0], {}, usual[2]}}},
		{"switched-off-before", twoBridges(none, "netFlow=-abc", nil), ovs.Desired{}},
		{"leave-all", twoBridges(all, "", usualRows), ovs.Desired{Export: leave}},
		{"forget-after-clear", twoBridges(all, applied, usualRows), ovs.Desired{RemoveLastApplied: true}},
		{"forget-only", twoBridges(none, "netFlow=-abc", nil), ovs.Desired{RemoveLastApplied: true}},
		{"forget-what-can-not-be-read", twoBridges(none, "what is this", nil), ovs.Desired{RemoveLastApplied: true}},
		{"drops-create", twoBridges(all, applied, usualRows, foreign42), ovs.Desired{Export: leave, Drops: drops}},
		{"drops-nothing-to-do", twoBridges(none, "", dropRows, oursSet(set7, 7, ipfixDrops)), ovs.Desired{Drops: drops}},
		{"drops-change", twoBridges(none, "", without(dropRows, ipfixDrops, ipfix(ovs.Settings{ovs.CacheMaxFlows: "9"}, "192.0.2.8:4739")), oursSet(set7, 7, ipfixDrops)), ovs.Desired{Drops: drops}},
		{"drops-clear", twoBridges(none, "", dropRows, oursSet(set7, 7, ipfixDrops), foreign42WithoutRow()), ovs.Desired{}},
		{"drops-another-id", twoBridges(none, "", dropRows, oursSet(set60, 60, ipfixDrops)), ovs.Desired{Drops: drops}},
		{"drops-of-another-bridge", foreignDrops, ovs.Desired{Drops: drops}},
		{"drops-that-share-the-bridges-row", dropsShared, ovs.Desired{Export: only(validation.IPFIX, dropsRecord), Drops: drops}},
		{"drops-without-a-row", twoBridges(none, "", nil, oursSet(set7, 7, "")), ovs.Desired{Drops: drops}},
		{"drops-left", twoBridges(none, "", dropRows, oursSet(set7, 7, ipfixDrops)), ovs.Desired{LeaveDrops: true}},
	}
}

func foreign42WithoutRow() ovs.CollectorSet {
	return ovs.CollectorSet{UUID: set42, ID: 42, Bridge: ours}
}

func TestPlansAreAsWrittenDown(t *testing.T) {
	files := map[string]bool{}
	for _, c := range plans() {
		t.Run(c.name, func(t *testing.T) {
			state := c.world.state(t)
			p, err := ovs.NewPlan(c.want, state)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("# What is there\n%s\n# What is desired\n%s\n# The plan\n%s\n# The command\n%s\n# What is there then\n%s",
				shape(state, state), desiredText(c.want), p, commandText(p.Arguments()), shape(fakeovs.Apply(state, p, names()), state))
			file := filepath.Join("testdata", "plans", c.name+".txt")
			files[filepath.Base(file)] = true
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(golden), got); diff != "" {
				t.Errorf("run with -update if this is meant (-%s +got):\n%s", file, diff)
			}
		})
	}
	entries, err := os.ReadDir(filepath.Join("testdata", "plans"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !files[e.Name()] {
			t.Errorf("no case %s any more", e.Name())
		}
	}
}

func TestARealServerExecutesThePlansThatAreWrittenDown(t *testing.T) {
	db := sharedDatabase(t)
	for _, c := range plans() {
		t.Run(c.name, func(t *testing.T) {
			db.must(t, removal()...)
			db.must(t, c.world.arguments()...)
			before := db.read(t)
			if diff := cmp.Diff(shape(c.world.state(t), before), shape(before, before)); diff != "" {
				t.Fatalf("the test put something else there (-meant +there):\n%s", diff)
			}
			p, err := ovs.NewPlan(c.want, before)
			if err != nil {
				t.Fatal(err)
			}
			written, err := ovs.NewPlan(c.want, c.world.state(t))
			if err != nil || !slices.Equal(p.Arguments(), written.Arguments()) {
				t.Errorf("the real database makes another plan: %v\n%s", err, cmp.Diff(written.Arguments(), p.Arguments()))
			}
			execute(t, db, c.want, before, p)
			after := db.read(t)
			for _, id := range []ovs.UUID{netFlow2, sFlow2, ipfix2} {
				if !cmp.Equal(before.Rows[id].Exporter, after.Rows[id].Exporter) {
					t.Errorf("row %s of the other bridge was %v and is %v", id, before.Rows[id], after.Rows[id])
				}
			}
			if got := db.must(t, "get", "Bridge", vswitch, "external_ids:ovn-nb-cfg"); got != "\"3\"\n" {
				t.Errorf("what ovn-controller wrote is %s", got)
			}
		})
	}
}

func desiredText(d ovs.Desired) string {
	var b strings.Builder
	for _, f := range validation.Formats() {
		switch w := d.Of(f); {
		case w.Leave:
			fmt.Fprintf(&b, "%s: leave\n", f)
		case w.Exporter == nil:
			fmt.Fprintf(&b, "%s: none\n", f)
		default:
			fmt.Fprintf(&b, "%s: %s\n", f, w.Exporter)
		}
	}
	switch {
	case d.LeaveDrops:
		b.WriteString("drops: leave\n")
	case d.Drops != nil:
		fmt.Fprintf(&b, "drops: collector set %d: %s\n", d.Drops.CollectorSet, d.Drops.Exporter)
	}
	if d.RemoveLastApplied {
		b.WriteString("forget\n")
	}
	return b.String()
}

// commandText is a line for each command, quoted as for a shell.
func commandText(args []string) string {
	if args == nil {
		return "none\n"
	}
	text := "ovs-vsctl"
	for _, a := range args {
		switch {
		case a == "--":
			text += " \\\n  --"
		case strings.ContainsAny(a, " \"'[]\\"):
			text += " '" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		default:
			text += " " + a
		}
	}
	return text + "\n"
}

func TestThereIsNoPlanForABridgeThatIsNotThere(t *testing.T) {
	p, err := ovs.NewPlan(ovs.Desired{Export: usual}, ovs.State{})
	if !errors.Is(err, ovs.ErrNoBridge) || !p.Empty() {
		t.Errorf("got %v, %v", p, err)
	}
	s := ovs.State{}
	if got := fakeovs.Apply(s, ovs.Plan{WriteLastApplied: true}, names()); got.Bridge != nil || got.NextConfig != 0 {
		t.Errorf("Apply makes %+v of nothing", got)
	}
}

func TestACollectorSetThatIsTakenIsAnError(t *testing.T) {
	w := twoBridges([3]ovs.UUID{}, "", map[ovs.UUID]ovs.Exporter{ipfixDrops: dropsRecord}, ovs.CollectorSet{UUID: set7, ID: 7, Bridge: ours, IPFIX: ipfixDrops})
	p, err := ovs.NewPlan(ovs.Desired{Export: usual, Drops: drops}, w.state(t))
	var taken *ovs.TakenError
	if !errors.As(err, &taken) || !p.Empty() {
		t.Fatalf("got %v, %v", p, err)
	}
	if got, want := err.Error(), "collector set 7 of bridge br-int was not created by Sluice; use another drops.collectorSet in the FlowExportProfile"; got != want {
		t.Errorf("the error is %q, want %q", got, want)
	}
}

func TestApplyDoesNothingToAStateThatChangedSinceThePlan(t *testing.T) {
	w := twoBridges(all, applied, usualRows)
	p, err := ovs.NewPlan(ovs.Desired{}, w.state(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range changes() {
		t.Run(name, func(t *testing.T) {
			w := twoBridges(all, applied, maps.Clone(usualRows))
			change.world(&w)
			s := w.state(t)
			if diff := cmp.Diff(shape(s, s), shape(fakeovs.Apply(s, p, names()), s)); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
		})
	}
}

// A state that was made up says only by Shared that somebody else uses a row.
func TestApplyKeepsSharedRowsOfAStateThatWasMadeUp(t *testing.T) {
	s := ovs.State{
		Bridge: &ovs.Bridge{UUID: ours, Name: vswitch, Export: [3]ovs.UUID{netFlow1, sFlow1}},
		Rows: map[ovs.UUID]ovs.Row{
			netFlow1: {UUID: netFlow1, Exporter: usualNetFlow, Shared: true},
			sFlow1:   {UUID: sFlow1, Exporter: usualSFlow},
			ipfix2:   {UUID: ipfix2, Exporter: usualIPFIX},
			sFlow2:   {UUID: sFlow2, Exporter: usualSFlow, Shared: true},
		},
	}
	p, err := ovs.NewPlan(ovs.Desired{}, s)
	if err != nil {
		t.Fatal(err)
	}
	got := fakeovs.Apply(s, p, names())
	want := maps.Clone(s.Rows)
	delete(want, sFlow1)
	want[netFlow1] = ovs.Row{UUID: netFlow1, Exporter: usualNetFlow} // only the other one uses it now
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// change is something that somebody else does between the read and the write.
type change struct {
	arguments []string
	world     func(*world)
}

func changes() map[string]change {
	return map[string]change{
		"a column of the bridge is emptied": {
			[]string{"clear", "Bridge", vswitch, "sflow"},
			func(w *world) { w.bridges[0].export[validation.SFlow] = ""; delete(w.rows, sFlow1) },
		},
		"a row gets other targets": {
			[]string{"set", "NetFlow", string(netFlow1), `targets="203.0.113.1:9"`},
			func(w *world) { w.rows[netFlow1] = netFlow("60", "203.0.113.1:9") },
		},
		"a row gets another value": {
			[]string{"set", "IPFIX", string(ipfix1), "sampling=7"},
			func(w *world) {
				w.rows[ipfix1] = ipfix(ovs.Settings{ovs.Sampling: "7", ovs.CacheActiveTimeout: "60"}, usualIPFIX.Targets...)
			},
		},
	}
}
