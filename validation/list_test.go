package validation_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/validation"
)

const netFlowList = "replace /spec/exportNetworkFlows/netFlow/collectors "

func TestOnlyTheFirstOfDuplicatesStays(t *testing.T) {
	checkNetworks(t, []verdictCase{
		{
			name: "plain", now: list(validation.NetFlow, "10.0.0.2:2055", "10.0.0.1:2055", "10.0.0.2:2055"),
			want: []string{"Normalized", "warning duplicate netFlow.collectors[2]", netFlowList + `["10.0.0.2:2055" "10.0.0.1:2055"]`},
		},
		{
			name: "after normalizing", now: list(validation.NetFlow, "10.0.0.1:2055", "[::ffff:10.0.0.1]:02055", " 10.0.0.1:2055"),
			want: []string{"Normalized", "warning duplicate netFlow.collectors[1]", "warning duplicate netFlow.collectors[2]", netFlowList + `["10.0.0.1:2055"]`},
		},
		{
			name: "the first is not canonical", now: list(validation.NetFlow, "udp://10.0.0.1:2055", "10.0.0.1:2055"),
			want: []string{
				"Normalized", "warning udp-scheme netFlow.collectors[0] -> 10.0.0.1:2055", "warning duplicate netFlow.collectors[1]",
				netFlowList + `["10.0.0.1:2055"]`,
			},
		},
		{
			name: "another port is another collector", now: list(validation.NetFlow, "10.0.0.1:2055", "10.0.0.1:2056"),
			want: []string{"Accepted"},
		},
	})
}

func TestAListHoldsTenCollectors(t *testing.T) {
	eleven := many(12)[1:]
	ten := eleven[:10]
	quoted := fmt.Sprintf("%q", ten)
	checkNetworks(t, []verdictCase{
		{name: "ten", now: list(validation.NetFlow, ten...), want: []string{"Accepted"}},
		{
			name: "eleven with a duplicate", now: list(validation.NetFlow, append(ten[:10:10], ten[3])...),
			want: []string{"Normalized", "warning duplicate netFlow.collectors[10]", netFlowList + quoted},
		},
		{name: "eleven", now: list(validation.NetFlow, eleven...), want: []string{"Rejected", "error too-many-collectors netFlow.collectors"}},
		{
			name: "eleven joined", now: fmt.Sprintf(`{"netFlow":{"collectors":%q}}`, strings.Join(eleven, ",")),
			want: []string{
				"Rejected", "error too-many-collectors netFlow.collectors",
				"warning string-for-list netFlow.collectors", "warning joined-collectors netFlow.collectors",
			},
		},
	})
	v := validation.Review(validation.Input{Object: network(t, list(validation.NetFlow, many(31)[1:]...))})
	want := "has 30 collectors; the Network CRD allows at most 10; remove 20"
	if diff := cmp.Diff(want, v.Errors[0].Message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestJoinedCollectorsKeepTheirEntrysIndex(t *testing.T) {
	v := validation.Review(validation.Input{Object: network(t, list(validation.NetFlow, "10.0.0.3:1", "10.0.0.1:2055,10.0.0.2:2055", "10.0.0.3:1"))})
	want := []validation.Edit{{
		Pointer: "/spec/exportNetworkFlows/netFlow/collectors",
		List: []validation.Entry{
			{Addr: netip.MustParseAddrPort("10.0.0.3:1")},
			{Addr: netip.MustParseAddrPort("10.0.0.1:2055")},
			{Addr: netip.MustParseAddrPort("10.0.0.2:2055")},
		},
		From: []int{0, 1, 1},
	}}
	if diff := cmp.Diff(want, v.Edits, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
		t.Errorf("edits (-want +got):\n%s", diff)
	}
	checkNetworks(t, []verdictCase{{
		name: "one of them malformed", now: list(validation.NetFlow, "10.0.0.1:2055,10.0.0.2"),
		want: []string{"Rejected", "error missing-port netFlow.collectors[0] -> 10.0.0.2:2055"},
	}})
}

func TestNothingIsRewrittenInRejectMode(t *testing.T) {
	checkNetworks(t, []verdictCase{
		{name: "canonical", options: rejectMode, now: list(validation.NetFlow, "10.0.0.1:2055"), want: []string{"Accepted"}},
		{
			name: "not canonical", options: rejectMode, now: list(validation.NetFlow, " 10.0.0.1:02055"),
			want: []string{"Rejected", "error white-space netFlow.collectors[0] -> 10.0.0.1:2055"},
		},
		{
			name: "duplicate", options: rejectMode, now: list(validation.NetFlow, "10.0.0.1:2055", "10.0.0.1:2055"),
			want: []string{"Rejected", "error duplicate netFlow.collectors[1]"},
		},
		{
			name: "both at once", options: rejectMode, now: list(validation.NetFlow, "10.0.0.1:02055", "10.0.0.1:2055"),
			want: []string{"Rejected", "error port-leading-zeros netFlow.collectors[0] -> 10.0.0.1:2055", "error duplicate netFlow.collectors[1]"},
		},
		{
			name: "joined", options: rejectMode, now: list(validation.NetFlow, "10.0.0.1:2055,10.0.0.2:2055"),
			want: []string{"Rejected", "error joined-collectors netFlow.collectors[0]"},
		},
		{
			name: "string for list", options: rejectMode, now: `{"netFlow":{"collectors":"10.0.0.1:2055"}}`,
			want: []string{"Rejected", "error string-for-list netFlow.collectors"},
		},
		{name: "empty", options: rejectMode, now: `{"netFlow":{"collectors":[]}}`, want: []string{"Rejected", "error empty-list netFlow.collectors"}},
		{name: "null", options: rejectMode, now: `null`, want: []string{"Accepted", "warning empty-list spec.exportNetworkFlows"}},
	})
}
