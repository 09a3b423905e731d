package policies

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// netObservUsers lets the teams edit FlowCollectors, as NetObserv's operator may.
const netObservUsers = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: netobserv}
rules:
- apiGroups: [flows.netobserv.io]
  resources: [flowcollectors, flowcollectors/status]
  verbs: ["*"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: netobserv}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: netobserv}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: network-team}
`

// withNetObserv serves FlowCollectors and registers the component netobserv.
func withNetObserv(t *testing.T) {
	t.Helper()
	reset(t)
	for _, do := range []error{
		shared.InstallNetObserv(t.Context()),
		shared.Register(t.Context(), shared.sluice),
		shared.RegisterNetObserv(t.Context(), shared.sluice),
	} {
		if do != nil {
			t.Fatal(do)
		}
	}
	must(t, cluster.Admin, netObservUsers, "apply", "-f", "-")
	t.Cleanup(func() {
		ctx := afterwards(t)
		if _, err := shared.Kubectl(ctx, cluster.Admin, "delete", "crd", "flowcollectors.flows.netobserv.io"); err != nil {
			t.Error(err)
		}
		// An apply keeps a webhook that it does not name.
		if err := errors.Join(shared.Unregister(ctx), shared.Register(ctx, shared.sluice)); err != nil {
			t.Error(err)
		}
	})
	apply(t, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: nothing}\nspec: {deny: [{}]}\n")
	// The API server uses the new entry once it refuses what the policy denies.
	eventually(t, func() string {
		r := kubectl(t, mary, collecting(exporting("IPFIX", "192.0.2.1")), "create", "--dry-run=server", "-f", "-")
		if r.OK() {
			return "a FlowCollector is not reviewed"
		}
		return ""
	})
	must(t, cluster.Admin, "", "delete", "flowexportpolicies", "--all")
	eventually(t, func() string {
		if r := kubectl(t, mary, collecting(exporting("IPFIX", "192.0.2.1")), "create", "--dry-run=server", "-f", "-"); !r.OK() {
			return "a deleted policy denies: " + r.All()
		}
		return ""
	})
}

// collecting is a FlowCollector with these exporters, and without Loki.
func collecting(exporters ...string) string {
	return `{"apiVersion":"flows.netobserv.io/v1beta2","kind":"FlowCollector","metadata":{"name":"cluster"},"spec":{"loki":{"enable":false},"exporters":[` + strings.Join(exporters, ",") + `]}}`
}

// exporting is an exporter to a host.
func exporting(kind, host string) string {
	key := map[string]string{"IPFIX": "ipfix", "OpenTelemetry": "openTelemetry"}[kind]
	if key == "" {
		return fmt.Sprintf(`{"type":%q,"kafka":{"address":%q,"topic":"flows"}}`, kind, host)
	}
	return fmt.Sprintf(`{"type":%q,%q:{"targetHost":%q}}`, kind, key, host)
}

const netObservPolicies = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-a}
spec:
  subjects: [{kind: Group, name: team-a}]
  allow:
  - {destinations: [10.20.0.0/16], formats: [NetFlow, IPFIX, OpenTelemetry]}
  - {hosts: ["*.example.com"], formats: [Kafka], ports: ["9093"]}
  removal: OnlyAllowed
---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-b}
spec:
  subjects: [{kind: Group, name: team-b}]
  deny: [{destinations: [10.20.0.0/16]}]
`

func TestTheDestinationsOfNetObservAreEvaluated(t *testing.T) {
	withNetObserv(t)
	apply(t, netObservPolicies)
	create := []string{"create", "-f", "-"}
	other := strings.ReplaceAll
	for name, c := range map[string]struct {
		user, text string
		refused    string
	}{
		"an allowed address":           {mary, collecting(exporting("IPFIX", "10.20.0.1"), exporting("OpenTelemetry", "10.20.0.2")), ""},
		"another address":              {mary, collecting(exporting("IPFIX", "10.20.0.1"), exporting("IPFIX", "10.30.0.1")), `spec.exporters[1].ipfix.targetHost: "10.30.0.1:4739": "mary" may not send IPFIX there: no allow rule matches [policy team-a/allow]`},
		"another format":               {mary, collecting(exporting("Kafka", "10.20.0.1:9093")), `"10.20.0.1:9093": "mary" may not send Kafka there: no allow rule matches`},
		"an allowed name":              {mary, collecting(exporting("Kafka", "kafka.example.com:9093")), ""},
		"another name":                 {mary, collecting(exporting("IPFIX", "siem.example.com")), `spec.exporters[0].ipfix.targetHost: "siem.example.com:4739": "mary" may not send IPFIX there: no allow rule lists the host name`},
		"an unknown type":              {mary, collecting(`{"type":"Splunk","splunk":{"host":"10.20.0.1"}}`), `spec.exporters[0].type: "mary" may not add an exporter of the type "Splunk": Sluice can't read where it sends records, so no allow rule matches`},
		"the default Loki":             {mary, other(collecting(), `"enable":false`, ``), `spec.loki.monolithic.url: "loki:3100": "mary" may not send Loki there`},
		"a proxy":                      {mary, other(collecting(), `"loki"`, `"agent":{"ebpf":{"advanced":{"env":{"HTTPS_PROXY":"http://192.0.2.1:3128"}}}},"loki"`), `spec.agent.ebpf.advanced.env.HTTPS_PROXY: "mary" may not add the environment variable "HTTPS_PROXY"`},
		"another version":              {mary, other(collecting(exporting("KAFKA", "10.30.0.1:1")), "v1beta2", "v1beta1"), `"10.30.0.1:1": "mary" may not send Kafka there`},
		"a denied network":             {john, collecting(exporting("IPFIX", "10.20.0.1")), `"john" may not send IPFIX there: the policy denies every format to 10.20.0.0/16 [policy team-b/deny[0]]`},
		"a name, and a denied network": {john, collecting(exporting("IPFIX", "siem.example.com")), "the address of a host name is unknown, so the rule applies unless an allow rule lists the name"},
		"next to a denied network":     {john, collecting(exporting("IPFIX", "10.30.0.1")), ""},
		"no policy":                    {guard, collecting(exporting("Kafka", "anywhere.example.org:1"), `{"type":"Splunk"}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			must(t, cluster.Operator, "", "delete", "flowcollectors", "--all")
			r := kubectl(t, c.user, c.text, create...)
			if c.refused == "" {
				passes(t, r)
				return
			}
			refused(t, r, c.refused, "(Forbidden)", "to see what you may do")
		})
	}
}

func TestOnlyTheDifferenceOfAFlowCollectorCounts(t *testing.T) {
	withNetObserv(t)
	apply(t, netObservPolicies)
	must(t, guard, collecting(exporting("IPFIX", "192.0.2.1"), exporting("IPFIX", "10.20.0.1"), `{"type":"Splunk","splunk":{"host":"a"}}`), "create", "-f", "-")
	change := func(user, patch string) cluster.Result {
		return kubectl(t, user, "", "patch", "flowcollector", "cluster", "--type=json", "-p", patch)
	}
	passes(t, change(mary, `[{"op":"add","path":"/spec/exporters/-","value":`+exporting("IPFIX", "10.20.0.2")+`}]`))
	passes(t, change(mary, `[{"op":"add","path":"/spec/processor","value":{"logLevel":"debug"}}]`))
	refused(t, change(mary, `[{"op":"replace","path":"/spec/exporters/2/splunk/host","value":"b"}]`), `may not add an exporter of the type "Splunk"`)
	refused(t, change(mary, `[{"op":"remove","path":"/spec/exporters/0"}]`), `"192.0.2.1:4739": "mary" may not remove this IPFIX collector: no allow rule matches it; add it back [policy team-a/removal]`)
	refused(t, change(mary, `[{"op":"remove","path":"/spec/exporters"}]`), "[policy team-a/removal]")
	refused(t, kubectl(t, mary, "", "delete", "flowcollector", "cluster"), "[policy team-a/removal]")
	refused(t, kubectl(t, mary, "", "delete", "--raw", "/apis/flows.netobserv.io/v1beta2/flowcollectors"), "[policy team-a/removal]")
	passes(t, change(mary, `[{"op":"remove","path":"/spec/exporters/1"}]`))
	// Changes of the status and the metadata cost no call.
	before := reviews(t)
	if before == 0 {
		t.Error("the log has no review of a FlowCollector")
	}
	passes(t, kubectl(t, mary, "", "annotate", "flowcollector", "cluster", "a=b"))
	passes(t, kubectl(t, mary, "", "patch", "flowcollector", "cluster", "--subresource=status", "--type=merge", "-p", `{"status":{"conditions":[]}}`))
	if after := reviews(t); after != before {
		t.Errorf("%d reviews of changes that no destination is in", after-before)
	}
	passes(t, change(guard, `[{"op":"remove","path":"/spec/exporters"}]`))
	passes(t, kubectl(t, mary, "", "delete", "flowcollector", "cluster"))
}

// reviews is how many requests for FlowCollectors the log of the webhook has.
func reviews(t *testing.T) int {
	t.Helper()
	return strings.Count(shared.log.String(), `"resource":"flowcollectors"`)
}

// A FlowCollector fails closed, also when it is deleted.
func TestAFlowCollectorWithoutAWebhookIsRefused(t *testing.T) {
	withNetObserv(t)
	must(t, mary, collecting(exporting("IPFIX", "10.20.0.1")), "create", "-f", "-")
	if err := shared.sluice.Stop(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shared.start(afterwards(t)); err != nil {
			t.Error(err)
		}
	})
	const failed = "failed calling webhook"
	refused(t, kubectl(t, mary, "", "patch", "flowcollector", "cluster", "--type=merge", "-p", `{"spec":{"exporters":[]}}`), failed)
	refused(t, kubectl(t, mary, "", "delete", "flowcollector", "cluster"), failed)
	passes(t, kubectl(t, mary, "", "annotate", "flowcollector", "cluster", "a=b"))
}

func TestTheCommandLineKnowsFlowCollectors(t *testing.T) {
	withNetObserv(t)
	apply(t, netObservPolicies)
	dir := writeChanges(t, map[string]string{
		"fc.yaml":       "apiVersion: flows.netobserv.io/v1beta2\nkind: FlowCollector\nmetadata: {name: cluster}\nspec:\n  loki: {enable: false}\n  exporters:\n  - type: IPFIX\n    ipfix:\n      targetHost: 10.30.0.1\n      targetPort: 4739\n",
		"policies.yaml": netObservPolicies,
		"suite.yaml": `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicyTest
policies: [policies.yaml]
tests:
- {name: another network, user: mary, groups: [team-a], object: fc.yaml, expect: Denied, messages: ['"10.30.0.1:4739": "mary" may not send IPFIX there']}
- {name: another team, user: john, groups: [team-b], object: fc.yaml, expect: Accepted}
`,
	})
	const denied = `fc.yaml:9:19: error: spec.exporters[0].ipfix.targetHost: "10.30.0.1:4739": "mary" may not send IPFIX there: no allow rule matches [policy team-a/allow]`
	for _, args := range [][]string{
		{"check", "--from-cluster", "fc.yaml"},
		{"check", "--policy", "policies.yaml", "--as", "mary", "--as-group", "team-a", "fc.yaml"},
	} {
		if r := sluiceIn(t, dir, mary, args...); r.Code != 1 || !strings.Contains(r.Stdout, denied) || !strings.Contains(r.Stdout, `FlowCollector "cluster": denied`) {
			t.Errorf("%v: exit %d\n%s", args, r.Code, r.All())
		}
	}
	if r := sluiceIn(t, dir, john, "check", "--from-cluster", "fc.yaml"); r.Code != 0 {
		t.Errorf("exit %d\n%s", r.Code, r.All())
	}
	if r := sluiceIn(t, dir, mary, "policy", "test", "suite.yaml"); r.Code != 0 {
		t.Errorf("exit %d\n%s", r.Code, r.All())
	}
	r := sluiceIn(t, dir, mary, "policy", "explain", "--policy", "policies.yaml", "--as", "mary", "--as-group", "team-a")
	for _, row := range []string{"Kafka          *.example.com:9093 ", "Loki           nothing "} {
		if !strings.Contains(r.Stdout, row) {
			t.Errorf("no %q in\n%s", row, r.All())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "fc.yaml")); err != nil {
		t.Error(err)
	}
}

// The schema of a policy refuses what can't be a host name.
func TestTheSchemaKnowsHostNames(t *testing.T) {
	reset(t)
	for hosts, ok := range map[string]bool{
		`[kafka.example.com, "*.example.com", "*", loki]`: true,
		`[10.0.0.1]`: false, `["a.10"]`: false, `[Kafka.example.com]`: false, `["*example.com"]`: false, `["a..b"]`: false, `[""]`: false, `[]`: false,
		`null`: false, `["kafka.example.com:9092"]`: false, `["a.b", "a.b"]`: false,
	} {
		r := kubectl(t, cluster.Admin, policyWith(`{allow: [{formats: [Kafka, Loki], hosts: `+hosts+`}]}`), "create", "--dry-run=server", "-f", "-")
		if r.OK() != ok {
			t.Errorf("%s: %s", hosts, r.All())
		}
	}
	refused(t, kubectl(t, cluster.Admin, policyWith(`{required: [{format: Kafka, collector: "10.0.0.1:1"}]}`), "create", "--dry-run=server", "-f", "-"), "format")
}
