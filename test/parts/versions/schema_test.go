package versions

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/json"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// judge lists what the schema of a CRD and its rules find wrong with an object.
func judge(t *testing.T, crd *apiextensions.CustomResourceDefinition, text string) string {
	t.Helper()
	encoded, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any // with whole numbers as such, as in the API server
	if err := json.Unmarshal(encoded, &o); err != nil {
		t.Fatal(err)
	}
	// The only version's schema stands above the versions in the internal form.
	properties := crd.Spec.Validation.OpenAPIV3Schema
	structural, err := schema.NewStructural(properties)
	if err != nil {
		t.Fatal(err)
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(o, structural)
	defaulting.Default(o, structural)
	validator, _, err := validation.NewSchemaValidator(properties)
	if err != nil {
		t.Fatal(err)
	}
	errs := validation.ValidateCustomResource(nil, o, validator)
	if len(errs) == 0 {
		errs, _ = cel.NewValidator(structural, true, celconfig.PerCallLimit).Validate(t.Context(), nil, structural, o, nil, celconfig.RuntimeCELCostBudget)
	}
	if err := errs.ToAggregate(); err != nil {
		return err.Error()
	}
	return ""
}

// requiring lists so many required collectors of a format.
func requiring(format string, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`{format: %s, collector: "10.0.0.%d:4739"}`, format, i+1)
	}
	return strings.Join(list, ",")
}

// TestTheRulesOfFlowExportPolicyAreEvaluated has a good and a bad value for each rule.
func TestTheRulesOfFlowExportPolicyAreEvaluated(t *testing.T) {
	const (
		cidr      = "must be of type cidr"
		port      = "not a port from 1 to 65535"
		collector = "not a collector in canonical form"
		restricts = "the policy restricts nothing"
		nobody    = "would match no user"
		null      = "null, as an empty template value renders"
		empty     = "min is greater than max"
		noWhere   = "cannot be a destination"
	)
	for spec, want := range map[string]string{
		`{enforcement: Warn}`:    "the policy restricts nothing",
		`{removal: OnlyAllowed}`: "",
		`{deny: [{}], subjects: [{kind: User, name: mary}, {kind: ServiceAccount, name: bot, namespace: flows}]}`:        "",
		`{deny: [{}], subjects: [{kind: ServiceAccount, name: bot}]}`:                                                    "a ServiceAccount needs its namespace",
		`{deny: [{}], subjects: [{kind: Group, name: mary, namespace: flows}]}`:                                          "only a ServiceAccount has a namespace",
		`{deny: [{}], exempt: [{kind: ServiceAccount, name: bot, namespace: Flows}]}`:                                    "not the name of a namespace",
		`{deny: [{}], exempt: [{kind: ServiceAccount, name: "system:x", namespace: flows}]}`:                             "not the name of a ServiceAccount",
		`{allow: [{destinations: [10.20.0.0/16, 0.0.0.0/0, "2001:db8::/32"]}]}`:                                          "",
		`{allow: [{destinations: [10.20.0.1]}]}`:                                                                         cidr,
		`{allow: [{destinations: ["2001:db8::1"]}]}`:                                                                     cidr,
		`{deny: [{destinations: [10.20.0.0/33]}]}`:                                                                       cidr,
		`{deny: [{destinations: [collector.example/24]}]}`:                                                               cidr,
		`{allow: [{ports: ["2055", "1-65535"]}]}`:                                                                        "",
		`{allow: [{ports: ["65536"]}]}`:                                                                                  port,
		`{deny: [{ports: ["2056-2055"]}]}`:                                                                               port,
		`{required: [{format: IPFIX, collector: "10.0.0.255:65535"}, {format: SFlow, collector: "[2001:db8::1]:6343"}]}`: "",
		`{required: [{format: IPFIX, collector: "10.0.0.5"}]}`:                                                           collector,
		`{required: [{format: IPFIX, collector: "10.0.0.05:4739"}]}`:                                                     collector,
		`{required: [{format: IPFIX, collector: "10.0.0.256:4739"}]}`:                                                    collector,
		`{required: [{format: IPFIX, collector: "10.0.5:4739"}]}`:                                                        collector,
		`{required: [{format: IPFIX, collector: "10.0.0.5:65536"}]}`:                                                     collector,
		`{required: [{format: IPFIX, collector: "[10.0.0.5]:4739"}]}`:                                                    collector,
		`{required: [{format: IPFIX, collector: "[2001:DB8::1]:4739"}]}`:                                                 collector,
		`{required: [{format: IPFIX, collector: "[::ffff:10.0.0.5]:4739"}]}`:                                             collector,
		`{required: [{format: IPFIX, collector: "[fe80::1%eth0]:4739"}]}`:                                                collector,
		`{required: [{format: IPFIX, collector: "collector.example.com:4739"}]}`:                                         collector,

		`{sampling: {min: 1, max: 1000}, cacheActiveTimeout: {max: 4200}, cacheMaxFlows: {min: 0}}`: "",
		`{sampling: {min: 7, max: 7}}`:                  "",
		`{sampling: {}}`:                                "bounds nothing",
		`{sampling: {min: 2, max: 1}}`:                  empty,
		`{sampling: {min: 0}}`:                          "should be greater than or equal to 1",
		`{sampling: {max: 4294967296}}`:                 "should be less than or equal to",
		`{cacheActiveTimeout: {min: 61, max: 60}}`:      empty,
		`{cacheActiveTimeout: {max: 4201}}`:             "should be less than or equal to 4200",
		`{cacheMaxFlows: {min: 1, max: 0}}`:             empty,
		`{cacheMaxFlows: {min: -1}}`:                    "should be greater than or equal to 0",
		`{sampling: {minimum: 1}}`:                      "bounds nothing",
		`{sampling: {min: 1}, enforcement: Audit}`:      "",
		`{sampling: null}`:                              null,
		`{cacheMaxFlows: null, deny: [{}]}`:             null,
		`{cacheActiveTimeout: null, deny: [{}]}`:        null,
		`{maxCollectors: null, deny: [{}]}`:             null,
		`{subjects: null, deny: [{}]}`:                  null,
		`{exempt: null, deny: [{}]}`:                    null,
		`{allow: null, deny: [{}]}`:                     null,
		`{deny: null}`:                                  null,
		`{required: null}`:                              null,
		`{required: null, maxCollectors: null}`:         null,
		`{allow: [{destinations: null}]}`:               null,
		`{allow: [{formats: [IPFIX], destinations: }]}`: null,
		`{deny: [{ports: null}]}`:                       null,
		`{deny: [{formats: null, ports: ["1"]}]}`:       null,

		`{deny: [{}], subjects: [{kind: Group, name: "*"}]}`:                             "there are no wildcards",
		`{deny: [{}], exempt: [{kind: User, name: "*"}]}`:                                "there are no wildcards",
		`{deny: [{}], subjects: [{kind: Group, name: "team-*"}]}`:                        "",
		`{deny: [{}], subjects: [{kind: User, name: " mary"}]}`:                          nobody,
		`{deny: [{}], subjects: [{kind: User, name: "mary "}]}`:                          nobody,
		`{deny: [{}], subjects: [{kind: Group, name: "team-a\n"}]}`:                      nobody,
		`{deny: [{}], subjects: [{kind: Group, name: "team\ta"}]}`:                       nobody,
		`{deny: [{}], subjects: [{kind: User, name: "m\u200bary"}]}`:                     nobody,
		`{deny: [{}], exempt: [{kind: User, name: "\ufeffmary"}]}`:                       nobody,
		`{deny: [{}], subjects: [{kind: User, name: "mary\u00a0"}]}`:                     nobody,
		`{deny: [{}], subjects: [{kind: User, name: "ma\u2028ry"}]}`:                     nobody,
		`{deny: [{}], subjects: [{kind: User, name: " "}]}`:                              nobody,
		`{deny: [{}], subjects: [{kind: User, name: "m"}]}`:                              "",
		`{deny: [{}], subjects: [{kind: Group, name: "CN=Network Admins,DC=example"}]}`:  "",
		`{deny: [{}], subjects: [{kind: User, name: "\u041c\u0430\u0440\u0438\u044f"}]}`: "",

		`{required: [{format: IPFIX, collector: "0.0.0.0:4739"}]}`:                                      noWhere,
		`{required: [{format: IPFIX, collector: "255.255.255.255:4739"}]}`:                              noWhere,
		`{required: [{format: IPFIX, collector: "240.0.0.1:4739"}]}`:                                    noWhere,
		`{required: [{format: IPFIX, collector: "[::]:4739"}]}`:                                         noWhere,
		`{required: [{format: IPFIX, collector: "239.255.0.1:4739"}]}`:                                  "",
		`{required: [{format: IPFIX, collector: "10.0.0.5:4739"}], maxCollectors: 0}`:                   "is less than the number of required collectors",
		`{required: [{format: IPFIX, collector: "10.0.0.5:4739"}], maxCollectors: 1}`:                   "",
		`{required: [` + requiring("IPFIX", 11) + `]}`:                                                  "more than 10 collectors of one format",
		`{required: [` + requiring("IPFIX", 10) + `,` + requiring("SFlow", 10) + `]}`:                   "",
		`{required: [` + requiring("IPFIX", 10) + `,` + requiring("SFlow", 10) + `], maxCollectors: 9}`: "is less than the number",
	} {
		t.Run(spec, func(t *testing.T) {
			for _, d := range shipped(t, "CustomResourceDefinition") {
				if d.Name != "flowexportpolicies.sluice.dev" {
					continue
				}
				got := judge(t, internal(t, d), "{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: p}, spec: "+spec+"}")
				if want == "" && got != "" || !strings.Contains(got, want) {
					t.Errorf("%s: %q, not %q", d.file, got, want)
				}
			}
		})
	}
}
