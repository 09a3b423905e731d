package validation_test

import (
	"testing"

	"sluice/validation"
)

func TestABadEntryThatStandsUnchangedIsAWarning(t *testing.T) {
	bad := list(validation.NetFlow, "10.0.0.01:2055")
	checkNetworks(t, []verdictCase{
		{
			name: "nothing changes", old: bad, now: bad,
			want: []string{"Accepted", "warning leading-zero netFlow.collectors[0] (unchanged) -> 10.0.0.1:2055"},
		},
		{
			name: "a good one is added in front", old: bad, now: list(validation.NetFlow, "10.0.0.9:2055", "10.0.0.01:2055"),
			want: []string{"Accepted", "warning leading-zero netFlow.collectors[1] (unchanged) -> 10.0.0.1:2055"},
		},
		{
			name: "a bad one is added", old: bad, now: list(validation.NetFlow, "10.0.0.01:2055", "10.0.0.02:2055"),
			want: []string{
				"Rejected", "error leading-zero netFlow.collectors[1] -> 10.0.0.2:2055",
				"warning leading-zero netFlow.collectors[0] (unchanged) -> 10.0.0.1:2055",
			},
		},
		{
			name: "it is new", old: list(validation.NetFlow, "10.0.0.9:2055"), now: bad,
			want: []string{"Rejected", "error leading-zero netFlow.collectors[0] -> 10.0.0.1:2055"},
		},
		{
			name: "it moves to another format", old: bad, now: list(validation.IPFIX, "10.0.0.01:2055"),
			want: []string{"Rejected", "error leading-zero ipfix.collectors[0] -> 10.0.0.1:2055"},
		},
		{
			name: "its text changes", old: bad, now: list(validation.NetFlow, " 10.0.0.01:2055"),
			want: []string{"Rejected", "error leading-zero netFlow.collectors[0] -> 10.0.0.1:2055"},
		},
		{
			name: "it is repeated", old: bad, now: list(validation.NetFlow, "10.0.0.01:2055", "10.0.0.01:2055"),
			want: []string{
				"Normalized", "warning duplicate netFlow.collectors[1]",
				"warning leading-zero netFlow.collectors[0] (unchanged) -> 10.0.0.1:2055",
				netFlowList + `["10.0.0.01:2055"]`,
			},
		},
		{
			name: "it was one of several joined", old: list(validation.NetFlow, "10.0.0.01:2055,10.0.0.2:2055"), now: bad,
			want: []string{"Accepted", "warning leading-zero netFlow.collectors[0] (unchanged) -> 10.0.0.1:2055"},
		},
		{
			name: "a string instead of a list, stored", old: `{"netFlow":{"collectors":"10.0.0.01:2055"}}`, now: bad,
			want: []string{"Accepted", "warning leading-zero netFlow.collectors[0] (unchanged) -> 10.0.0.1:2055"},
		},
		{
			name: "the old list holds other types", old: `{"netFlow":{"collectors":[1,null,"10.0.0.01:2055"]}}`, now: bad,
			want: []string{"Accepted", "warning leading-zero netFlow.collectors[0] (unchanged) -> 10.0.0.1:2055"},
		},
	})
}

func TestRemovingIsAlwaysWellFormed(t *testing.T) {
	twelve := many(13)[1:]
	checkNetworks(t, []verdictCase{
		{
			name: "eleven of twelve are left", old: list(validation.NetFlow, twelve...), now: list(validation.NetFlow, twelve[1:]...),
			want: []string{"Accepted", "warning too-many-collectors netFlow.collectors (unchanged)"},
		},
		{
			name: "they are reordered as well", old: list(validation.NetFlow, twelve...), now: list(validation.NetFlow, append(twelve[6:11:11], twelve[:6]...)...),
			want: []string{"Accepted", "warning too-many-collectors netFlow.collectors (unchanged)"},
		},
		{
			name: "one is exchanged", old: list(validation.NetFlow, twelve...), now: list(validation.NetFlow, append(twelve[1:11:11], "10.9.9.9:1")...),
			want: []string{"Rejected", "error too-many-collectors netFlow.collectors"},
		},
		{
			name: "bad ones are left", old: list(validation.NetFlow, "a", "10.0.0.1:2055", "b:99999"), now: list(validation.NetFlow, "a", "b:99999"),
			want: []string{
				"Accepted", "warning hostname netFlow.collectors[0] (unchanged)", "warning missing-port netFlow.collectors[0] (unchanged)",
				"warning hostname netFlow.collectors[1] (unchanged)", "warning invalid-port netFlow.collectors[1] (unchanged)",
			},
		},
		{name: "all", old: list(validation.NetFlow, "a", "b"), now: ``, want: []string{"Accepted"}},
		{
			name: "to an empty list", old: list(validation.NetFlow, "a", "b"), now: list(validation.NetFlow),
			want: []string{"Normalized", "warning empty-list netFlow.collectors", "remove /spec/exportNetworkFlows"},
		},
		{
			name: "with rewriting switched off", options: rejectMode,
			old: list(validation.NetFlow, "10.0.0.1:2055", "10.0.0.2:2055", "10.0.0.2:2055"), now: list(validation.NetFlow, "10.0.0.2:2055", "10.0.0.2:2055"),
			want: []string{"Accepted", "warning duplicate netFlow.collectors[1] (unchanged)"},
		},
	})
}

func TestAnUnchangedObjectIsNotEdited(t *testing.T) {
	for name, c := range map[string]struct{ flows, warning string }{
		"duplicate":       {list(validation.NetFlow, "10.0.0.1:2055", "10.0.0.1:2055"), "duplicate netFlow.collectors[1] (unchanged)"},
		"not canonical":   {list(validation.NetFlow, "10.0.0.1:02055"), "port-leading-zeros netFlow.collectors[0] (unchanged) -> 10.0.0.1:2055"},
		"joined":          {list(validation.NetFlow, "10.0.0.1:2055,10.0.0.2:2055"), "joined-collectors netFlow.collectors[0] (unchanged)"},
		"string for list": {`{"netFlow":{"collectors":"10.0.0.1:2055"}}`, "string-for-list netFlow.collectors (unchanged)"},
		"null":            {`null`, "empty-list spec.exportNetworkFlows (unchanged)"},
		"empty block":     {`{"netFlow":{}}`, "empty-list netFlow (unchanged)"},
		"empty list":      {`{"netFlow":{"collectors":[]}}`, "empty-list netFlow.collectors (unchanged)"},
		"wrong type":      {`{"netFlow":{"collectors":7}}`, "wrong-type netFlow.collectors (unchanged)"},
	} {
		want := []string{"Accepted", "warning " + c.warning}
		checkNetworks(t, []verdictCase{
			{name: name, old: c.flows, now: c.flows, want: want},
			{name: name + " in reject mode", old: c.flows, now: c.flows, options: rejectMode, want: want},
		})
	}
}

func TestOldEntriesInRejectMode(t *testing.T) {
	checkNetworks(t, []verdictCase{
		{
			name: "a stored repetition", options: rejectMode,
			old: list(validation.NetFlow, "10.0.0.1:2055", "10.0.0.1:2055"), now: list(validation.NetFlow, "10.0.0.1:2055", "10.0.0.1:2055", "10.0.0.2:2055"),
			want: []string{"Accepted", "warning duplicate netFlow.collectors[1] (unchanged)"},
		},
		{
			name: "one repetition more than stored", options: rejectMode,
			old: list(validation.NetFlow, "10.0.0.1:2055", "10.0.0.1:2055"), now: list(validation.NetFlow, "10.0.0.1:2055", "10.0.0.1:2055", "10.0.0.1:2055"),
			want: []string{"Rejected", "error duplicate netFlow.collectors[2]", "warning duplicate netFlow.collectors[1] (unchanged)"},
		},
		{
			name: "a new repetition of an old entry", options: rejectMode,
			old: list(validation.NetFlow, "10.0.0.1:2055"), now: list(validation.NetFlow, "10.0.0.1:2055", "10.0.0.1:2055"),
			want: []string{"Rejected", "error duplicate netFlow.collectors[1]"},
		},
		{
			name: "an entry that was never canonical", options: rejectMode,
			old: list(validation.NetFlow, "[10.0.0.1]:2055"), now: list(validation.NetFlow, "[10.0.0.1]:2055", "10.0.0.2:2055"),
			want: []string{"Accepted", "warning brackets netFlow.collectors[0] (unchanged) -> 10.0.0.1:2055"},
		},
		{
			name: "an entry that is no longer canonical", options: rejectMode,
			old: list(validation.NetFlow, "10.0.0.1:2055"), now: list(validation.NetFlow, "10.0.0.1:02055"),
			want: []string{"Rejected", "error port-leading-zeros netFlow.collectors[0] -> 10.0.0.1:2055"},
		},
	})
}
