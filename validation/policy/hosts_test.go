package policy_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
	"sluice/validation/policy"
)

// The destinations of a FlowCollector, by what they are.
func destinationsOf() map[string]validation.Collector {
	at := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(netip.Addr{}, port) }
	return map[string]validation.Collector{
		"address":   {Format: validation.IPFIX, Addr: netip.MustParseAddrPort("10.20.0.1:4739")},
		"outside":   {Format: validation.IPFIX, Addr: netip.MustParseAddrPort("192.0.2.1:4739")},
		"name":      {Format: validation.Kafka, Addr: at(9092), Host: "kafka.example.com"},
		"below":     {Format: validation.Kafka, Addr: at(9092), Host: "a.b.example.com"},
		"lookalike": {Format: validation.Kafka, Addr: at(9092), Host: "badexample.com"},
		"loki":      {Format: validation.Loki, Addr: at(3100), Host: "loki"},
		"unknown":   {Format: validation.Unrecognized, Unknown: `an exporter of the type "Splunk"`, Field: "spec.exporters[1].type"},
	}
}

// TestRulesAndHostNames says which destinations each set of policies denies when they are added.
func TestRulesAndHostNames(t *testing.T) {
	network := prefixes("10.20.0.0/16")
	everywhere := prefixes("0.0.0.0/0", "::/0")
	const all = "address below lookalike loki name outside unknown"
	for name, c := range map[string]struct {
		allow, deny []policy.Rule
		denied      string
	}{
		"no rules":                   {nil, nil, ""},
		"any address":                {[]policy.Rule{{}}, nil, "below lookalike loki name unknown"},
		"a network":                  {[]policy.Rule{{Destinations: network}}, nil, "below lookalike loki name outside unknown"},
		"every network":              {[]policy.Rule{{Destinations: everywhere}}, nil, "below lookalike loki name unknown"},
		"a name":                     {[]policy.Rule{{Hosts: []string{"kafka.example.com"}}}, nil, "address below lookalike loki outside unknown"},
		"names below":                {[]policy.Rule{{Hosts: []string{"*.example.com"}}}, nil, "address lookalike loki outside unknown"},
		"every name":                 {[]policy.Rule{{Hosts: []string{"*"}}}, nil, "address outside unknown"},
		"a name and a network":       {[]policy.Rule{{Hosts: []string{"loki"}, Destinations: network}}, nil, "below lookalike name outside unknown"},
		"a name with another format": {[]policy.Rule{{Formats: []validation.Format{validation.Loki}, Hosts: []string{"*"}}}, nil, "address below lookalike name outside unknown"},
		"a name with another port":   {[]policy.Rule{{Ports: []policy.PortRange{{First: 3100, Last: 3100}}, Hosts: []string{"*"}}}, nil, "address below lookalike name outside unknown"},
		"deny everything":            {nil, []policy.Rule{{}}, all},
		"deny every network":         {nil, []policy.Rule{{Destinations: everywhere}}, all},
		"deny a format":              {nil, []policy.Rule{{Formats: []validation.Format{validation.Kafka}}}, "below lookalike name unknown"},
		"deny a name":                {nil, []policy.Rule{{Hosts: []string{"*.example.com"}}}, "below name unknown"},
		"deny a network":             {nil, []policy.Rule{{Destinations: network}}, "address below lookalike loki name unknown"},
		"deny a network of a format": {nil, []policy.Rule{{Formats: []validation.Format{validation.IPFIX}, Destinations: network}}, "address unknown"},
		"allow a name, deny a network": {
			[]policy.Rule{{}, {Hosts: []string{"kafka.example.com"}}}, []policy.Rule{{Destinations: network}}, "address below lookalike loki unknown",
		},
		"allow a name, and deny it": {
			[]policy.Rule{{}, {Hosts: []string{"*"}}}, []policy.Rule{{Hosts: []string{"kafka.example.com"}}}, "name unknown",
		},
		"allow every name, deny every network": {[]policy.Rule{{Hosts: []string{"*"}}}, []policy.Rule{{Destinations: everywhere}}, all},
	} {
		t.Run(name, func(t *testing.T) {
			set := policy.Compile([]policy.Policy{{Name: "p", Allow: c.allow, Deny: c.deny}})
			for what, d := range destinationsOf() {
				change := validation.Change{Resource: validation.FlowCollector, Added: []validation.Collector{d}, Result: []validation.Collector{d}}
				want := strings.Contains(" "+c.denied+" ", " "+what+" ")
				if got := set.Evaluate(mary, change).Denied; (len(got) > 0) != want {
					t.Errorf("%s: denied %t, want %t: %v", what, len(got) > 0, want, got)
				}
			}
		})
	}
}

func TestDenialsOfAFlowCollector(t *testing.T) {
	set := policy.Compile([]policy.Policy{{
		Name: "team-a", RemovalRestricted: true, MaxCollectors: new(int),
		Allow: []policy.Rule{{Destinations: prefixes("10.20.0.0/16"), Hosts: []string{"*.example.com"}}}, Deny: []policy.Rule{{Destinations: prefixes("10.20.99.0/24")}},
		Required: []validation.Collector{{Format: validation.IPFIX, Addr: netip.MustParseAddrPort("10.0.0.5:4739")}},
	}})
	d := destinationsOf()
	d["loki"] = validation.Collector{Format: validation.Loki, Addr: d["loki"].Addr, Host: "loki", Field: "spec.loki.monolithic.url"}
	decision := set.Evaluate(mary, validation.Change{
		Resource: validation.FlowCollector, Added: []validation.Collector{d["loki"], d["unknown"]}, Removed: []validation.Collector{d["lookalike"]},
		Result: []validation.Collector{d["loki"], d["unknown"]},
	})
	var got []string
	for _, denial := range decision.Denied {
		got = append(got, denial.Line())
	}
	want := []string{
		`spec.loki.monolithic.url: "loki:3100": "mary" may not send Loki there: the policy denies every format to 10.20.99.0/24; the address of a host name is unknown, so the rule applies unless an allow rule lists the name [policy team-a/deny[0]]`,
		`spec.loki.monolithic.url: "loki:3100": "mary" may not send Loki there: no allow rule lists the host name; write an allowed address, or ask for the name in the hosts of a rule [policy team-a/allow]`,
		`spec.exporters[1].type: "mary" may not add an exporter of the type "Splunk": the policy denies every format to 10.20.99.0/24; Sluice can't read where it sends records, so every deny rule applies [policy team-a/deny[0]]`,
		`spec.exporters[1].type: "mary" may not add an exporter of the type "Splunk": Sluice can't read where it sends records, so no allow rule matches [policy team-a/allow]`,
		`spec: would have 1 Loki collectors; the policy allows at most 0; add 1 fewer [policy team-a/maxCollectors]`,
		`spec: "badexample.com:9092": "mary" may not remove this Kafka collector: no allow rule matches it; add it back [policy team-a/removal]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if want := "every format to 10.20.0.0/16 and *.example.com"; decision.Allowed != want {
		t.Errorf("allowed: %s", decision.Allowed)
	}
}

func TestExplainHostNames(t *testing.T) {
	set := policy.Compile([]policy.Policy{{Name: "team-a", Allow: []policy.Rule{
		{Formats: []validation.Format{validation.NetFlow, validation.Kafka}, Hosts: []string{"*.example.com"}, Destinations: prefixes("10.20.0.0/16"), Ports: []policy.PortRange{{First: 9093, Last: 9093}}},
		{Formats: []validation.Format{validation.IPFIX, validation.Loki}},
	}}})
	var out strings.Builder
	if err := policy.Explain(set, mary).WriteText(&out); err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		"NetFlow        10.20.0.0/16:9093 ",
		"sFlow          nothing ",
		"IPFIX          anything ",
		"Kafka          10.20.0.0/16:9093; *.example.com:9093 ",
		"OpenTelemetry  nothing ",
		"Loki           any address ",
	} {
		if !strings.Contains(out.String(), row) {
			t.Errorf("no row %q in\n%s", row, out.String())
		}
	}
}
