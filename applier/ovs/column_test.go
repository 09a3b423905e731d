package ovs_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/ovs"
	"sluice/test/harness/node"
	"sluice/validation"
)

func TestTheWatchedColumnsAreThoseOfEveryVersion(t *testing.T) {
	want := map[string][]string{
		"Bridge":                    {"name", "netflow", "sflow", "ipfix"},
		"NetFlow":                   {"targets", "active_timeout", "engine_type", "engine_id", "add_id_to_interface"},
		"sFlow":                     {"targets", "agent", "sampling", "polling", "header"},
		"IPFIX":                     {"targets", "sampling", "cache_active_timeout", "cache_max_flows", "obs_domain_id", "obs_point_id", "other_config"},
		"Flow_Sample_Collector_Set": {"id", "ipfix"},
	}
	if diff := cmp.Diff(want, ovs.WatchedColumns()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestColumnsAreAsInOpenVSwitchsSchema compares the rows of the table with the schema of the
// installed version.
func TestColumnsAreAsInOpenVSwitchsSchema(t *testing.T) {
	text, err := os.ReadFile(needTools(t, node.ChosenRelease()).schemas["ovs-vsctl"])
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Tables map[string]struct {
			Columns map[string]struct {
				Type json.RawMessage `json:"type"`
			} `json:"columns"`
		} `json:"tables"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for _, f := range validation.Formats() {
		names := map[ovs.ColumnName]bool{}
		for _, c := range ovs.ColumnsOf(f) {
			if names[c.Name] || !slices.Contains(c.Formats, f) {
				t.Errorf("%s: %s is listed more than once, or is not the format's", f, c.Name)
			}
			names[c.Name] = true
			column, exists := schema.Tables[ovs.TableOf(f)].Columns[string(c.Name)]
			if !exists {
				if c.Since == "" {
					t.Errorf("%s has no column %s", f, c.Name)
				}
				continue
			}
			quoted, required := columnType(t, column.Type)
			if quoted != (c.Quoted || c.Map) || required != c.Required {
				t.Errorf("%s %s: text %t, required %t; the schema says %t, %t", f, c.Name, c.Quoted, c.Required, quoted, required)
			}
		}
	}
}

// columnType reads a type as in RFC 7047, 3.2: whether the column holds text, and whether it
// holds exactly one value.
func columnType(t *testing.T, text json.RawMessage) (quoted, required bool) {
	t.Helper()
	var simple string
	if json.Unmarshal(text, &simple) == nil {
		return simple == "string", true
	}
	var full struct {
		Key json.RawMessage `json:"key"`
		Min *int            `json:"min"`
	}
	if err := json.Unmarshal(text, &full); err != nil {
		t.Fatal(err)
	}
	base := struct {
		Type string `json:"type"`
	}{}
	if json.Unmarshal(full.Key, &base.Type) != nil {
		if err := json.Unmarshal(full.Key, &base); err != nil {
			t.Fatal(err)
		}
	}
	return base.Type == "string", full.Min == nil || *full.Min == 1
}
