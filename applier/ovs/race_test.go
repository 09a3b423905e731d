package ovs_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/validation"
)

// lost runs a plan that somebody else was faster than: ovs-vsctl waits until its time is
// up, and nothing happens.
func lost(t *testing.T, db *database, p ovs.Plan) {
	t.Helper()
	before := db.read(t)
	_, err := db.run(time.Second, p.Arguments()...)
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGALRM {
		t.Errorf("ovs-vsctl ended with %v; its time should be up", err)
	}
	after := db.read(t)
	if diff := cmp.Diff(shape(before, before), shape(after, before)); diff != "" {
		t.Errorf("a race that was lost changes the database (-before +after):\n%s", diff)
	}
}

func TestWhoeverWritesBetweenReadAndWriteWins(t *testing.T) {
	for name, change := range changes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits a second
			db := newDatabase(t, "ovs-vsctl")
			db.must(t, twoBridges(all, applied, usualRows).arguments()...)
			p, err := ovs.NewPlan(ovs.Desired{}, db.read(t))
			if err != nil {
				t.Fatal(err)
			}
			db.must(t, change.arguments...)
			lost(t, db, p)
		})
	}
}

func TestAColumnThatSomebodyElseSetFirstStays(t *testing.T) {
	t.Parallel()
	db := newDatabase(t, "ovs-vsctl")
	db.must(t, twoBridges(all, applied, usualRows).arguments()...)
	export := leave
	export[validation.IPFIX] = want(ipfix(ovs.Settings{ovs.Sampling: "400", ovs.CacheActiveTimeout: "60", ovs.CacheMaxFlows: "5"}, usualIPFIX.Targets...))
	p, err := ovs.NewPlan(ovs.Desired{Export: export}, db.read(t))
	if err != nil {
		t.Fatal(err)
	}
	db.must(t, "set", "IPFIX", string(ipfix1), "cache_max_flows=6")
	lost(t, db, p)
}

func TestACollectorSetThatPointsElsewhereNowStays(t *testing.T) {
	t.Parallel()
	db := newDatabase(t, "ovs-vsctl")
	db.must(t, twoBridges(all, "", usualRows, oursSet(set7, 7, "")).arguments()...)
	before := db.read(t)
	p, err := ovs.NewPlan(ovs.Desired{Export: leave}, before)
	if err != nil {
		t.Fatal(err)
	}
	db.must(t, "set", "Flow_Sample_Collector_Set", string(set7), "ipfix="+string(ipfix1))
	lost(t, db, p)
	if now := db.read(t); shape(fakeovs.Apply(now, p, names()), now) != shape(now, now) {
		t.Error("Apply does what ovs-vsctl does not")
	}
}

func TestARowThatIsCreatedFirstStays(t *testing.T) {
	t.Parallel()
	db := newDatabase(t, "ovs-vsctl")
	db.must(t, twoBridges([3]ovs.UUID{}, "", nil).arguments()...)
	p, err := ovs.NewPlan(ovs.Desired{Export: usual}, db.read(t))
	if err != nil {
		t.Fatal(err)
	}
	db.must(t, "--", "--id=@new", "create", "sFlow", `targets="203.0.113.1:9"`, "--", "set", "Bridge", vswitch, "sflow=@new")
	lost(t, db, p)
	if now := db.read(t); shape(fakeovs.Apply(now, p, names()), now) != shape(now, now) {
		t.Error("Apply does what ovs-vsctl does not")
	}
}

// What ovs-vsctl compares itself may be out of date; the server has to compare as well.
func TestTheServerComparesWhenItCommits(t *testing.T) {
	db := sharedDatabase(t)
	db.must(t, removal()...)
	db.must(t, twoBridges(all, applied, usualRows).arguments()...)
	p, err := ovs.NewPlan(ovs.Desired{Export: [3]ovs.Want{{Leave: true}, want(sFlow(nil, "192.0.2.5:6343")), {}}}, db.read(t))
	if err != nil {
		t.Fatal(err)
	}
	log := db.must(t, append([]string{"-vjsonrpc:console:dbg"}, p.Arguments()...)...)
	compared := map[string]any{}
	for line := range strings.Lines(log) {
		_, params, found := strings.Cut(line, `method="transact", params=`)
		if !found {
			continue
		}
		var operations []any
		if err := json.NewDecoder(strings.NewReader(params)).Decode(&operations); err != nil {
			t.Fatal(err)
		}
		for _, o := range operations[1:] {
			if o := o.(map[string]any); o["op"] == "wait" && o["until"] == "==" {
				compared[o["table"].(string)] = o["rows"].([]any)[0]
			}
		}
	}
	uuid := func(id ovs.UUID) any { return []any{"uuid", string(id)} }
	want := map[string]any{
		"Bridge": map[string]any{"netflow": uuid(netFlow1), "sflow": uuid(sFlow1), "ipfix": uuid(ipfix1)},
		"sFlow":  map[string]any{"agent": "ovn-k8s-mp0", "targets": []any{"set", []any{"192.0.2.1:6343", "192.0.2.2:6343"}}},
		"IPFIX":  map[string]any{"cache_active_timeout": 60.0, "sampling": 400.0, "targets": "[2001:db8::1]:4739"},
	}
	if diff := cmp.Diff(want, compared); diff != "" {
		t.Errorf("what the server compares (-want +got):\n%s", diff)
	}
}
