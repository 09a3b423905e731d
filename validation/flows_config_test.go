package validation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/validation"
)

func TestSharedTarget(t *testing.T) {
	checkFlowsConfigs(t, []verdictCase{
		{name: "IPv4", now: `{"sharedTarget":"10.0.0.1:4739"}`, want: []string{"Accepted"}},
		{name: "IPv6, which no CRD forbids here", now: `{"sharedTarget":"[2001:db8::1]:4739"}`, want: []string{"Accepted"}},
		{name: "each node's own address", now: `{"sharedTarget":":4739"}`, want: []string{"Accepted"}},
		{name: "several", now: `{"sharedTarget":"10.0.0.1:4739,:2055"}`, want: []string{"Accepted"}},
		{name: "a template breaks", now: `{"sharedTarget":"10.0.0.1:4739\""}`, want: []string{"Rejected", "error shell-text data.sharedTarget -> 10.0.0.1:4739"}},
		{name: "more flags for ovnkube", now: `{"sharedTarget":"10.0.0.1:4739 --x"}`, want: []string{"Rejected", "error shell-text data.sharedTarget"}},
		{name: "host name", now: `{"sharedTarget":"collector:4739"}`, want: []string{"Rejected", "error hostname data.sharedTarget"}},
		{name: "no port", now: `{"sharedTarget":"10.0.0.1"}`, want: []string{"Rejected", "error missing-port data.sharedTarget -> 10.0.0.1:4739"}},
		{
			name: "one of two is malformed", now: `{"sharedTarget":"10.0.0.1:04739,10.0.0.01:4739"}`,
			want: []string{"Rejected", "error leading-zero data.sharedTarget -> 10.0.0.1:4739"},
		},
		{name: "brackets without address", now: `{"sharedTarget":"[]:4739"}`, want: []string{"Rejected", "error missing-address data.sharedTarget"}},
		{name: "only commas", now: `{"sharedTarget":" , "}`, want: []string{"Rejected", "error empty-collector data.sharedTarget"}},
		{
			name: "empty", now: `{"sharedTarget":""}`,
			want: []string{"Accepted", "warning config-ignored data.sharedTarget"},
		},
		{
			name: "empty, and wins over nodePort all the same", now: `{"sharedTarget":"","nodePort":"2055"}`,
			want: []string{"Accepted", "warning config-ignored data.sharedTarget", "warning key-ignored data.nodePort"},
		},
		{name: "loopback", now: `{"sharedTarget":"10.0.0.1:4739,127.0.0.1:4739"}`, want: []string{"Accepted", "warning loopback data.sharedTarget"}},
		{
			name: "kept because", old: `{"sharedTarget":"collector:4739"}`, now: `{"sharedTarget":"collector:4739","sampling":"2"}`,
			want: []string{"Accepted", "warning hostname data.sharedTarget (unchanged)"},
		},
		{
			name: "only commas, unchanged", old: `{"sharedTarget":","}`, now: `{"sharedTarget":","}`,
			want: []string{"Accepted", "warning empty-collector data.sharedTarget (unchanged)"},
		},
	})
}

func TestSharedTargetIsPutRight(t *testing.T) {
	const pointer = "replace /data/sharedTarget "
	checkFlowsConfigs(t, []verdictCase{
		{
			name: "white space", now: `{"sharedTarget":"10.0.0.1:4739\n"}`,
			want: []string{"Normalized", "warning white-space data.sharedTarget -> 10.0.0.1:4739", pointer + `"10.0.0.1:4739"`},
		},
		{
			name: "trailing comma", now: `{"sharedTarget":"10.0.0.1:4739,"}`,
			want: []string{"Normalized", "warning joined-collectors data.sharedTarget -> 10.0.0.1:4739", pointer + `"10.0.0.1:4739"`},
		},
		{
			name: "duplicate", now: `{"sharedTarget":"10.0.0.1:4739,10.0.0.1:4739"}`,
			want: []string{"Normalized", "warning duplicate data.sharedTarget -> 10.0.0.1:4739", pointer + `"10.0.0.1:4739"`},
		},
		{
			name: "node address with a scheme", now: `{"sharedTarget":"udp://:4739"}`,
			want: []string{"Normalized", "warning udp-scheme data.sharedTarget -> :4739", pointer + `":4739"`},
		},
		{
			name: "reject mode", options: rejectMode, now: `{"sharedTarget":"10.0.0.1:04739"}`,
			want: []string{"Rejected", "error port-leading-zeros data.sharedTarget -> 10.0.0.1:4739"},
		},
		{
			name: "unchanged", old: `{"sharedTarget":"10.0.0.1:04739"}`, now: `{"sharedTarget":"10.0.0.1:04739"}`, options: rejectMode,
			want: []string{"Accepted", "warning port-leading-zeros data.sharedTarget (unchanged) -> 10.0.0.1:4739"},
		},
	})
}

func TestNodePort(t *testing.T) {
	checkFlowsConfigs(t, []verdictCase{
		{name: "a port", now: `{"nodePort":"2055"}`, want: []string{"Accepted"}},
		{name: "leading zeros", now: `{"nodePort":"02055"}`, want: []string{"Normalized", "warning port-leading-zeros data.nodePort -> 2055", `replace /data/nodePort "2055"`}},
		{name: "white space", now: `{"nodePort":"2055\n"}`, want: []string{"Normalized", "warning white-space data.nodePort -> 2055", `replace /data/nodePort "2055"`}},
		{name: "empty", now: `{"nodePort":""}`, want: []string{"Rejected", "error node-port data.nodePort"}},
		{name: "zero", now: `{"nodePort":"0"}`, want: []string{"Rejected", "error node-port data.nodePort"}},
		{name: "too large", now: `{"nodePort":"65536"}`, want: []string{"Rejected", "error node-port data.nodePort"}},
		{name: "an address", now: `{"nodePort":"10.0.0.1:2055"}`, want: []string{"Rejected", "error node-port data.nodePort"}},
		{name: "two", now: `{"nodePort":"1,2"}`, want: []string{"Rejected", "error node-port data.nodePort"}},
		{name: "kept because", old: `{"nodePort":"x"}`, now: `{"nodePort":"x"}`, want: []string{"Accepted", "warning node-port data.nodePort (unchanged)"}},
		{name: "next to a target", now: `{"nodePort":"1","sharedTarget":"10.0.0.1:4739"}`, want: []string{"Accepted", "warning key-ignored data.nodePort"}},
		// Who removes the target makes the other key count; so it must be right even while it doesn't.
		{name: "malformed next to a target", now: `{"nodePort":"x","sharedTarget":"10.0.0.1:4739"}`, want: []string{"Rejected", "error node-port data.nodePort"}},
		{name: "malformed next to a target since before", old: `{"nodePort":"x","sharedTarget":"10.0.0.1:4739"}`, now: `{"nodePort":"x","sharedTarget":"10.0.0.2:4739"}`, want: []string{"Accepted", "warning key-ignored data.nodePort"}},
		{name: "begins to count", old: `{"nodePort":"x","sharedTarget":"10.0.0.1:4739"}`, now: `{"nodePort":"x"}`, want: []string{"Rejected", "error node-port data.nodePort"}},
		{name: "the time-out begins to count", old: `{"cacheActiveTimeout":"2h"}`, now: `{"cacheActiveTimeout":"2h","nodePort":"1","cacheMaxFlows":"1"}`, want: []string{"Rejected", "error cache-active-timeout data.cacheActiveTimeout"}},
		{name: "the time-out counted", old: `{"cacheActiveTimeout":"2h","nodePort":"1","cacheMaxFlows":"1"}`, now: `{"cacheActiveTimeout":"2h","nodePort":"2","cacheMaxFlows":"1"}`, want: []string{"Accepted", "warning cache-active-timeout data.cacheActiveTimeout (unchanged)"}},
		{name: "next to a target that the patch removes", patch: true, now: `{"sharedTarget":null,"nodePort":"2055"}`, want: []string{"Accepted"}},
	})
}

// exported is the data with a target, so that nothing but the key in question is reported.
func exported(data string) string { return `{"nodePort":"2055",` + data + `}` }

func TestActiveTimeout(t *testing.T) {
	checkFlowsConfigs(t, []verdictCase{
		{name: "good", now: exported(`"cacheActiveTimeout":"60s","cacheMaxFlows":"400"`), want: []string{"Accepted"}},
		{name: "the largest", now: exported(`"cacheActiveTimeout":"1h10m","cacheMaxFlows":"400"`), want: []string{"Accepted"}},
		{name: "no cache", now: exported(`"cacheActiveTimeout":"60s"`), want: []string{"Accepted", "warning no-flow-cache data.cacheActiveTimeout"}},
		{name: "no cache either", now: exported(`"cacheActiveTimeout":"60s","cacheMaxFlows":"0"`), want: []string{"Accepted", "warning no-flow-cache data.cacheActiveTimeout"}},
		{name: "too long", now: exported(`"cacheActiveTimeout":"2h"`), want: []string{"Rejected", "error cache-active-timeout data.cacheActiveTimeout"}},
		{name: "a second too long", now: exported(`"cacheActiveTimeout":"4201s"`), want: []string{"Rejected", "error cache-active-timeout data.cacheActiveTimeout"}},
		{name: "negative", now: exported(`"cacheActiveTimeout":"-5s"`), want: []string{"Rejected", "error cache-active-timeout data.cacheActiveTimeout"}},
		{name: "negative, but no second", now: exported(`"cacheActiveTimeout":"-500ms"`), want: []string{"Accepted", "warning value-ignored data.cacheActiveTimeout"}},
		{name: "part of a second is lost", now: exported(`"cacheActiveTimeout":"3200ms"`), want: []string{"Accepted", "warning value-truncated data.cacheActiveTimeout"}},
		{name: "cut to the largest", now: exported(`"cacheActiveTimeout":"4200.9s"`), want: []string{"Accepted", "warning value-truncated data.cacheActiveTimeout"}},
		{name: "zero", now: exported(`"cacheActiveTimeout":"0s"`), want: []string{"Accepted", "warning value-ignored data.cacheActiveTimeout"}},
		{name: "no unit", now: exported(`"cacheActiveTimeout":"60"`), want: []string{"Accepted", "warning value-ignored data.cacheActiveTimeout -> 60s"}},
		{name: "no unit and too long", now: exported(`"cacheActiveTimeout":"9999"`), want: []string{"Accepted", "warning value-ignored data.cacheActiveTimeout"}},
		{name: "no duration", now: exported(`"cacheActiveTimeout":"a minute"`), want: []string{"Accepted", "warning value-ignored data.cacheActiveTimeout"}},
		{
			name: "kept because", old: exported(`"cacheActiveTimeout":"2h"`), now: exported(`"cacheActiveTimeout":"2h"`),
			want: []string{"Accepted", "warning cache-active-timeout data.cacheActiveTimeout (unchanged)"},
		},
	})
}

func TestNumbers(t *testing.T) {
	checkFlowsConfigs(t, []verdictCase{
		{name: "sampling", now: exported(`"sampling":"400"`), want: []string{"Accepted"}},
		{name: "the largest of 32 bits", now: exported(`"sampling":"4294967295"`), want: []string{"Accepted", "warning sparse-sampling data.sampling"}},
		{name: "over 32 bits", now: exported(`"sampling":"4294967296"`), want: []string{"Accepted", "warning value-ignored data.sampling"}},
		{name: "zero does not switch off", now: exported(`"sampling":"0"`), want: []string{"Accepted", "warning value-ignored data.sampling"}},
		{name: "every packet", now: exported(`"sampling":"1"`), want: []string{"Accepted", "warning every-packet data.sampling"}},
		{name: "signed", now: exported(`"sampling":"+2"`), want: []string{"Accepted", "warning value-ignored data.sampling"}},
		{name: "flows", now: exported(`"cacheMaxFlows":"0"`), want: []string{"Accepted"}},
		{name: "flows over 32 bits", now: exported(`"cacheMaxFlows":"4294967296"`), want: []string{"Accepted", "warning value-ignored data.cacheMaxFlows"}},
		{name: "flows no number", now: exported(`"cacheMaxFlows":"many"`), want: []string{"Accepted", "warning value-ignored data.cacheMaxFlows"}},
	})
}

func TestTheShapeOfTheConfigMap(t *testing.T) {
	const ignored = "warning config-ignored data"
	checkFlowsConfigs(t, []verdictCase{
		{name: "no data", now: ``, want: []string{"Accepted", ignored}},
		{name: "null", now: `null`, want: []string{"Accepted", ignored}},
		{name: "no target", now: `{"sampling":"2"}`, want: []string{"Accepted", ignored}},
		{name: "a patch need not have one", patch: true, now: `{"sampling":"2","cacheActiveTimeout":"9s"}`, want: []string{"Accepted"}},
		{name: "a list", now: `["sharedTarget"]`, want: []string{"Rejected", "error wrong-type data"}},
		{name: "a number", now: `{"nodePort":2055}`, want: []string{"Rejected", "error wrong-type data.nodePort"}},
		{name: "null for a string", now: `{"nodePort":null}`, want: []string{"Rejected", "error wrong-type data.nodePort"}},
		{name: "duplicate key", now: `{"nodePort":"1","nodePort":"2"}`, want: []string{"Rejected", "error duplicate-field data.nodePort"}},
		{name: "unknown keys", now: exported(`"SharedTarget":"x","foo":"y"`), want: []string{"Accepted", "warning key-ignored data.SharedTarget", "warning key-ignored data.foo"}},
	})
	o := flowsConfig(t, `{"nodePort":"2055"}`)
	o.BinaryData = parse(t, `{"sharedTarget":"MTAuMC4wLjE6NDczOQ==","a\nb":""}`)
	want := []string{"Accepted", "warning key-ignored binaryData.sharedTarget", `warning key-ignored binaryData["a\nb"]`}
	if diff := cmp.Diff(want, brief(validation.Review(validation.Input{Object: o}))); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}

func TestTheExportsOfAConfigMapAreIPFIX(t *testing.T) {
	for data, want := range map[string][]string{
		`{"sharedTarget":"10.0.0.1:04739, :2055"}`: {"10.0.0.1:4739", ":2055"},
		`{"nodePort":"02055"}`:                     {":2055"},
		`{"sharedTarget":"10.0.0.1:4739,x"}`:       {"10.0.0.1:4739"},
		`{"sharedTarget":"","nodePort":"2055"}`:    nil,
		`{"sampling":"2"}`:                         nil,
	} {
		v := validation.Review(validation.Input{Object: flowsConfig(t, data)})
		if diff := cmp.Diff(want, validation.Texts(v.Flows.Of(validation.IPFIX)), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", data, diff)
		}
	}
}
