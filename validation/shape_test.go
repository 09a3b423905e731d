package validation_test

import (
	"strings"
	"testing"

	"sluice/validation"
)

func TestWrongTypesAreRefusedWithTheirPath(t *testing.T) {
	checkNetworks(t, []verdictCase{
		{name: "flows a string", now: `"10.0.0.1:2055"`, want: []string{"Rejected", "error wrong-type spec.exportNetworkFlows"}},
		{name: "flows a list", now: `[]`, want: []string{"Rejected", "error wrong-type spec.exportNetworkFlows"}},
		{name: "flows a number", now: `1`, want: []string{"Rejected", "error wrong-type spec.exportNetworkFlows"}},
		{name: "format a list", now: `{"netFlow":["10.0.0.1:2055"]}`, want: []string{"Rejected", "error wrong-type netFlow"}},
		{name: "format a string", now: `{"sFlow":"10.0.0.1:6343"}`, want: []string{"Rejected", "error wrong-type sFlow"}},
		{name: "format a boolean", now: `{"ipfix":true}`, want: []string{"Rejected", "error wrong-type ipfix"}},
		{name: "collectors an object", now: `{"netFlow":{"collectors":{"0":"10.0.0.1:2055"}}}`, want: []string{"Rejected", "error wrong-type netFlow.collectors"}},
		{name: "collectors a number", now: `{"netFlow":{"collectors":2055}}`, want: []string{"Rejected", "error wrong-type netFlow.collectors"}},
		{
			name: "every kind of item", now: `{"netFlow":{"collectors":["10.0.0.1:2055",2055,null,true,["10.0.0.1:2055"],{"ip":"10.0.0.1"}]}}`,
			want: []string{
				"Rejected", "error wrong-type netFlow.collectors[1]", "error wrong-type netFlow.collectors[2]", "error wrong-type netFlow.collectors[3]",
				"error wrong-type netFlow.collectors[4]", "error wrong-type netFlow.collectors[5]",
			},
		},
	})
}

func TestWrongTypesNameWhatWasFound(t *testing.T) {
	v := validation.Review(validation.Input{Object: network(t, `{"netFlow":{"collectors":[2055]}}`)})
	if got, want := v.Errors[0].Message, "is a number (2055), but must be a string; write ADDRESS:PORT in quotes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKeysThatTheAPIServerWouldDrop(t *testing.T) {
	checkNetworks(t, []verdictCase{
		{name: "wrong case", now: `{"netflow":{"collectors":["10.0.0.1:2055"]}}`, want: []string{"Rejected", "error unknown-field netflow"}},
		{name: "ipFix", now: `{"ipFix":{"collectors":["10.0.0.1:2055"]}}`, want: []string{"Rejected", "error unknown-field ipFix"}},
		{name: "collectors one level too high", now: `{"collectors":["10.0.0.1:2055"]}`, want: []string{"Rejected", "error unknown-field collectors"}},
		{name: "collector without s", now: `{"sFlow":{"collector":["10.0.0.1:2055"]}}`, want: []string{"Rejected", "error unknown-field sFlow.collector"}},
		{
			name: "next to a good one", now: `{"sFlow":{"sampling":400,"collectors":["10.0.0.1:6343"]}}`,
			want: []string{"Rejected", "error unknown-field sFlow.sampling", "warning sflow-payload sFlow"},
		},
		{
			name: "key with a line break", now: `{"a\nb":1}`,
			want: []string{"Rejected", `error unknown-field spec.exportNetworkFlows["a\nb"]`},
		},
		{
			name: "duplicate key", now: `{"netFlow":{"collectors":["10.0.0.1:2055"]},"netFlow":{"collectors":["10.0.0.2:2055"]}}`,
			want: []string{"Rejected", "error duplicate-field netFlow"},
		},
		{
			name: "duplicate collectors", now: `{"netFlow":{"collectors":["10.0.0.1:2055"],"collectors":["10.0.0.2:2055"]}}`,
			want: []string{"Rejected", "error duplicate-field netFlow.collectors"},
		},
	})
}

func TestMisspelledKeysAreExplained(t *testing.T) {
	for flows, want := range map[string]string{
		`{"netflow":{}}`:               `write "netFlow"`,
		`{"ipfx":{}}`:                  `write "ipfix"`,
		`{"sFlows":{}}`:                `write "sFlow"`,
		`{"IPFIX":{}}`:                 `write "ipfix"`,
		`{"flows":{}}`:                 `allowed here: "netFlow", "sFlow", "ipfix"`,
		`{"netFlow":{"Collectors":1}}`: `write "collectors"`,
		`{"netFlow":{"targets":1}}`:    `allowed here: "collectors"`,
	} {
		v := validation.Review(validation.Input{Object: network(t, flows)})
		if got := v.Errors[0].Message; !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q does not end in %q", flows, got, want)
		}
	}
}

func TestManyUnknownAndRepeatedKeysAreAllReported(t *testing.T) {
	var keys []string
	for i := range 30 {
		keys = append(keys, `"x`+strings.Repeat("y", i)+`":1`)
	}
	keys = append(keys, `"netFlow":{"collectors":["10.0.0.1:2055"]}`, `"netFlow":{}`)
	v := validation.Review(validation.Input{Object: network(t, "{"+strings.Join(keys, ",")+"}")})
	if len(v.Errors) != 31 || v.Errors[30].Rule != validation.RuleDuplicateField {
		t.Errorf("got %d errors, the last of rule %s; want 31, the last a duplicate-field", len(v.Errors), v.Errors[len(v.Errors)-1].Rule)
	}
}

func TestEmptyBlocksMeanOff(t *testing.T) {
	const root = "remove /spec/exportNetworkFlows"
	checkNetworks(t, []verdictCase{
		{name: "absent", now: ``, want: []string{"Accepted"}},
		{name: "null", now: `null`, want: []string{"Normalized", "warning empty-list spec.exportNetworkFlows", root}},
		{name: "empty", now: `{}`, want: []string{"Normalized", "warning empty-list spec.exportNetworkFlows", root}},
		{name: "empty format", now: `{"netFlow":{}}`, want: []string{"Normalized", "warning empty-list netFlow", root}},
		{name: "null format", now: `{"netFlow":null}`, want: []string{"Normalized", "warning empty-list netFlow", root}},
		{name: "empty list", now: `{"ipfix":{"collectors":[]}}`, want: []string{"Normalized", "warning empty-list ipfix.collectors", root}},
		{name: "null list", now: `{"ipfix":{"collectors":null}}`, want: []string{"Normalized", "warning empty-list ipfix.collectors", root}},
		{
			name: "two empty blocks", now: `{"netFlow":{},"ipfix":{"collectors":[]}}`,
			want: []string{"Normalized", "warning empty-list netFlow", "warning empty-list ipfix.collectors", root},
		},
		{
			name: "next to a full one", now: `{"netFlow":{},"ipfix":{"collectors":["10.0.0.1:4739"]}}`,
			want: []string{"Normalized", "warning empty-list netFlow", root + "/netFlow"},
		},
		{
			name: "next to an error", now: `{"netFlow":{},"ipfix":{"collectors":["10.0.0.1"]}}`,
			want: []string{"Rejected", "error missing-port ipfix.collectors[0] -> 10.0.0.1:4739", "warning empty-list netFlow"},
		},
	})
}

func TestAStringWhereTheListBelongs(t *testing.T) {
	checkNetworks(t, []verdictCase{
		{
			name: "one", now: `{"netFlow":{"collectors":"10.0.0.1:2055"}}`,
			want: []string{"Normalized", "warning string-for-list netFlow.collectors", `replace /spec/exportNetworkFlows/netFlow/collectors ["10.0.0.1:2055"]`},
		},
		{
			name: "several", now: `{"netFlow":{"collectors":"10.0.0.1:2055, 10.0.0.2:2055"}}`,
			want: []string{
				"Normalized", "warning string-for-list netFlow.collectors", "warning joined-collectors netFlow.collectors",
				`replace /spec/exportNetworkFlows/netFlow/collectors ["10.0.0.1:2055" "10.0.0.2:2055"]`,
			},
		},
		{
			name: "malformed", now: `{"netFlow":{"collectors":"10.0.0.1"}}`,
			want: []string{"Rejected", "error missing-port netFlow.collectors -> 10.0.0.1:2055", "warning string-for-list netFlow.collectors"},
		},
		{name: "empty", now: `{"netFlow":{"collectors":""}}`, want: []string{"Rejected", "error empty-collector netFlow.collectors", "warning string-for-list netFlow.collectors"}},
	})
}
