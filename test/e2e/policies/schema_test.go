package policies

import (
	"fmt"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/validation/policy"
)

func policyWith(spec string) string {
	return "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: schema}\nspec: " + spec + "\n"
}

// TestTheSchemaAndTheCommandLineRefuseTheSamePolicies tries each rule of the CRD.
func TestTheSchemaAndTheCommandLineRefuseTheSamePolicies(t *testing.T) {
	reset(t)
	for spec, want := range map[string]string{
		`{}`:                                                     "the policy restricts nothing",
		`{enforcement: Warn}`:                                    "the policy restricts nothing",
		`{removal: Any}`:                                         "the policy restricts nothing",
		`{removal: OnlyAllowed}`:                                 "",
		`{maxCollectors: 0}`:                                     "",
		`{maxCollectors: 11}`:                                    "maxCollectors",
		`{maxCollectors: -1}`:                                    "maxCollectors",
		`{deny: [{}]}`:                                           "",
		`{deny: [{}], enforcement: Block}`:                       "enforcement",
		`{deny: [{}], removal: None}`:                            "removal",
		`{deny: [{formats: [sFlow]}]}`:                           "formats",
		`{deny: [{formats: [SFlow, NetFlow, IPFIX]}]}`:           "",
		`{deny: [{destinations: [10.0.0.1]}]}`:                   `must be of type cidr: "10.0.0.1"`,
		`{deny: [{destinations: [collector.example/24]}]}`:       "must be of type cidr",
		`{deny: [{destinations: [10.0.0.0/33]}]}`:                "must be of type cidr",
		`{deny: [{destinations: ["2001:db8::/64", 0.0.0.0/0]}]}`: "",
		`{deny: [{ports: ["2055", "1-65535", "7-7"]}]}`:          "",
		`{deny: [{ports: ["0"]}]}`:                               "not a port from 1 to 65535",
		`{deny: [{ports: ["65536"]}]}`:                           "not a port from 1 to 65535",
		`{deny: [{ports: ["2056-2055"]}]}`:                       "not a port from 1 to 65535",
		`{deny: [{ports: ["http"]}]}`:                            "not a port from 1 to 65535",
		`{deny: [{ports: ["1-2-3"]}]}`:                           "not a port from 1 to 65535",
		`{deny: [{}], subjects: [{kind: User, name: mary}, {kind: Group, name: "system:masters"}, {kind: ServiceAccount, name: bot, namespace: flows}]}`: "",
		`{deny: [{}], subjects: [{kind: Role, name: mary}]}`:                                                          "kind",
		`{deny: [{}], subjects: [{kind: User, name: ""}]}`:                                                            "name",
		`{deny: [{}], subjects: [{kind: ServiceAccount, name: bot}]}`:                                                 "a ServiceAccount needs its namespace",
		`{deny: [{}], subjects: [{kind: User, name: mary, namespace: flows}]}`:                                        "only a ServiceAccount has a namespace",
		`{deny: [{}], exempt: [{kind: ServiceAccount, name: "system:x", namespace: flows}]}`:                          "not the name of a ServiceAccount",
		`{required: [{format: IPFIX, collector: "10.0.0.5:4739"}, {format: SFlow, collector: "[2001:db8::1]:6343"}]}`: "",
		`{required: [{format: IPFIX, collector: "10.0.0.5"}]}`:                                                        "not a collector",
		`{required: [{format: IPFIX, collector: "10.0.0.05:1"}]}`:                                                     "not a collector",
		`{required: [{format: IPFIX, collector: "10.0.0.5:70000"}]}`:                                                  "not a collector",
		`{required: [{format: IPFIX, collector: "[10.0.0.5]:1"}]}`:                                                    "not a collector",
		`{required: [{format: IPFIX, collector: "host:1"}]}`:                                                          "not a collector",
		`{required: [{format: ipfix, collector: "10.0.0.5:4739"}]}`:                                                   "format",

		`{sampling: {min: 1, max: 1000}, cacheActiveTimeout: {max: 60}, cacheMaxFlows: {min: 1}}`: "",
		`{sampling: {}}`:                                                              "bounds nothing",
		`{sampling: {min: 2, max: 1}}`:                                                "min is greater than max",
		`{cacheActiveTimeout: {max: 4201}}`:                                           "4200",
		`{deny: [{}], subjects: [{kind: Group, name: "*"}]}`:                          "there are no wildcards",
		`{deny: [{}], subjects: [{kind: User, name: " mary"}]}`:                       "would match no user",
		`{deny: [{}], subjects: [{kind: User, name: "m\u200by"}]}`:                    "would match no user",
		`{deny: [{}], exempt: [{kind: Group, name: "team-a\n"}]}`:                     "would match no user",
		`{required: [{format: IPFIX, collector: "0.0.0.0:4739"}]}`:                    "cannot be a destination",
		`{required: [{format: IPFIX, collector: "10.0.0.5:4739"}], maxCollectors: 0}`: "required",
	} {
		t.Run(spec, func(t *testing.T) {
			text := policyWith(spec)
			r := kubectl(t, cluster.Admin, text, "apply", "--dry-run=server", "-f", "-")
			_, err := policy.Read("p.yaml", []byte(text))
			if want == "" {
				passes(t, r)
				if err != nil {
					t.Errorf("the command line refuses: %v", err)
				}
				return
			}
			refused(t, r, want)
			if err == nil {
				t.Error("the command line takes it")
			}
		})
	}
}

// TestTheStatusSaysWhatTheSchemaCanNotJudge is about what the rules of a CRD for Kubernetes
// 1.30 can't express.
func TestTheStatusSaysWhatTheSchemaCanNotJudge(t *testing.T) {
	reset(t)
	for spec, want := range map[string]string{
		`{deny: [{destinations: [010.0.0.0/8]}]}`:                      `"010.0.0.0/8" is not a network in CIDR notation`,
		`{deny: [{destinations: ["::ffff:10.0.0.0/104"]}]}`:            `"::ffff:10.0.0.0/104" is not a network in CIDR notation`,
		`{deny: [{destinations: [10.20.1.0/16]}]}`:                     `"10.20.1.0/16" names an address, not a network; write 10.20.0.0/16`,
		`{deny: [{destinations: ["2001:db8::1/64"]}]}`:                 `"2001:db8::1/64" names an address, not a network; write 2001:db8::/64`,
		`{required: [{format: IPFIX, collector: "[2001:0db8::1]:1"}]}`: `"[2001:0db8::1]:1" is not a collector in canonical form`,
	} {
		t.Run(spec, func(t *testing.T) {
			text := policyWith(spec)
			must(t, cluster.Admin, text, "apply", "-f", "-")
			eventually(t, func() string {
				message := must(t, cluster.Admin, "", "get", "flowexportpolicy", "schema", "-o", `jsonpath={.status.conditions[?(@.status=="False")].message}`).Stdout
				if !strings.Contains(message, want) {
					return fmt.Sprintf("the status says %q, not %q", message, want)
				}
				return ""
			})
			must(t, cluster.Admin, "", "delete", "flowexportpolicy", "schema")
			if _, err := policy.Read("p.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the command line says %v", err)
			}
		})
	}
}

func TestUnknownFieldsAreRefusedByTheCommandLine(t *testing.T) {
	for _, spec := range []string{`{deny: [{}], Allow: [{}]}`, `{deny: [{network: [10.0.0.0/8]}]}`, `{deny: [{}], deny: [{}]}`} {
		if _, err := policy.Read("p.yaml", []byte(policyWith(spec))); err == nil || !strings.Contains(err.Error(), "p.yaml") {
			t.Errorf("%s: %v", spec, err)
		}
	}
}

func TestExplainIsUseful(t *testing.T) {
	for field, want := range map[string]string{
		"flowexportpolicies":          "A deny rule always wins.",
		"fep.spec.allow.destinations": "10.20.0.0/16",
		"fep.spec.removal":            "shares a list",
		"fep.status.violations.since": "first seen",
	} {
		if text := must(t, cluster.Admin, "", "explain", field).Stdout; !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("explain %s does not say %q:\n%s", field, want, text)
		}
	}
}
