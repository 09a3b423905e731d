package versions

import (
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// judge lists what the schema of a CRD and its rules find wrong with an object.
func judge(t *testing.T, crd *apiextensions.CustomResourceDefinition, text string) string {
	t.Helper()
	var o map[string]any
	if err := yaml.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	// The only version's schema stands above the versions in the internal form.
	properties := crd.Spec.Validation.OpenAPIV3Schema
	structural, err := schema.NewStructural(properties)
	if err != nil {
		t.Fatal(err)
	}
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

// TestTheRulesOfFlowExportPolicyAreEvaluated has a good and a bad value for each rule.
func TestTheRulesOfFlowExportPolicyAreEvaluated(t *testing.T) {
	const (
		cidr      = "must be of type cidr"
		port      = "not a port from 1 to 65535"
		collector = "not a collector in canonical form"
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
