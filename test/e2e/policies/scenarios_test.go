package policies

import (
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

const teams = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-a}
spec:
  subjects: [{kind: Group, name: team-a}]
  allow:
  - {formats: [NetFlow, IPFIX], destinations: [10.20.0.0/16], ports: ["2055-2056", "4739"]}
  deny:
  - {destinations: [10.20.99.0/24]}
  maxCollectors: 4
  removal: OnlyAllowed
---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-b}
spec:
  subjects: [{kind: Group, name: team-b}]
  allow:
  - {destinations: [10.30.0.0/16]}
  removal: OnlyAllowed
`

const onlySecurity = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: only-security}
spec:
  exempt: [{kind: Group, name: security}]
  deny: [{}]
`

const siem = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: siem}
spec:
  exempt: [{kind: Group, name: security}]
  required: [{format: IPFIX, collector: "10.0.0.5:4739"}]
`

const stayInside = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: stay-inside}
spec:
  allow:
  - {destinations: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]}
`

const noSFlow = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: no-sflow}
spec:
  deny: [{formats: [SFlow]}]
`

func TestTeamsShareAListAndEachHasItsOwnRange(t *testing.T) {
	reset(t)
	apply(t, teams)
	passes(t, patch(t, mary, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`))
	passes(t, patch(t, john, `{"netFlow":{"collectors":["10.20.0.1:2055","10.30.0.1:9"]}}`))
	refused(t, patch(t, mary, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`),
		`"10.30.0.1:9": "mary" may not remove this NetFlow collector`, "[policy team-a/removal]", "(Forbidden)")
	refused(t, patch(t, mary, `{"netFlow":{"collectors":["10.20.0.1:2055","10.30.0.1:9","10.30.0.2:2055","10.20.99.1:2055"]}}`),
		`spec.exportNetworkFlows.netFlow.collectors[2]: "10.30.0.2:2055": "mary" may not send NetFlow there: no allow rule matches [policy team-a/allow]`,
		"\nallowed: NetFlow and IPFIX to 10.20.0.0/16, ports 2055-2056 and 4739\n",
		`"10.20.99.1:2055": "mary" may not send NetFlow there: the policy denies every format to 10.20.99.0/24`)
	// What is malformed and what is not allowed are told at once.
	refused(t, patch(t, john, `{"netFlow":{"collectors":["10.20.0.1:2055","10.30.0.1:9","10.20.0.2:2055","10.30.0.2"]}}`),
		"[policy team-b/allow]", `write "10.30.0.2:2055"`)
	refused(t, patch(t, mary, `null`), "[policy team-a/removal]")
	passes(t, patch(t, mary, `{"netFlow":{"collectors":["10.30.0.1:9"]}}`))
	// No policy is for the network team as such, and the operator is never denied.
	passes(t, patch(t, cluster.NetAdmin, `{"sFlow":{"collectors":["192.0.2.1:6343"]}}`))
	passes(t, patch(t, cluster.Operator, `{"sFlow":{"collectors":["192.0.2.2:6343"]}}`))
}

func TestOnlySecurityMayAddCollectors(t *testing.T) {
	reset(t)
	apply(t, onlySecurity)
	refused(t, patch(t, mary, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`), "the policy denies every format to any address [policy only-security/deny[0]]")
	refused(t, patch(t, cluster.Admin, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`), "only-security")
	passes(t, patch(t, guard, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`))
	passes(t, patch(t, mary, `null`))
	passes(t, patch(t, exempted, `{"netFlow":{"collectors":["10.20.0.1:2055"]}}`))
	passes(t, patch(t, cluster.Operator, `{"netFlow":{"collectors":["10.20.0.2:2055"]}}`))
}

func TestACollectorThatMustStay(t *testing.T) {
	reset(t)
	store(t, `{"ipfix":{"collectors":["10.0.0.5:4739","10.0.0.6:4739"]}}`)
	apply(t, siem)
	passes(t, patch(t, mary, `{"ipfix":{"collectors":["10.0.0.5:4739"]}}`))
	for _, flows := range []string{`null`, `{"ipfix":null}`, `{"ipfix":{"collectors":["10.0.0.7:4739"]}}`, `{"ipfix":{"collectors":[]}}`} {
		refused(t, patch(t, mary, flows), `"10.0.0.5:4739": must not be removed: the policy requires it; add it back [policy siem/required[0]]`)
	}
	passes(t, patch(t, guard, `null`))
	eventually(t, func() string {
		text := must(t, cluster.Admin, "", "get", "fep", "siem", "-o", "jsonpath={.status.violations[0].value} {.status.violations[0].rule}").Stdout
		if text != "10.0.0.5:4739 required[0]" {
			return "the missing collector is no violation: " + text
		}
		return ""
	})
	// It is missing already: that hinders nobody.
	passes(t, patch(t, mary, `{"ipfix":{"collectors":["10.0.0.9:4739"]}}`))
	passes(t, patch(t, mary, `{"ipfix":{"collectors":["10.0.0.9:4739","10.0.0.5:4739"]}}`))
	eventually(t, func() string {
		text := must(t, cluster.Admin, "", "get", "fep", "siem", "-o", "jsonpath={.status.violationCount}").Stdout
		if text != "0" {
			return "violations are still counted: " + text
		}
		return ""
	})
}

func TestNothingLeavesTheDataCentre(t *testing.T) {
	reset(t)
	apply(t, stayInside)
	refused(t, patch(t, cluster.Admin, `{"netFlow":{"collectors":["203.0.113.9:2055"]}}`), "allowed: every format to 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16")
	passes(t, patch(t, mary, `{"netFlow":{"collectors":["172.31.255.255:2055"]}}`))
	// The ConfigMap is the other door.
	config := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"ovs-flows-config","namespace":"openshift-network-operator"},"data":{"sharedTarget":"TARGET"}}`
	refused(t, kubectl(t, mary, strings.Replace(config, "TARGET", "203.0.113.9:2055", 1), "create", "-f", "-"), `data.sharedTarget: "203.0.113.9:2055": "mary" may not send IPFIX there`)
	passes(t, kubectl(t, mary, strings.Replace(config, "TARGET", "10.0.0.9:2055", 1), "create", "-f", "-"))
	refused(t, kubectl(t, mary, "", "patch", "configmap", "ovs-flows-config", "-n", "openshift-network-operator", "--type=merge", "-p", `{"data":{"sharedTarget":"203.0.113.9:2055"}}`), "stay-inside/allow")
}

func TestSFlowIsForbidden(t *testing.T) {
	reset(t)
	store(t, `{"sFlow":{"collectors":["10.0.0.1:6343"]}}`)
	apply(t, noSFlow)
	refused(t, patch(t, mary, `{"sFlow":{"collectors":["10.0.0.1:6343","10.0.0.2:6343"]}}`), `"10.0.0.2:6343": "mary" may not send sFlow there: the policy denies sFlow to any address`)
	passes(t, patch(t, mary, `{"netFlow":{"collectors":["10.0.0.2:2055"]}}`))
	eventually(t, func() string {
		text := must(t, cluster.Admin, "", "get", "fep", "no-sflow", "-o", "jsonpath={.status.conditions[?(@.type=='Compliant')].message}").Stdout
		if !strings.Contains(text, "1 violation") {
			return "the stored sFlow collector is no violation: " + text
		}
		return ""
	})
}
