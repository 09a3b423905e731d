package ovs_test

import (
	"os"
	"strings"
	"testing"

	"sluice/applier/ovs"
	"sluice/test/harness/node"
	"sluice/validation"
)

func TestASchemaThatMakesNoSenseIsAnError(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "unexpected end of JSON input",
		"{}":                   "it has no tables",
		`{"tables":[]}`:        "cannot unmarshal array",
		`{"tables":{"a":"b"}}`: "cannot unmarshal string",
	} {
		if _, err := ovs.ParseSchema([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q", text, err, want)
		}
	}
}

// TestTheVersionsOfColumnsAreThoseOfTheSchemas compares the versions in the table of columns with the
// schemas of two releases.
func TestTheVersionsOfColumnsAreThoseOfTheSchemas(t *testing.T) {
	for release, version := range map[node.Release]string{node.Debian12: "3.1.0", node.Debian13: "3.5.0"} {
		text, err := os.ReadFile(needTools(t, release).schemas["ovs-vsctl"])
		if err != nil {
			t.Fatal(err)
		}
		schema, err := ovs.ParseSchema(text)
		if err != nil {
			t.Fatal(err)
		}
		read, err := ovs.ParseState([]byte(captured(t, "state.json")), schema, vswitch)
		if err != nil {
			t.Fatal(err)
		}
		reported := ovs.State{Version: version}
		for _, f := range validation.Formats() {
			for _, c := range ovs.ColumnsOf(f) {
				if got := reported.Supports(f, c.Name); got != read.Supports(f, c.Name) {
					t.Errorf("%s %s: version %s supports it: %t; the schema of Debian %s says otherwise", f, c.Name, version, got, release)
				}
			}
		}
	}
}

func TestAnUnknownVersionIsNotAnOldOne(t *testing.T) {
	for version, want := range map[string]bool{
		"": true, "unknown": true, "3.1.0": false, "3.2": true, "3.10.1": true, "4.0.0": true, "2.17.9": false, "3.5.2-57.el9fdp": true, "3": true,
	} {
		if got := (ovs.State{Version: version}).Supports(validation.IPFIX, ovs.TemplateInterval); got != want {
			t.Errorf("version %q supports template_interval: %t", version, got)
		}
	}
}
