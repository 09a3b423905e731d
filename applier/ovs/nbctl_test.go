package ovs_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/applier/ovs"
	"sluice/test/harness/node"
)

func TestARealNorthboundDatabaseIsTurnedOnAndOff(t *testing.T) {
	db := newDatabase(t, "ovn-nbctl")
	read := func() ovs.Northbound {
		t.Helper()
		now, err := ovs.ParseNorthbound([]byte(db.must(t, ovs.NorthboundReadArguments()...)))
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	other := func() string {
		return db.must(t, "get", "NB_Global", ".", "options:mac_prefix", "external_ids:somebody")
	}
	db.must(t, "set", "NB_Global", ".", `options:mac_prefix="0a:00"`, "external_ids:somebody=else")
	stays := other()
	for _, step := range []struct {
		name   string
		before []string // what somebody else does first
		want   *ovs.Drops
		then   ovs.Northbound
		writes bool
	}{
		{"not wanted, not there", nil, nil, ovs.Northbound{}, false},
		{"on", nil, &ovs.Drops{CollectorSet: 7, Domain: 1}, ovs.Northbound{CollectorSet: "7", Domain: "1", Ours: true}, true},
		{"on already", nil, &ovs.Drops{CollectorSet: 7, Domain: 1}, ovs.Northbound{CollectorSet: "7", Domain: "1", Ours: true}, false},
		{"another domain", nil, &ovs.Drops{CollectorSet: 7, Domain: 255}, ovs.Northbound{CollectorSet: "7", Domain: "255", Ours: true}, true},
		{"another collector set", nil, &ovs.Drops{CollectorSet: 4294967295, Domain: 0}, ovs.Northbound{CollectorSet: "4294967295", Domain: "0", Ours: true}, true},
		{"half of it lost", []string{"remove", "NB_Global", ".", "options", "debug_drop_domain_id"}, &ovs.Drops{CollectorSet: 4294967295, Domain: 0}, ovs.Northbound{CollectorSet: "4294967295", Domain: "0", Ours: true}, true},
		{"off", nil, nil, ovs.Northbound{}, true},
		{"off already", nil, nil, ovs.Northbound{}, false},
		{"the mark only", []string{"set", "NB_Global", ".", `external_ids:"sluice.dev/drops"=true`}, nil, ovs.Northbound{}, true},
		{"somebody else's, not wanted", []string{"set", "NB_Global", ".", "options:debug_drop_collector_set=42"}, nil, ovs.Northbound{CollectorSet: "42"}, false},
		{"somebody else's, just as wanted", []string{"set", "NB_Global", ".", "options:debug_drop_domain_id=9"}, &ovs.Drops{CollectorSet: 42, Domain: 9}, ovs.Northbound{CollectorSet: "42", Domain: "9"}, false},
	} {
		t.Run(step.name, func(t *testing.T) {
			if step.before != nil {
				db.must(t, step.before...)
			}
			args, err := ovs.NorthboundArguments(step.want, read())
			if err != nil || (args != nil) != step.writes {
				t.Fatalf("got %q, %v; writes: %t", args, err, step.writes)
			}
			if args != nil {
				db.must(t, args...)
			}
			if got := read(); got != step.then {
				t.Errorf("there is %+v then, want %+v", got, step.then)
			}
		})
	}
	if got := other(); got != stays {
		t.Errorf("what others wrote was %s and is %s", stays, got)
	}
}

func TestWhatSomebodyElseSamplesIsLeft(t *testing.T) {
	for _, now := range []ovs.Northbound{{CollectorSet: "42", Domain: "1"}, {CollectorSet: "7"}, {Domain: "2"}} {
		args, err := ovs.NorthboundArguments(&ovs.Drops{CollectorSet: 7, Domain: 1}, now)
		var taken *ovs.TakenError
		if args != nil || !errors.As(err, &taken) || !strings.Contains(err.Error(), "options debug_drop_collector_set="+now.CollectorSet+" debug_drop_domain_id="+now.Domain+"; remove these options") {
			t.Errorf("%+v: got %q, %v", now, args, err)
		}
		if args, err := ovs.NorthboundArguments(nil, now); args != nil || err != nil {
			t.Errorf("%+v, and nothing wanted: got %q, %v", now, args, err)
		}
	}
}

func TestWhatOVNIsToldIsOneTransaction(t *testing.T) {
	on, _ := ovs.NorthboundArguments(&ovs.Drops{CollectorSet: 7, Domain: 1}, ovs.Northbound{})
	off, _ := ovs.NorthboundArguments(nil, ovs.Northbound{Ours: true})
	for _, c := range []struct{ got, want []string }{
		{on, []string{"--", "set", "NB_Global", ".", "options:debug_drop_collector_set=7", "options:debug_drop_domain_id=1", `external_ids:"sluice.dev/drops"=true`}},
		{off, []string{
			"--", "remove", "NB_Global", ".", "options", "debug_drop_collector_set", "debug_drop_domain_id",
			"--", "remove", "NB_Global", ".", "external_ids", `"sluice.dev/drops"`,
		}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestANorthboundDatabaseThatMakesNoSenseIsAnError(t *testing.T) {
	const whole = `{"data":[[["map",[["debug_drop_domain_id","1"]]],["map",[]]]],"headings":["options","external_ids"]}`
	if now, err := ovs.ParseNorthbound([]byte(whole)); err != nil || now != (ovs.Northbound{Domain: "1"}) {
		t.Fatalf("got %+v, %v", now, err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "0 tables instead of 1"},
		{"two tables", whole + whole, "2 tables instead of 1"},
		{"cut off", whole[:50], "what ovn-nbctl printed: table 1: unexpected EOF"},
		{"not initialized", `{"data":[],"headings":["options","external_ids"]}`, "table NB_Global: 0 rows instead of 1"},
		{"a cell too few", `{"data":[[["map",[]]]],"headings":["options","external_ids"]}`, "row 0 has 1 cells for 2 headings"},
		{"no options", strings.Replace(whole, `"options"`, `"opinions"`, 1), "table NB_Global: column options: not there"},
		{"options that are no map", strings.Replace(whole, `["map",[["debug_drop_domain_id","1"]]]`, `"debug_drop_domain_id"`, 1), "is not a map"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, err := ovs.ParseNorthbound([]byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) || now != (ovs.Northbound{}) {
				t.Errorf("got %+v, %v, want %q", now, err, c.want)
			}
		})
	}
}

// TestASamplingAppDecidesTheDomain reads the northbound databases of two releases with the tools of
// both. OVN has the table since 24.09.
func TestASamplingAppDecidesTheDomain(t *testing.T) {
	for _, c := range []struct {
		server, client node.Release
		has            bool
	}{
		{node.Debian12, node.Debian12, false},
		{node.Debian12, node.Debian13, false},
		{node.Debian13, node.Debian12, true},
		{node.Debian13, node.Debian13, true},
	} {
		t.Run(fmt.Sprintf("server of Debian %s, tool of Debian %s", c.server, c.client), func(t *testing.T) {
			db := newSkewed(t, "ovn-nbctl", c.server, c.client)
			on, err := ovs.NorthboundArguments(&ovs.Drops{CollectorSet: 7, Domain: 2}, ovs.Northbound{})
			if err != nil {
				t.Fatal(err)
			}
			db.must(t, on...)
			out, _, err := db.output(10*time.Second, ovs.NorthboundReadArguments()...)
			if err != nil {
				t.Fatal(err)
			}
			now, err := ovs.ParseNorthbound([]byte(out))
			if err != nil || now != (ovs.Northbound{CollectorSet: "7", Domain: "2", Ours: true}) {
				t.Errorf("%+v, %v", now, err)
			}
			has := db.schemaOf(t, ovs.NorthboundDatabase).HasTable(ovs.SamplingAppTable)
			if has != c.has {
				t.Fatalf("the server has the table: %t", has)
			}
			if !has {
				return
			}
			read := func(want string) {
				t.Helper()
				domain, err := ovs.ParseSamplingApp(db.transact(t, ovs.SamplingAppOperations()))
				if err != nil || domain != want {
					t.Errorf("domain %q, %v; want %q", domain, err, want)
				}
			}
			read("")
			insert := func(kind string, id int) {
				t.Helper()
				row := map[string]any{"type": kind, "id": id}
				if _, err := ovs.ParseResults(db.transact(t, []any{ovs.NorthboundDatabase, map[string]any{"op": "insert", "table": ovs.SamplingAppTable, "row": row}})); err != nil {
					t.Fatal(err)
				}
			}
			insert("acl-new", 3)
			read("")
			insert("drop", 1)
			read("1")
		})
	}
}
