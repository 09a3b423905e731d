package validation_test

import (
	"testing"

	"sluice/validation"
)

func TestNullInAMergePatchSwitchesOff(t *testing.T) {
	for _, flows := range []string{`null`, `{"netFlow":null}`, `{"netFlow":{"collectors":null}}`} {
		checkNetworks(t, []verdictCase{
			{name: flows, patch: true, now: flows, want: []string{"Accepted"}},
			{name: flows + " in reject mode", patch: true, options: rejectMode, now: flows, want: []string{"Accepted"}},
		})
	}
}

func TestAnEmptyBlockInAMergePatchChangesNothing(t *testing.T) {
	checkNetworks(t, []verdictCase{
		{name: "flows", patch: true, now: `{}`, want: []string{"Accepted", "warning patch-without-effect spec.exportNetworkFlows"}},
		{name: "format", patch: true, now: `{"sFlow":{}}`, want: []string{"Accepted", "warning patch-without-effect sFlow"}},
	})
}

func TestAnEmptyListInAMergePatch(t *testing.T) {
	const flows = `{"netFlow":{"collectors":[]},"sFlow":null}`
	checkNetworks(t, []verdictCase{
		{name: "is not dropped, that would keep what is stored", patch: true, now: flows, want: []string{"Accepted", "warning empty-list netFlow.collectors"}},
		{name: "is refused in reject mode", patch: true, options: rejectMode, now: flows, want: []string{"Rejected", "error empty-list netFlow.collectors"}},
	})
}

func TestCollectorsInAMergePatchAreJudged(t *testing.T) {
	checkNetworks(t, []verdictCase{
		{name: "good", patch: true, now: list(validation.NetFlow, "10.0.0.1:2055"), want: []string{"Accepted"}},
		{
			name: "not canonical", patch: true, now: list(validation.NetFlow, "10.0.0.1:02055"),
			want: []string{"Normalized", "warning port-leading-zeros netFlow.collectors[0] -> 10.0.0.1:2055", netFlowList + `["10.0.0.1:2055"]`},
		},
		{
			name: "malformed", patch: true, now: list(validation.NetFlow, "10.0.0.1"),
			want: []string{"Rejected", "error missing-port netFlow.collectors[0] -> 10.0.0.1:2055"},
		},
		{name: "wrong type", patch: true, now: `{"netFlow":[]}`, want: []string{"Rejected", "error wrong-type netFlow"}},
	})
}
