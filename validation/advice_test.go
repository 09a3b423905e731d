package validation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
)

func TestAddressesThatSeldomDoWhatIsWanted(t *testing.T) {
	for text, rule := range map[string]string{
		"127.0.0.1:2055":         "loopback",
		"127.255.255.254:2055":   "loopback",
		"[::1]:2055":             "loopback",
		"169.254.169.254:2055":   "link-local",
		"[fe80::1]:2055":         "link-local",
		"224.0.0.1:2055":         "multicast",
		"239.255.255.255:2055":   "multicast",
		"[ff02::1]:2055":         "multicast",
		"[::ffff:127.0.0.1]:205": "loopback",
	} {
		v := validation.Review(validation.Input{Object: network(t, list(validation.IPFIX, text)), Options: validation.Options{IPv6: true}})
		last := v.Warnings[len(v.Warnings)-1]
		if len(v.Errors) > 0 || string(last.Rule) != rule {
			t.Errorf("%s: got %q, want a warning of rule %s", text, brief(v), rule)
		}
	}
}

func TestCollectorsInsideTheCluster(t *testing.T) {
	o := network(t, list(validation.NetFlow, "10.128.3.4:2055", "172.30.0.10:2055", "10.0.0.5:2055"))
	o.ClusterNetwork = parse(t, `[{"cidr":"10.128.0.0/14","hostPrefix":23},{"cidr":"not a CIDR"},"10.0.0.0/8",7]`)
	o.ServiceNetwork = parse(t, `["172.30.0.0/16","fd02::/112",{}]`)
	want := []string{"Accepted", "warning cluster-network netFlow.collectors[0]", "warning service-network netFlow.collectors[1]"}
	if diff := cmp.Diff(want, brief(validation.Review(validation.Input{Object: o}))); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
	o.ExportNetworkFlows = parse(t, list(validation.IPFIX, "[fd02::1]:4739"))
	want = []string{"Accepted", "warning service-network ipfix.collectors[0]"}
	if diff := cmp.Diff(want, brief(validation.Review(validation.Input{Object: o, Options: validation.Options{IPv6: true}}))); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}

func TestAdviceOnFormats(t *testing.T) {
	checkNetworks(t, []verdictCase{
		{
			name: "one collector in three formats",
			now:  `{"ipfix":{"collectors":["10.0.0.1:9"]},"netFlow":{"collectors":["10.0.0.2:9","10.0.0.1:9"]},"sFlow":{"collectors":["10.0.0.1:09"]}}`,
			want: []string{
				"Normalized", "warning port-leading-zeros sFlow.collectors[0] -> 10.0.0.1:9",
				"warning collector-in-two-formats sFlow.collectors[0]", "warning collector-in-two-formats ipfix.collectors[0]",
				"warning sflow-payload sFlow", `replace /spec/exportNetworkFlows/sFlow/collectors ["10.0.0.1:9"]`,
			},
		},
		{
			name: "sFlow warns once", now: list(validation.SFlow, "10.0.0.1:6343", "10.0.0.2:6343"),
			want: []string{"Accepted", "warning sflow-payload sFlow"},
		},
		{
			name: "a duplicate is removed, not advised on", now: list(validation.NetFlow, "127.0.0.1:1", "127.0.0.1:1"),
			want: []string{"Normalized", "warning duplicate netFlow.collectors[1]", "warning loopback netFlow.collectors[0]", netFlowList + `["127.0.0.1:1"]`},
		},
		{
			name: "NetFlow to an IPv6 address", options: validation.Options{IPv6: true}, now: list(validation.NetFlow, "[2001:db8::1]:2055"),
			want: []string{"Accepted", "warning netflow-ipv6 netFlow.collectors[0]"},
		},
	})
}

func TestListsWithoutEffect(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*validation.Object)
		want   []string
	}{
		"all is well": {func(o *validation.Object) {
			o.NetworkType = parse(t, `"OVNKubernetes"`)
			o.ManagementState = parse(t, `"Managed"`)
		}, []string{"Accepted"}},
		"the operator takes any case": {func(o *validation.Object) { o.NetworkType = parse(t, `"OvnKubernetes"`) }, []string{"Accepted"}},
		"unknown, as in a patch":      {func(o *validation.Object) { o.Name = "" }, []string{"Accepted"}},
		"another network type":        {func(o *validation.Object) { o.NetworkType = parse(t, `"OpenShiftSDN"`) }, []string{"Accepted", "warning not-ovn-kubernetes spec.defaultNetwork.type"}},
		"unmanaged":                   {func(o *validation.Object) { o.ManagementState = parse(t, `"Unmanaged"`) }, []string{"Accepted", "warning unmanaged spec.managementState"}},
		"removed":                     {func(o *validation.Object) { o.ManagementState = parse(t, `"Removed"`) }, []string{"Accepted"}},
		"another name":                {func(o *validation.Object) { o.Name = "default" }, []string{"Accepted", "warning not-cluster metadata.name"}},
		"no collectors left": {func(o *validation.Object) {
			o.Name = "default"
			o.ExportNetworkFlows = validation.Value{}
		}, []string{"Accepted"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := network(t, list(validation.NetFlow, "10.0.0.1:2055"))
			c.change(&o)
			if diff := cmp.Diff(c.want, brief(validation.Review(validation.Input{Object: o}))); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWarningsOfARefusedObjectDontClaimAnEdit(t *testing.T) {
	v := validation.Review(validation.Input{Object: network(t, list(validation.NetFlow, "10.0.0.1:02055", "10.0.0.1:2055", "bad"))})
	var got []string
	for _, f := range v.Warnings {
		got = append(got, f.Line())
	}
	want := []string{
		`netFlow.collectors[0]: "10.0.0.1:02055" would be stored as "10.0.0.1:2055": leading zeros of the port removed`,
		`netFlow.collectors[1]: "10.0.0.1:2055" would be removed: duplicate of collectors[0]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// Each list is as long as a request body allows; work that grows with the square of it
// would not end within the test's time limit.
func TestHostileSizesEnd(t *testing.T) {
	const n = 20_000
	collectors := many(n)
	old := network(t, list(validation.NetFlow, collectors...))
	const members = validation.MaxValues / 3
	cidrs := make([]string, members)
	keys := make([]string, members)
	for i := range cidrs {
		cidrs[i] = fmt.Sprintf(`{"cidr":"10.%d.%d.0/24"}`, i>>8&0xff, i&0xff)
		keys[i] = fmt.Sprintf(`"key%d":""`, i)
	}
	o := network(t, `{"ipfix":{"collectors":[`+strings.Join(mapped(collectors, quoteJSON), ",")+`]},"netFlow":{"collectors":[`+strings.Join(mapped(append(collectors, collectors...), quoteJSON), ",")+`]}}`)
	o.ClusterNetwork = parse(t, "["+strings.Join(cidrs, ",")+"]")
	for _, options := range []validation.Options{{}, rejectMode} {
		in := update(old, o)
		in.Options, in.Policies = options, &recorder{}
		validation.Review(in)
	}
	validation.Review(validation.Input{Object: network(t, "{"+strings.Join(keys, ",")+`,"netFlow":{}`+strings.Repeat(`,"netFlow":{}`, members)+"}")})
	validation.Review(validation.Input{Object: flowsConfig(t, "{"+strings.Join(keys, ",")+"}")})
	target := func(list []string) string { return `{"sharedTarget":` + quoteJSON(strings.Join(list, ",")) + `}` }
	in := update(flowsConfig(t, target(collectors[:n/2])), flowsConfig(t, target(collectors[n/2:])))
	in.Policies = &recorder{}
	validation.Review(in)
}

func mapped(list []string, change func(string) string) []string {
	changed := make([]string, len(list))
	for i, s := range list {
		changed[i] = change(s)
	}
	return changed
}
