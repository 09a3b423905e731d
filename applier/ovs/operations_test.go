package ovs_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/test/harness/node"
	"sluice/validation"
)

// TestOperationsDoWhatApplySays executes plans as transactions on a real server, as the property test
// of Arguments does with ovs-vsctl.
func TestOperationsDoWhatApplySays(t *testing.T) {
	t.Parallel()
	db, g := newDatabase(t, "ovs-vsctl"), newGenerator(7)
	ran := 0
	for range executed {
		d := g.desired()
		w := g.world(d)
		db.must(t, append(removal(), w.arguments()...)...)
		p := plan(t, &d, w)
		if p.Empty() {
			continue
		}
		ran++
		before := db.read(t)
		if _, err := ovs.ParseResults(db.transact(t, p.Operations())); err != nil {
			t.Fatalf("%v\nbefore:\n%s\nplan:\n%s", err, shape(before, before), p)
		}
		after, says := db.read(t), fakeovs.Apply(before, p, names())
		if diff := cmp.Diff(shape(says, before), shape(after, before)); diff != "" {
			t.Fatalf("Apply says something else than the server (-Apply +server):\n%s\nbefore:\n%s\nplan:\n%s", diff, shape(before, before), p)
		}
		if after.NextConfig != before.NextConfig+1 {
			t.Fatalf("ovs-vswitchd is not told: next_cfg was %d and is %d", before.NextConfig, after.NextConfig)
		}
	}
	if ran < executed*3/4 {
		t.Errorf("only %d of %d plans had something to do", ran, executed)
	}
}

// Whatever another writer changed first, the transaction fails and changes nothing.
func TestOperationsDependOnWhatWasRead(t *testing.T) {
	t.Parallel()
	export := [3]ovs.Want{{}, want(sFlow(nil, "192.0.2.5:6343")), want(ipfix(ovs.Settings{ovs.CacheMaxFlows: "5"}, usualIPFIX.Targets...))}
	for name, change := range map[string][]string{
		"a column of the bridge":       {"clear", "Bridge", vswitch, "sflow"},
		"a row's targets":              {"set", "sFlow", string(sFlow1), `targets="203.0.113.1:9"`},
		"a column of a row to change":  {"set", "IPFIX", string(ipfix1), "sampling=7"},
		"a column that was not set":    {"set", "IPFIX", string(ipfix1), "cache_max_flows=6"},
		"a column of a row to remove":  {"set", "NetFlow", string(netFlow1), "active_timeout=7"},
		"the collector set's exporter": {"set", "Flow_Sample_Collector_Set", string(set7), "ipfix=" + string(ipfix1)},
	} {
		t.Run(name, func(t *testing.T) {
			db := newDatabase(t, "ovs-vsctl")
			db.must(t, twoBridges(all, applied, usualRows, oursSet(set7, 7, "")).arguments()...)
			p, err := ovs.NewPlan(ovs.Desired{Export: export}, db.read(t))
			if err != nil {
				t.Fatal(err)
			}
			db.must(t, change...)
			before := db.read(t)
			if _, err := ovs.ParseResults(db.transact(t, p.Operations())); err == nil {
				t.Error("the transaction succeeded")
			}
			if diff := cmp.Diff(shape(before, before), shape(db.read(t), before)); diff != "" {
				t.Errorf("something changed:\n%s", diff)
			}
		})
	}
}

// TestAnOldToolOnANewServer reads and writes columns that the tool does not know.
func TestAnOldToolOnANewServer(t *testing.T) {
	db := newSkewed(t, "ovs-vsctl", node.Debian13, node.Debian12)
	db.must(t, twoBridges(all, "", usualRows).arguments()...)
	read := func() ovs.State {
		t.Helper()
		s := db.read(t)
		if diff := cmp.Diff(ovs.Hidden{validation.IPFIX: {ovs.TemplateInterval, ovs.StatsInterval}}, s.Hidden); diff != "" {
			t.Fatalf("hidden columns (-want +got):\n%s", diff)
		}
		if err := s.ReadHidden(db.transact(t, s.Hidden.ReadOperations())); err != nil {
			t.Fatal(err)
		}
		return s
	}
	export := leave
	for _, settings := range []ovs.Settings{
		{ovs.Sampling: "400", ovs.TemplateInterval: "60"},
		{ovs.Sampling: "400", ovs.TemplateInterval: "61", ovs.StatsInterval: "62"},
		{ovs.Sampling: "400"},
	} {
		export[validation.IPFIX] = want(ipfix(settings, usualIPFIX.Targets...))
		before := read()
		p, err := ovs.NewPlan(ovs.Desired{Export: export}, before)
		if err != nil || !p.ForOperations() {
			t.Fatalf("%v\n%s is not for ovsdb-client", err, p)
		}
		if _, err := ovs.ParseResults(db.transact(t, p.Operations())); err != nil {
			t.Fatal(err)
		}
		after := read()
		if row, _ := after.Export(validation.IPFIX); !row.Exporter.Equal(*export[validation.IPFIX].Exporter) || row.UUID != ipfix1 {
			t.Errorf("there is %s", row.Exporter)
		}
		if again, err := ovs.NewPlan(ovs.Desired{Export: export}, after); err != nil || !again.Empty() {
			t.Errorf("there is still something to do: %v\n%v", err, again)
		}
	}
	// Without hidden columns, ovs-vsctl is used.
	export[validation.IPFIX] = want(ipfix(ovs.Settings{ovs.Sampling: "9"}, usualIPFIX.Targets...))
	p, err := ovs.NewPlan(ovs.Desired{Export: export}, read())
	if err != nil || p.ForOperations() {
		t.Fatalf("%v\n%s is for ovsdb-client", err, p)
	}
	db.must(t, p.Arguments()...)
}

// TestANewToolOnAnOldServer: the tool prints columns that the server does not have. Setting one would
// make the whole transaction fail.
func TestANewToolOnAnOldServer(t *testing.T) {
	db := newSkewed(t, "ovs-vsctl", node.Debian12, node.Debian13)
	db.must(t, twoBridges(all, "", usualRows).arguments()...)
	s := db.read(t)
	if s.Hidden.Any() || s.Supports(validation.IPFIX, ovs.TemplateInterval) || !s.Supports(validation.IPFIX, ovs.CacheMaxFlows) {
		t.Errorf("hidden columns %v; the server supports template_interval: %t", s.Hidden, s.Supports(validation.IPFIX, ovs.TemplateInterval))
	}
	export := leave
	export[validation.IPFIX] = want(ipfix(ovs.Settings{ovs.Sampling: "9", ovs.CacheMaxFlows: "7"}, usualIPFIX.Targets...))
	p, err := ovs.NewPlan(ovs.Desired{Export: export}, s)
	if err != nil || p.ForOperations() {
		t.Fatalf("%v\n%s is for ovsdb-client", err, p)
	}
	db.must(t, p.Arguments()...)
	if again, err := ovs.NewPlan(ovs.Desired{Export: export}, db.read(t)); err != nil || !again.Empty() {
		t.Errorf("there is still something to do: %v\n%v", err, again)
	}
}

func TestWhatOvsdbClientPrintsIsRead(t *testing.T) {
	for text, want := range map[string]string{
		`[{"rows":[]},{}]`: "",
		`[]`:               "",
		`[{},{"error":"timed out","details":"a wait failed"},null]`: "the transaction failed: timed out: a wait failed",
		`{"error":"x"}`: "what ovsdb-client printed: json: cannot unmarshal object",
		``:              "what ovsdb-client printed: unexpected end of JSON input",
	} {
		_, err := ovs.ParseResults([]byte(text))
		if got := errorText(err); got != want && (want == "" || len(got) < len(want) || got[:len(want)] != want) {
			t.Errorf("%s: the error is %q, want %q", text, got, want)
		}
	}
	s := ovs.State{Hidden: ovs.Hidden{validation.IPFIX: {ovs.TemplateInterval}}, Rows: map[ovs.UUID]ovs.Row{ipfix1: {UUID: ipfix1, Exporter: ipfix(ovs.Settings{})}}}
	for text, ok := range map[string]bool{
		`[]`: false,
		`[{"rows":[{"_uuid":["uuid","` + string(ipfix1) + `"]}]}]`:                                false,
		`[{"rows":[{"template_interval":7}]}]`:                                                    false,
		`[{"rows":[{"_uuid":["uuid","` + string(ipfix1) + `"],"template_interval":["set",[]]}]}]`: true,
		`[{"rows":[{"_uuid":["uuid","another"],"template_interval":7}]}]`:                         true,
	} {
		if err := s.ReadHidden([]byte(text)); (err == nil) != ok {
			t.Errorf("%s: the error is %v", text, err)
		}
	}
	if err := s.ReadHidden([]byte(`[{"rows":[{"_uuid":["uuid","` + string(ipfix1) + `"],"template_interval":7}]}]`)); err != nil || s.Rows[ipfix1].Exporter.Settings[ovs.TemplateInterval] != "7" {
		t.Errorf("%v: %v", err, s.Rows[ipfix1])
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestOperationsAreJSON(t *testing.T) {
	p, err := ovs.NewPlan(ovs.Desired{Export: usual, Drops: drops}, twoBridges([3]ovs.UUID{}, "", nil).state(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(p.Operations()); err != nil {
		t.Error(err)
	}
	if (ovs.Plan{}).Operations() != nil {
		t.Error("an empty plan has operations")
	}
}
