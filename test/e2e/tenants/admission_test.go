package tenants

import (
	"fmt"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// The default is no.
func TestWithoutAPolicyNothingIsAllowed(t *testing.T) {
	reset(t)
	refused(t, create(t, alice, "team-a", "siem", `["10.20.0.5:4739"]`), "no FlowExportPolicy that names the namespace", "team-a", "10.20.0.5:4739")
	policies(t, `{allow: [{}]}`, `{subjects: [{kind: User, name: alice}], allow: [{}]}`)
	refused(t, create(t, alice, "team-a", "siem", `["10.20.0.5:4739"]`), "no FlowExportPolicy that names the namespace")
}

// A policy with namespaces is about nothing but FlowExports.
func TestAPolicyOfTenantsSaysNothingAboutTheNetwork(t *testing.T) {
	reset(t)
	policies(t, `{namespaces: {names: [team-a]}, allow: [{destinations: [10.20.0.0/16]}], deny: [{destinations: [192.0.2.0/24]}]}`)
	passes(t, kubectl(t, cluster.NetAdmin, "", "patch", "network.operator", "cluster", "--type=merge", "--dry-run=server", "-p", `{"spec":{"exportNetworkFlows":{"ipfix":{"collectors":["192.0.2.1:4739"]}}}}`))
}

func TestAllowed(t *testing.T) {
	reset(t)
	policies(t, teamA)
	passes(t, create(t, alice, "team-a", "siem", `["10.20.0.5:4739", "[2001:db8::5]:4739"]`))
	refused(t, create(t, alice, "team-a", "other", `["10.30.0.5:4739"]`), "is forbidden", "tenants-0/allow", "allowed: IPFIX to 10.20.0.0/16")
	refused(t, create(t, bob, "team-b", "siem", `["10.20.0.5:4739"]`), "no FlowExportPolicy that names the namespace", "team-b")
	refused(t, create(t, alice, "team-b", "siem", `["10.20.0.5:4739"]`), "forbidden")
	accepted(t, "siem", "Allowed")
	// Only what a change adds is evaluated, and a change of something else is none.
	patch := func(p string) cluster.Result {
		return kubectl(t, alice, "", "patch", "flowexport", "-n", "team-a", "siem", "--type=merge", "-p", p)
	}
	refused(t, patch(`{"spec":{"ipfix":{"collectors":["10.20.0.5:4739","10.30.0.5:4739"]}}}`), "10.30.0.5:4739")
	policies(t)
	passes(t, patch(`{"metadata":{"labels":{"a":"b"}}}`))
	passes(t, patch(`{"spec":{"ipfix":{"collectors":["10.20.0.5:4739"]}}}`))
	refused(t, patch(`{"spec":{"ipfix":{"collectors":["10.20.0.6:4739"]}}}`), "no FlowExportPolicy")
	accepted(t, "siem", "Denied")
	passes(t, kubectl(t, alice, "", "delete", "flowexport", "-n", "team-a", "siem"))
}

func TestSubjectsAndNamespacesMustBothMatch(t *testing.T) {
	reset(t)
	policies(t, `{subjects: [{kind: User, name: bob}], namespaces: {names: [team-a, team-b]}, allow: [{}]}`)
	refused(t, create(t, alice, "team-a", "siem", `["10.20.0.5:4739"]`), "no FlowExportPolicy")
	passes(t, create(t, bob, "team-b", "siem", `["10.20.0.5:4739"]`))
}

// What the lists' rules say of a FlowExport, with paths, suggestions and normalization as for the Network.
func TestListsAreReviewed(t *testing.T) {
	reset(t)
	policies(t, `{namespaces: {names: [team-a]}, allow: [{}]}`)
	for list, text := range map[string]string{
		`["10.20.0.05:4739"]`:            `spec.ipfix.collectors[0]: "10.20.0.05:4739": an octet has a leading zero`,
		`["10.20.0.5"]`:                  `write "10.20.0.5:4739"`,
		`["collector.example.com:4739"]`: "is a host name; Sluice's agents resolve no names",
		`[4739]`:                         "spec.ipfix.collectors[0]: is a number (4739), but must be a string",
		`[]`:                             "has no collector; list 1 to 4",
		`null`:                           "has no collector; list 1 to 4",
		`["10.20.0.1:1","10.20.0.2:1","10.20.0.3:1","10.20.0.4:1","10.20.0.5:1"]`: "has 5 collectors; a FlowExport has at most 4; remove 1",
		`["0.0.0.0:4739"]`:              "unspecified",
		`["[fe80::1%eth0]:4739"]`:       "zone",
		`["10.20.0.5:0"]`:               "port",
		`["127.0.0.1:4739"]`:            "is a loopback address; the records would stay on each node",
		`["10.20.0.5:1","127.1.2.3:1"]`: `spec.ipfix.collectors[1]: "127.1.2.3:1": is a loopback address`,
		`["[::ffff:127.0.0.1]:4739"]`:   "is a loopback address",
		`["[::ffff:7f00:1]:4739"]`:      "is a loopback address",
		`["169.254.169.254:80"]`:        "is a link-local address",
		`["[fe80::a9fe:a9fe]:80"]`:      "is a link-local address",
		`["239.1.2.3:4739"]`:            "is a multicast address",
		`["255.255.255.255:4739"]`:      "broadcast",
		`["[64:ff9b::a9fe:a9fe]:4739"]`: "contains the IPv4 address 169.254.169.254",
	} {
		refused(t, kubectl(t, alice, export("team-a", "siem", list), "create", "--validate=false", "-f", "-"), text)
	}
	refused(t, kubectl(t, alice, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExport\nmetadata: {name: siem, namespace: team-a}\nspec: {}\n", "create", "--validate=false", "-f", "-"), "has no collector")
	refused(t, kubectl(t, alice, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExport\nmetadata: {name: siem, namespace: team-a}\n", "create", "--validate=false", "-f", "-"), "has no collector")
	r := kubectl(t, alice, export("team-a", "siem", `" udp://10.20.0.5:04739, 10.20.0.5:4739,[2001:DB8::5]:4739"`), "create", "--validate=false", "-f", "-")
	passes(t, r)
	if !strings.Contains(r.Stderr, "Warning") {
		t.Errorf("no warnings: %s", r.All())
	}
	if got := must(t, alice, "", "get", "flowexport", "-n", "team-a", "siem", "-o", "jsonpath={.spec.ipfix.collectors}"); got != `["10.20.0.5:4739","[2001:db8::5]:4739"]` {
		t.Errorf("stored %s", got)
	}
}

// Without the webhook, the schema alone keeps out what no agent can send to.
func TestTheSchemaIsAFloor(t *testing.T) {
	reset(t)
	for _, list := range []string{`["10.20.0.05:4739"]`, `["x:1"]`, `[]`, `["10.20.0.5:0"]`, `["10.20.0.5:65536"]`, `["0.1.2.3:1"]`, `["10.0.0.1:1","10.0.0.1:1"]`, `["a","b","c","d","e"]`} {
		must(t, cluster.Admin, "", "delete", "mutatingwebhookconfiguration/sluice", "validatingwebhookconfiguration/sluice", "--ignore-not-found")
		eventually(t, func() string {
			if r := create(t, cluster.Admin, "team-a", "siem", list); !r.OK() && !strings.Contains(r.All(), "sluice/") && !strings.Contains(r.All(), "webhook") {
				return ""
			}
			return "accepted: " + list
		})
	}
	if err := shared.Register(t.Context(), shared.sluice); err != nil {
		t.Fatal(err)
	}
}

func TestQuota(t *testing.T) {
	reset(t)
	policies(t, teamA)
	// All at once: the counts that reviews see may be old, and the controller decides.
	done := make(chan cluster.Result)
	const many = 12
	for i := range many {
		go func() { done <- create(t, alice, "team-a", fmt.Sprintf("siem-%d", i), `["10.20.0.5:4739"]`) }()
	}
	for range many {
		<-done
	}
	eventually(t, func() string {
		reasons := must(t, alice, "", "get", "flowexport", "-n", "team-a", "-o", `jsonpath={range .items[*]}{.status.conditions[?(@.type=="Accepted")].reason}{"\n"}{end}`)
		if n := strings.Count(reasons, "Allowed"); n != 4 || strings.Count(reasons, "\n") != n+strings.Count(reasons, "QuotaExceeded") {
			return "reasons: " + reasons
		}
		return ""
	})
	refused(t, create(t, alice, "team-a", "one-more", `["10.20.0.5:4739"]`), "FlowExports", "at most 4")
	policies(t, strings.TrimSuffix(teamA, "}")+", maxFlowExports: 1, maxCollectors: 1}")
	must(t, alice, "", "delete", "flowexport", "-n", "team-a", "--all") // a deletecollection
	passes(t, create(t, alice, "team-a", "one", `["10.20.0.5:4739"]`))
	eventually(t, func() string {
		if r := kubectl(t, alice, export("team-a", "two", `["10.20.0.5:4739"]`), "create", "--dry-run=server", "-f", "-"); r.OK() || !strings.Contains(r.All(), "tenants-0/maxFlowExports") {
			return "the second one: " + r.All()
		}
		return ""
	})
	refused(t, kubectl(t, alice, "", "patch", "flowexport", "-n", "team-a", "one", "--type=merge", "-p", `{"spec":{"ipfix":{"collectors":["10.20.0.5:4739","10.20.0.6:4739"]}}}`), "tenants-0/maxCollectors")
}

func TestDryRunAndServerSideApply(t *testing.T) {
	reset(t)
	policies(t, teamA)
	apply := func(collectors string, args ...string) cluster.Result {
		return kubectl(t, alice, export("team-a", "siem", collectors), append([]string{"apply", "--server-side", "-f", "-"}, args...)...)
	}
	passes(t, apply(`["10.20.0.5:4739"]`, "--dry-run=server"))
	refused(t, kubectl(t, alice, "", "get", "flowexport", "-n", "team-a", "siem"), "not found")
	refused(t, apply(`["10.30.0.5:4739"]`, "--dry-run=server"), "is forbidden")
	passes(t, apply(`["10.20.0.5:4739"]`))
	passes(t, apply(`["10.20.0.6:4739"]`))
	refused(t, apply(`["10.30.0.6:4739"]`), "is forbidden")
}

// A policy says how many FlowExports in its namespaces are accepted, and is compliant only if all are.
func TestAPolicyCountsItsFlowExports(t *testing.T) {
	reset(t)
	policies(t, teamA, `{namespaces: {names: [team-b]}, allow: [{}]}`, `{allow: [{}]}`)
	passes(t, create(t, alice, "team-a", "one", `["10.20.0.5:4739"]`))
	passes(t, create(t, alice, "team-a", "two", `["10.20.0.6:4739"]`))
	counts := func(policy, want string) {
		t.Helper()
		eventually(t, func() string {
			got := must(t, cluster.Admin, "", "get", "fep", policy, "-o", `jsonpath={.status.flowExports.accepted} {.status.flowExports.refused} {.status.conditions[?(@.type=="Compliant")].status} {.status.conditions[?(@.type=="Compliant")].reason}`)
			if got != want {
				return policy + " is " + got + ", want " + want
			}
			return ""
		})
	}
	counts("tenants-0", "2 0 True NoViolations")
	counts("tenants-1", "0 0 True NoViolations")
	counts("tenants-2", "  True NoViolations")
	must(t, cluster.Admin, "", "patch", "fep", "tenants-0", "--type=merge", "-p", `{"spec":{"deny":[{"destinations":["10.20.0.6/32"]}]}}`)
	counts("tenants-0", "1 1 False FlowExportsRefused")
	counts("tenants-1", "0 0 True NoViolations")
	must(t, alice, "", "delete", "flowexport", "-n", "team-a", "two")
	counts("tenants-0", "1 0 True NoViolations")
}
