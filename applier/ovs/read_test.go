package ovs_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/ovs"
	"sluice/validation"
)

// captured is what a real tool printed.
func captured(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const (
	bridgeRow  = "e1474cbb-8f17-46fb-a840-71ec018a0d7d"
	netFlowRow = "d0628127-d0eb-478d-86c0-9fc608c02009"
	sFlowRow   = "eec8a11f-45b8-49d4-8f5b-4f45f4ed6d8d"
	ipfixRow   = "3f36c523-e039-4ee0-bd30-633928e9b43e"
	dropsRow   = "d57f79d3-5dad-45df-857f-7963c33d93ca"
	dropsSet   = "bb2d69ae-ada4-419f-a511-e09bf93c2f62"
)

func TestAStateIsReadFromWhatOvsVsctlPrints(t *testing.T) {
	got, err := ovs.ParseState([]byte(captured(t, "state.json")), older(t), vswitch)
	if err != nil {
		t.Fatal(err)
	}
	row := func(id ovs.UUID, f validation.Format, settings ovs.Settings, targets ...string) ovs.Row {
		return ovs.Row{UUID: id, Exporter: ovs.Exporter{Format: f, Targets: append([]string{}, targets...), Settings: settings}}
	}
	want := ovs.State{
		Bridge: &ovs.Bridge{
			UUID: bridgeRow, Name: vswitch, Export: [3]ovs.UUID{netFlowRow, sFlowRow, ipfixRow}, HasLastApplied: true,
			LastApplied: ovs.LastApplied{validation.NetFlow: {Hash: "abc"}, validation.IPFIX: {Hash: "def", Off: true}},
		},
		Rows: map[ovs.UUID]ovs.Row{
			netFlowRow: row(netFlowRow, validation.NetFlow, ovs.Settings{ovs.ActiveTimeout: "60"}, "127.0.0.1:20551"),
			sFlowRow:   row(sFlowRow, validation.SFlow, ovs.Settings{ovs.Agent: "nosuch", ovs.Polling: "10"}, "127.0.0.1:6343", "[::1]:6343"),
			ipfixRow:   row(ipfixRow, validation.IPFIX, ovs.Settings{ovs.Sampling: "1"}, "127.0.0.1:4739", "[::1]:4739", "[fe80::1%nosuch]:99", "bad:99"),
			dropsRow:   row(dropsRow, validation.IPFIX, ovs.Settings{}),
		},
		CollectorSets: []ovs.CollectorSet{{UUID: dropsSet, ID: 7, Bridge: bridgeRow, IPFIX: dropsRow, Ours: true}},
		NextConfig:    2, CurrentConfig: 2,
	}
	if diff := cmp.Diff(want, got, stateOptions()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Behind() {
		t.Error("ovs-vswitchd is behind, though both counters are 2")
	}
	if !got.Supports(validation.IPFIX, ovs.CacheMaxFlows) || got.Supports(validation.IPFIX, ovs.TemplateInterval) {
		t.Error("Open vSwitch 3.1 has cache_max_flows, but no template_interval")
	}
	if r, ok := got.Export(validation.SFlow); !ok || r.UUID != sFlowRow {
		t.Errorf("the bridge's sFlow row is %v", r)
	}
}

func TestAStateWithNothingInItIsRead(t *testing.T) {
	for name, bridge := range map[string]string{"of the bridge": vswitch, "of a bridge that is not there": "br-ex"} {
		t.Run(name, func(t *testing.T) {
			got, err := ovs.ParseState([]byte(captured(t, "state-nothing.json")), older(t), bridge)
			if err != nil {
				t.Fatal(err)
			}
			if _, exists := got.Export(validation.NetFlow); exists || len(got.Rows) > 0 || (got.Bridge != nil) != (bridge == vswitch) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestWhatDiffersFromTheUsualInAStateIsRead(t *testing.T) {
	read := func(t *testing.T, old, now string) ovs.State {
		t.Helper()
		text := captured(t, "state.json")
		if !strings.Contains(text, old) {
			t.Fatalf("no %s in the captured text", old)
		}
		s, err := ovs.ParseState([]byte(strings.Replace(text, old, now, 1)), older(t), vswitch)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	t.Run("an unknown column", func(t *testing.T) {
		s := read(t, `[2,2,["set",[]]]],"headings":["next_cfg","cur_cfg","ovs_version"]`, `[3,2,"3.9.0",{"a":1}]],"headings":["next_cfg","cur_cfg","ovs_version","future"]`)
		if s.Version != "3.9.0" || !s.Behind() {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("a column that Sluice does not set", func(t *testing.T) {
		s := read(t, `,["set",[]],["set",[]],["map",[]],1,`, `,["set",[]],17,["map",[]],1,`)
		if !slices.ContainsFunc(slices.Collect(maps.Values(s.Rows)), func(r ovs.Row) bool { return r.Exporter.Settings[ovs.ObservationPoint] == "17" }) {
			t.Errorf("it is not read: %+v", s.Rows)
		}
	})
	t.Run("an empty text", func(t *testing.T) {
		s := read(t, `"nosuch"`, `""`)
		if v, ok := s.Rows[sFlowRow].Exporter.Settings[ovs.Agent]; !ok || v != "" {
			t.Error("agent is read as if it were not set")
		}
	})
	t.Run("a row that two bridges share", func(t *testing.T) {
		one := `[["uuid","` + bridgeRow + `"],"br-int",`
		other := `[["uuid","11111111-2222-4333-8444-555555555555"],"br-ex",["map",[]],["uuid","` + netFlowRow + `"],["set",[]],["set",[]]],`
		s := read(t, one, other+one)
		if !s.Rows[netFlowRow].Shared || s.Rows[sFlowRow].Shared || s.Bridge.Name != vswitch {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("a row that a collector set shares", func(t *testing.T) {
		s := read(t, `7,["uuid","`+dropsRow+`"]`, `7,["uuid","`+ipfixRow+`"]`)
		if !s.Rows[ipfixRow].Shared || s.Rows[dropsRow].Shared {
			t.Errorf("got %+v", s)
		}
	})
}

func TestAStateThatMakesNoSenseIsAnError(t *testing.T) {
	whole := captured(t, "state.json")
	for _, c := range []struct{ name, old, now, want string }{
		{"nothing printed", whole, "", "0 tables instead of 6"},
		{"text", whole, "ovs-vsctl: no such table", "table 1: invalid character"},
		{"a table too many", whole, whole + "{}", "7 tables instead of 6"},
		{"another kind of JSON", `{"data":[[["uuid","` + netFlowRow, `[{"data":[[["uuid","` + netFlowRow, "table 2: invalid character"},
		{"a cell too few", `60,false,`, `60,`, "table NetFlow: row 0 has 6 cells for 7 headings"},
		{"no UUID", `"headings":["_uuid","agent"`, `"headings":["id","agent"`, "table sFlow: column _uuid: no value"},
		{"an empty UUID", `["uuid","` + ipfixRow + `"],["set",[]]`, `["uuid",""],["set",[]]`, "table IPFIX: column _uuid: no value"},
		{"no targets", `"sampling","targets"]`, `"sampling","goals"]`, "table sFlow: column targets: not there"},
		{"no column of a bridge", `"netflow","sflow"`, `"netflow","qflow"`, "table Bridge: column sflow: not there"},
		{"no bridge's name", `"_uuid","name"`, `"_uuid","title"`, "table Bridge: column name: no value"},
		{"several UUIDs where one belongs", `["uuid","` + netFlowRow + `"],["uuid"`, `["set",[["uuid","a"],["uuid","b"]]],["uuid"`, "table Bridge: column netflow: 2 values where one belongs"},
		{"several numbers where one belongs", `60,false`, `["set",[60,61]],false`, "table NetFlow: column active_timeout: 2 values where one belongs"},
		{"a set that is no list", `["set",["127.0.0.1:6343","[::1]:6343"]]`, `["set","127.0.0.1:6343"]`, "is not a set"},
		{"a set with half of what belongs there", `["set",["127.0.0.1:6343","[::1]:6343"]]`, `["set"]`, "is not a set"},
		{"a set in a set", `["set",["127.0.0.1:6343","[::1]:6343"]]`, `["set",[["set",[]]]]`, "is not an atom"},
		{"a map where a set belongs", `["set",["127.0.0.1:6343","[::1]:6343"]]`, `["map",[["a","b"]]]`, "is not a set"},
		{"an object where a value belongs", `"nosuch"`, `{}`, "table sFlow: column agent: {} where a value belongs"},
		{"null where a value belongs", `"nosuch"`, `null`, "table sFlow: column agent: null where a value belongs"},
		{"a set where a map belongs", `["map",[["ovn-nb-cfg","3"],["sluice.dev/applied","netFlow=abc ipfix=-def"]]]`, `["set",[]]`, "table Bridge: column external_ids: [\"set\",[]] is not a map"},
		{"a map with a number", `["sluice.dev/drops","true"]`, `["sluice.dev/drops",1]`, "table Flow_Sample_Collector_Set: column external_ids"},
		{"a collector set's ID that is too large", `,7,["uuid"`, `,4294967296,["uuid"`, "table Flow_Sample_Collector_Set: column id"},
		{"a collector set's ID that is negative", `,7,["uuid"`, `,-7,["uuid"`, "table Flow_Sample_Collector_Set: column id"},
		{"no root", `[[2,2,["set",[]]]]`, `[]`, "table Open_vSwitch: 0 rows instead of 1; is the database initialized?"},
		{"a counter that is none", `[[2,2,`, `[["two",2,`, "table Open_vSwitch: strconv.ParseInt"},
		{"no counter", `"cur_cfg"`, `"future"`, "table Open_vSwitch: strconv.ParseInt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(whole, c.old) {
				t.Fatalf("no %s in the captured text", c.old)
			}
			s, err := ovs.ParseState([]byte(strings.Replace(whole, c.old, c.now, 1)), older(t), vswitch)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want %q", err, c.want)
			}
			if !cmp.Equal(s, ovs.State{}, stateOptions()) {
				t.Errorf("an error, and yet a state: %+v", s)
			}
		})
	}
}

func TestAStateThatIsCutOffAnywhereIsAnError(t *testing.T) {
	whole := strings.TrimSpace(captured(t, "state.json"))
	for end := range len(whole) {
		if _, err := ovs.ParseState([]byte(whole[:end]), older(t), vswitch); err == nil {
			t.Fatalf("the first %d of %d bytes are a state", end, len(whole))
		}
	}
}
