package policy_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"sluice/api/v1alpha1"
	"sluice/validation"
	"sluice/validation/policy"
)

// object is a policy with this spec, in YAML.
func object(t *testing.T, spec string) v1alpha1.FlowExportPolicy {
	t.Helper()
	o := v1alpha1.FlowExportPolicy{ObjectMeta: metav1.ObjectMeta{Name: "p"}}
	if err := yaml.UnmarshalStrict([]byte(spec), &o.Spec); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestEveryFieldIsConverted(t *testing.T) {
	four := 4
	want := policy.Policy{
		Name: "p",
		Subjects: []policy.Subject{
			{Kind: policy.UserSubject, Name: "mary"},
			{Kind: policy.GroupSubject, Name: "team-a"},
			{Kind: policy.ServiceAccountSubject, Name: "bot", Namespace: "flows"},
		},
		Exempt:      []policy.Subject{{Kind: policy.GroupSubject, Name: "break-glass"}},
		Enforcement: policy.Audit,
		Allow: []policy.Rule{
			{
				Formats:      []validation.Format{validation.NetFlow, validation.IPFIX},
				Destinations: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("2001:db8::/32")},
				Ports:        []policy.PortRange{{First: 2055, Last: 2056}, {First: 4739, Last: 4739}},
			},
			{},
		},
		Deny:              []policy.Rule{{Formats: []validation.Format{validation.SFlow}}},
		Required:          []validation.Collector{{Format: validation.IPFIX, Addr: netip.MustParseAddrPort("10.0.0.5:4739")}},
		MaxCollectors:     &four,
		RemovalRestricted: true,
	}
	got, err := policy.FromObject(object(t, `
subjects: [{kind: User, name: mary}, {kind: Group, name: team-a}, {kind: ServiceAccount, name: bot, namespace: flows}]
exempt: [{kind: Group, name: break-glass}]
enforcement: Audit
allow:
- {formats: [NetFlow, IPFIX], destinations: [10.20.0.0/16, "2001:db8::/32"], ports: ["2055-2056", "4739"]}
- {}
deny: [{formats: [SFlow]}]
required: [{format: IPFIX, collector: "10.0.0.5:4739"}]
maxCollectors: 4
removal: OnlyAllowed
`))
	if err != nil {
		t.Fatal(err)
	}
	same := cmp.Options{cmpopts.EquateComparable(netip.Prefix{}, netip.AddrPort{})}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEnforcementAndRemovalHaveDefaults(t *testing.T) {
	for spec, want := range map[string]policy.Policy{
		`{deny: [{}]}`: {Enforcement: policy.Deny},
		`{deny: [{}], enforcement: Deny, removal: Any}`: {Enforcement: policy.Deny},
		`{deny: [{}], enforcement: Warn}`:               {Enforcement: policy.Warn},
		`{deny: [{}], removal: OnlyAllowed}`:            {RemovalRestricted: true},
	} {
		got, err := policy.FromObject(object(t, spec))
		if err != nil || got.Enforcement != want.Enforcement || got.RemovalRestricted != want.RemovalRestricted {
			t.Errorf("%s: %+v, %v", spec, got, err)
		}
	}
}

func TestEveryErrorNamesItsField(t *testing.T) {
	const (
		nowhere = "cannot be a destination, so that no Network can hold it; write the address that the collector listens on"
		nobody  = "begins or ends with white space, or has a control or invisible character, so that it would match no user; write the name as kubectl auth whoami prints it"

		restrict  = "the policy restricts nothing; write at least one of allow, deny, required, maxCollectors, sampling, cacheActiveTimeout, cacheMaxFlows or removal: OnlyAllowed"
		empty     = ": is empty; list at least one item, or remove the field to match any"
		port      = `is not a port from 1 to 65535 or a range of them; write it as "2055" or "2055-2056"`
		collector = "is not a collector in canonical form; write address and port as 10.0.0.5:4739 or [2001:db8::1]:4739"
		cidr      = "is not a network in CIDR notation; write it as 10.20.0.0/16 or 2001:db8::/32"
	)
	for spec, want := range map[string][]string{
		`{}`: {"spec: " + restrict},
		`{exempt: [{kind: User, name: mary}], enforcement: Warn}`: {"spec: " + restrict},
		`{deny: [{}], enforcement: deny}`:                         {`spec.enforcement: "deny" is unknown; use Deny, Warn or Audit`},
		`{deny: [{}], removal: None}`:                             {`spec.removal: "None" is unknown; use Any or OnlyAllowed`},
		`{maxCollectors: 11}`:                                     {"spec.maxCollectors: 11 is not a number from 0 to 10"},
		`{maxCollectors: -1}`:                                     {"spec.maxCollectors: -1 is not a number from 0 to 10"},

		`{deny: [{}], subjects: [{kind: User, name: a}, {kind: Role, name: b}]}`:    {`spec.subjects[1].kind: "Role" is unknown; use User, Group or ServiceAccount`},
		`{deny: [{}], exempt: [{kind: Group}]}`:                                     {"spec.exempt[0].name: is missing"},
		`{deny: [{}], subjects: [{kind: Group, name: a, namespace: b}]}`:            {"spec.subjects[0].namespace: only a ServiceAccount has a namespace; remove it, or write kind: ServiceAccount"},
		`{deny: [{}], subjects: [{kind: ServiceAccount, name: bot}]}`:               {"spec.subjects[0]: a ServiceAccount needs its namespace"},
		`{deny: [{}], exempt: [{kind: ServiceAccount, name: "a:b", namespace: c}]}`: {`spec.exempt[0].name: "a:b" is not the name of a ServiceAccount; for a name such as system:serviceaccount:NAMESPACE:NAME write kind: User`},

		`{deny: [{}], subjects: [{kind: ServiceAccount, name: "-a", namespace: B}]}`: {
			`spec.subjects[0].name: "-a" is not the name of a ServiceAccount; for a name such as system:serviceaccount:NAMESPACE:NAME write kind: User`,
			`spec.subjects[0].namespace: "B" is not the name of a namespace, which has lower-case letters, digits and '-' only`,
		},
		`{deny: [{}], subjects: []}`:          {"spec.subjects" + empty},
		`{deny: [{}], allow: []}`:             {"spec.allow" + empty},
		`{deny: [{formats: []}]}`:             {"spec.deny[0].formats" + empty},
		`{deny: [{destinations: []}]}`:        {"spec.deny[0].destinations" + empty},
		`{deny: [{ports: []}]}`:               {"spec.deny[0].ports" + empty},
		`{deny: [{}], required: []}`:          {"spec.required" + empty},
		`{deny: [{formats: [IPFIX, IPFIX]}]}`: {`spec.deny[0].formats[1]: "IPFIX" is listed more than once`},

		`{allow: [{}, {formats: [IPFIX, sFlow]}]}`:          {`spec.allow[1].formats[1]: "sFlow" is unknown; use NetFlow, SFlow, IPFIX, Kafka, OpenTelemetry or Loki`},
		`{deny: [{destinations: [10.0.0.0/8, 10.0.0.1]}]}`:  {`spec.deny[0].destinations[1]: "10.0.0.1" ` + cidr + `, or for this one address 10.0.0.1/32`},
		`{deny: [{destinations: ["::1"]}]}`:                 {`spec.deny[0].destinations[0]: "::1" ` + cidr + `, or for this one address ::1/128`},
		`{deny: [{destinations: ["::ffff:10.0.0.1"]}]}`:     {`spec.deny[0].destinations[0]: "::ffff:10.0.0.1" ` + cidr + `, or for this one address 10.0.0.1/32`},
		`{deny: [{destinations: ["fe80::1%eth0"]}]}`:        {`spec.deny[0].destinations[0]: "fe80::1%eth0" ` + cidr},
		`{deny: [{destinations: ["::ffff:10.0.0.0/104"]}]}`: {`spec.deny[0].destinations[0]: "::ffff:10.0.0.0/104" ` + cidr},
		`{deny: [{destinations: [""]}]}`:                    {`spec.deny[0].destinations[0]: "" ` + cidr},
		`{allow: [{destinations: [10.20.1.0/16]}]}`:         {`spec.allow[0].destinations[0]: "10.20.1.0/16" names an address, not a network; write 10.20.0.0/16`},
		`{allow: [{destinations: ["2001:db8::1/64"]}]}`:     {`spec.allow[0].destinations[0]: "2001:db8::1/64" names an address, not a network; write 2001:db8::/64`},
		`{allow: [{destinations: [010.0.0.0/8]}]}`:          {`spec.allow[0].destinations[0]: "010.0.0.0/8" ` + cidr},
		`{allow: [{destinations: [10.0.0.0/08]}]}`:          {`spec.allow[0].destinations[0]: "10.0.0.0/08" ` + cidr},
		`{deny: [{ports: ["2055", "2056-2055"]}]}`:          {`spec.deny[0].ports[1]: "2056-2055" ` + port},
		`{deny: [{ports: ["0", "65536", "01", "", "7-", "+7"]}]}`: {
			`spec.deny[0].ports[0]: "0" ` + port, `spec.deny[0].ports[1]: "65536" ` + port, `spec.deny[0].ports[2]: "01" ` + port,
			`spec.deny[0].ports[3]: "" ` + port, `spec.deny[0].ports[4]: "7-" ` + port, `spec.deny[0].ports[5]: "+7" ` + port,
		},

		`{required: [{format: Kafka, collector: "10.0.0.5:4739"}]}`:          {`spec.required[0].format: "Kafka" is unknown; use NetFlow, SFlow or IPFIX`},
		`{allow: [{hosts: [10.0.0.1]}]}`:                                     {`spec.allow[0].hosts[0]: "10.0.0.1" is an address; list its network in destinations`},
		`{allow: [{hosts: [Kafka.example.com]}]}`:                            {`spec.allow[0].hosts[0]: "Kafka.example.com" is not a host name in lower case; write it as kafka.example.com, or *.example.com for the names below a domain`},
		`{allow: [{hosts: ["**.example.com"]}]}`:                             {`spec.allow[0].hosts[0]: "**.example.com" is not a host name in lower case; write it as kafka.example.com, or *.example.com for the names below a domain`},
		`{allow: [{hosts: ["kafka.example.com:9092"]}]}`:                     {`spec.allow[0].hosts[0]: "kafka.example.com:9092" is not a host name in lower case; write it as kafka.example.com, or *.example.com for the names below a domain`},
		`{allow: [{hosts: [a.10]}]}`:                                         {`spec.allow[0].hosts[0]: "a.10" is not a host name in lower case; write it as kafka.example.com, or *.example.com for the names below a domain`},
		`{allow: [{hosts: [a.b, a.b]}]}`:                                     {`spec.allow[0].hosts[1]: "a.b" is listed more than once`},
		`{allow: [{hosts: []}]}`:                                             {`spec.allow[0].hosts: is empty; list at least one item, or remove the field to match any`},
		`{required: [{format: ipfix, collector: "10.0.0.5:4739"}]}`:          {`spec.required[0].format: "ipfix" is unknown; use NetFlow, SFlow or IPFIX`},
		`{required: [{format: IPFIX, collector: "10.0.0.5"}]}`:               {`spec.required[0].collector: "10.0.0.5" ` + collector},
		`{required: [{format: IPFIX, collector: "10.0.0.5:0"}]}`:             {`spec.required[0].collector: "10.0.0.5:0" ` + collector},
		`{required: [{format: IPFIX, collector: "10.0.0.5:04739"}]}`:         {`spec.required[0].collector: "10.0.0.5:04739" ` + collector},
		`{required: [{format: IPFIX, collector: "[2001:DB8::1]:1"}]}`:        {`spec.required[0].collector: "[2001:DB8::1]:1" ` + collector},
		`{required: [{format: IPFIX, collector: "10.0.0.05:4739"}]}`:         {`spec.required[0].collector: "10.0.0.05:4739" ` + collector},
		`{required: [{format: IPFIX, collector: "[2001:db8:0::1]:1"}]}`:      {`spec.required[0].collector: "[2001:db8:0::1]:1" ` + collector},
		`{required: [{format: IPFIX, collector: "[::ffff:10.0.0.5]:4739"}]}`: {`spec.required[0].collector: "[::ffff:10.0.0.5]:4739" ` + collector},
		`{required: [{format: IPFIX, collector: "[fe80::1%eth0]:4739"}]}`:    {`spec.required[0].collector: "[fe80::1%eth0]:4739" ` + collector},
		`{required: [{format: IPFIX, collector: "10.0.0.5:1"}, {}]}`:         {`spec.required[1].format: "" is unknown; use NetFlow, SFlow or IPFIX`, `spec.required[1].collector: "" ` + collector},
		`{required: [{format: IPFIX, collector: "0.0.0.0:4739"}, {format: SFlow, collector: "255.255.255.255:1"}, {format: SFlow, collector: "[::]:1"}]}`: {
			`spec.required[0].collector: "0.0.0.0:4739" ` + nowhere, `spec.required[1].collector: "255.255.255.255:1" ` + nowhere, `spec.required[2].collector: "[::]:1" ` + nowhere,
		},
		`{required: [{format: IPFIX, collector: "10.0.0.5:1"}, {format: IPFIX, collector: "10.0.0.5:2"}], maxCollectors: 1}`: {"spec.maxCollectors: is 1, but 2 IPFIX collectors are required, so they cannot all be added; write a larger number"},

		`{sampling: {}}`:                    {"spec.sampling: bounds nothing; write min, max or both"},
		`{sampling: {min: 2, max: 1}}`:      {"spec.sampling: min is greater than max; write a range that holds at least one number"},
		`{sampling: {min: 0}}`:              {"spec.sampling.min: 0 is not a number from 1 to 4294967295"},
		`{cacheActiveTimeout: {max: 4201}}`: {"spec.cacheActiveTimeout.max: 4201 is not a number from 0 to 4200"},
		`{cacheMaxFlows: {min: -1}}`:        {"spec.cacheMaxFlows.min: -1 is not a number from 0 to 4294967295"},

		`{deny: [{}], subjects: [{kind: Group, name: "*"}]}`:      {`spec.subjects[0].name: there are no wildcards, and no user or group has the name "*"; for everyone omit subjects, for every authenticated user write kind: Group, name: system:authenticated`},
		`{deny: [{}], subjects: [{kind: User, name: " mary"}]}`:   {`spec.subjects[0].name: " mary" ` + nobody},
		`{deny: [{}], exempt: [{kind: Group, name: "team-a\n"}]}`: {`spec.exempt[0].name: "team-a\n" ` + nobody},
		`{deny: [{}], subjects: [{kind: User, name: "m\u200bary"}, {kind: User, name: "mary\u00a0"}, {kind: Group, name: "Domain Users"}]}`: {
			`spec.subjects[0].name: "m\u200bary" ` + nobody, `spec.subjects[1].name: "mary\u00a0" ` + nobody,
		},

		`{removal: "No", deny: [{ports: [x]}], subjects: [{kind: Robot, name: r}]}`: {
			`spec.subjects[0].kind: "Robot" is unknown; use User, Group or ServiceAccount`,
			`spec.deny[0].ports[0]: "x" ` + port,
			`spec.removal: "No" is unknown; use Any or OnlyAllowed`,
		},
	} {
		t.Run(spec, func(t *testing.T) {
			_, err := policy.FromObject(object(t, spec))
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAPolicyNeedsAName(t *testing.T) {
	o := object(t, `{deny: [{}]}`)
	o.Name = ""
	_, err := policy.FromObject(o)
	if err == nil || err.Error() != "metadata.name: is missing; a denial names the policy" {
		t.Error(err)
	}
}
