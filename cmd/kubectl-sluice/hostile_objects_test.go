package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// hostile is a text that colors, sets the title, clears the screen, turns the direction, hides, and forges lines.
const hostile = "\x1b[31mEVIL\x1b[0m \x1b]0;title\x07 \u202eRTL\u2066 \u200b\ufeff\u009b2J\x7f\b \U000e0041\nFORGED (context east)\rFORGED\u2028FORGED\tx"

// hostileObjects are objects of each resource that a command reads, with HOSTILE wherever the schema of the resource
// permits any text, and in more places.
const hostileObjects = `
nodeflowexports:
- metadata: {name: worker-1, annotations: {a: HOSTILE}}
  status:
    observedGeneration: 3
    networkUID: u
    mode: Enforce
    profile: HOSTILE
    bridge: HOSTILE
    ovsVersion: "3.5.0HOSTILE"
    unsupportedColumns: [HOSTILE]
    drops: {state: Enabled, message: HOSTILE}
    formats:
    - {format: IPFIX, summary: HOSTILE, row: HOSTILE, class: HOSTILE, desired: {targets: ["192.0.2.1:4739"]}, applied: {targets: [HOSTILE], parameters: {HOSTILE: HOSTILE}},
       collectors: [{target: HOSTILE, state: Refused, reason: HOSTILE, since: "2026-01-02T12:00:00Z"}]}
    flowExports: [{namespace: team-a, name: HOSTILE, reason: HOSTILE, message: HOSTILE, records: 1, dropped: 0}]
    conditions:
    - {type: Applied, status: "False", reason: HOSTILE, message: HOSTILE, lastTransitionTime: "2026-01-02T12:00:00Z"}
    - {type: Exporting, status: "False", reason: RefusedHOSTILE, message: HOSTILE, lastTransitionTime: "2026-01-02T12:00:00Z"}
    - {type: OVSReachable, status: "False", reason: HOSTILE, message: HOSTILE, lastTransitionTime: "2026-01-02T12:00:00Z"}
    - {type: HOSTILE, status: "False", reason: HOSTILE, message: HOSTILE, lastTransitionTime: "2026-01-02T12:00:00Z"}
- metadata: {name: worker-2}
  status:
    observedGeneration: 3
    conditions: [{type: Exporting, status: "False", reason: Refused, message: HOSTILE, lastTransitionTime: "2026-01-02T12:00:00Z"}]
networks:
- metadata: {name: cluster, uid: u, generation: 3}
  spec: {exportNetworkFlows: {ipfix: {collectors: ["192.0.2.1:4739"]}, netFlow: {collectors: [HOSTILE]}}}
configmaps:
- metadata: {name: ovs-flows-config, namespace: openshift-network-operator}
  data: {sharedTarget: HOSTILE, HOSTILE: HOSTILE}
nodes:
- metadata: {name: worker-1, labels: {a: b}}
  status: {conditions: [{type: Ready, status: "True", message: HOSTILE}]}
- metadata: {name: worker-2}
- metadata: {name: worker-3}
leases:
- metadata: {name: worker-1, namespace: sluice-agent}
  spec: {holderIdentity: HOSTILE, renewTime: "NOW", leaseDurationSeconds: 60}
- metadata: {name: sluice-webhook-1, namespace: sluice-system, labels: {app.kubernetes.io/name: sluice}, annotations: {sluice.dev/version: HOSTILE, sluice.dev/certificate: HOSTILE}}
  spec: {holderIdentity: HOSTILE, renewTime: "NOW", leaseDurationSeconds: 60}
- metadata: {name: sluice-controller, namespace: sluice-system}
  spec: {holderIdentity: HOSTILE, renewTime: "NOW", leaseDurationSeconds: 60}
flowexportprofiles:
- metadata: {name: p}
  spec: {nodeSelector: {matchLabels: {HOSTILE: HOSTILE}}}
  status: {conditions: [{type: Ready, status: "False", reason: HOSTILE, message: HOSTILE, lastTransitionTime: "2026-01-02T12:00:00Z"}]}
flowexportpolicies:
- metadata: {name: team-a, generation: 1}
  spec: {subjects: [{kind: User, name: HOSTILE}], exempt: [{kind: ServiceAccount, name: HOSTILE, namespace: HOSTILE}], enforcement: HOSTILE}
  status:
    observedGeneration: 1
    violationCount: 1
    violations: [{resource: HOSTILE, rule: HOSTILE, field: HOSTILE, value: HOSTILE, message: HOSTILE, since: "2026-01-02T12:00:00Z"}]
    conditions:
    - {type: Ready, status: "False", reason: HOSTILE, message: HOSTILE, observedGeneration: 1, lastTransitionTime: "2026-01-02T12:00:00Z"}
    - {type: Enforced, status: "False", reason: HOSTILE, message: HOSTILE, observedGeneration: 1, lastTransitionTime: "2026-01-02T12:00:00Z"}
    - {type: Valid, status: "False", reason: HOSTILE, message: HOSTILE, observedGeneration: 1, lastTransitionTime: "2026-01-02T12:00:00Z"}
    - {type: Compliant, status: "False", reason: HOSTILE, message: HOSTILE, observedGeneration: 1, lastTransitionTime: "2026-01-02T12:00:00Z"}
events:
- metadata: {name: a, namespace: default, creationTimestamp: "2026-01-02T12:00:00Z"}
  involvedObject: {apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, name: "team-aHOSTILE"}
  reason: Denied
  message: HOSTILE
  source: {component: sluice-webhook, host: HOSTILE}
- metadata: {name: b, namespace: default, creationTimestamp: "2026-01-02T12:00:00Z"}
  involvedObject: {apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, name: team-a}
  reason: Denied
  message: "OTHER PROGRAM"
  source: {component: HOSTILE}
flowexports:
- metadata: {name: mine, namespace: team-a, generation: 1}
  spec: {ipfix: {collectors: [HOSTILE]}}
  status:
    observedGeneration: 1
    nodesWanted: 1
    nodesSending: 0
    records: 0
    dropped: 0
    collectors: [{target: HOSTILE, sending: 0, idle: 0, failing: 1, reason: HOSTILE}]
    conditions:
    - {type: Accepted, status: "False", reason: HOSTILE, message: HOSTILE, observedGeneration: 1, lastTransitionTime: "2026-01-02T12:00:00Z"}
    - {type: Exporting, status: "False", reason: HOSTILE, message: HOSTILE, observedGeneration: 1, lastTransitionTime: "2026-01-02T12:00:00Z"}
pods:
- metadata: {name: sluice-webhook-a, namespace: sluice-system, labels: {app.kubernetes.io/name: sluice}}
  status:
    phase: Running
    containerStatuses: [{name: webhook, restartCount: 1, state: {waiting: {reason: HOSTILE, message: HOSTILE}}}]
- metadata: {name: sluice-webhook-b, namespace: sluice-system, labels: {app.kubernetes.io/name: sluice}}
  status:
    phase: Running
    initContainerStatuses: [{name: init, restartCount: 0, state: {waiting: {reason: HOSTILE}}, lastState: {terminated: {exitCode: 1, reason: HOSTILE}}}]
- metadata: {name: sluice-webhook-c, namespace: sluice-system, labels: {app.kubernetes.io/name: sluice}}
  status: {phase: Pending, conditions: [{type: PodScheduled, status: "False", reason: HOSTILE, message: HOSTILE}]}
daemonsets:
- metadata: {name: sluice-agent, namespace: sluice-agent, labels: {app.kubernetes.io/name: sluice}}
  spec: {template: {metadata: {annotations: {a: HOSTILE}}, spec: {containers: [{name: agent, image: "sluice:HOSTILE"}]}}}
  status: {desiredNumberScheduled: 3, numberReady: 1}
deployments:
- metadata: {name: sluice-webhook, namespace: sluice-system, labels: {app.kubernetes.io/name: sluice}}
  spec: {template: {spec: {containers: [{name: webhook, image: "sluice:HOSTILE"}]}}}
validatingadmissionpolicies:
- metadata: {name: sluice-networks, labels: {app.kubernetes.io/name: sluice}}
  status: {typeChecking: {expressionWarnings: [{fieldRef: HOSTILE, warning: HOSTILE}]}}
mutatingwebhookconfigurations:
- metadata: {name: sluice}
  webhooks: [{name: HOSTILE, failurePolicy: HOSTILE, clientConfig: {caBundle: "", service: {name: HOSTILE, namespace: HOSTILE, path: HOSTILE}}, rules: [{resources: [HOSTILE]}]}]
validatingwebhookconfigurations:
- metadata: {name: sluice}
  webhooks: [{name: HOSTILE, clientConfig: {service: {name: HOSTILE, namespace: HOSTILE, path: HOSTILE}}}]
customresourcedefinitions:
- metadata: {name: nodeflowexports.sluice.dev}
  spec: {group: sluice.dev, versions: [{name: HOSTILE, schema: {openAPIV3Schema: {description: HOSTILE}}}]}
  status: {conditions: [{type: Established, status: HOSTILE, message: HOSTILE}]}
endpointslices:
- metadata: {name: a, namespace: sluice-system}
  endpoints: [{hostname: HOSTILE}]
prometheusrules: []
validatingadmissionpolicybindings: []
clusterroles: []
services: []
namespaces: []
secrets: []
`

// poison puts the hostile text into all texts of a value.
func poison(value any) any {
	switch v := value.(type) {
	case string:
		return strings.ReplaceAll(strings.ReplaceAll(v, "HOSTILE", hostile), "NOW", time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"))
	case []any:
		for i := range v {
			v[i] = poison(v[i])
		}
	case map[string]any:
		m := map[string]any{}
		for key, inner := range v {
			m[strings.ReplaceAll(key, "HOSTILE", hostile)] = poison(inner)
		}
		return m
	}
	return value
}

// hostileServer is an API server with the hostile objects. What it answers to other requests is hostile too.
func hostileServer(t *testing.T) string {
	t.Helper()
	objects := map[string][]any{}
	if err := yaml.Unmarshal([]byte(hostileObjects), &objects); err != nil {
		t.Fatal(err)
	}
	for _, list := range objects {
		for i := range list {
			list[i] = poison(list[i])
		}
	}
	write := func(w http.ResponseWriter, code int, value any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		if err := json.NewEncoder(w).Encode(value); err != nil {
			t.Error(err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		last := parts[len(parts)-1]
		switch {
		case last == "version":
			write(w, http.StatusOK, map[string]string{"major": "1", "minor": "34", "gitVersion": "v1.34.0" + hostile})
		case last == "log" || last == "metrics":
			fmt.Fprint(w, hostile+"\n")
		case r.Method != http.MethodGet || r.URL.Query().Get("watch") != "":
			write(w, http.StatusForbidden, statusOf(http.StatusForbidden, "Forbidden", strings.ReplaceAll(hostile, "\n", " ")))
		default:
			serveHostile(w, parts, objects, write)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func serveHostile(w http.ResponseWriter, parts []string, objects map[string][]any, write func(http.ResponseWriter, int, any)) {
	namespace, group := "", strings.Join(parts[1:min(len(parts), 3)], "/")
	if parts[0] == "api" {
		group = parts[1]
	}
	for i, part := range parts {
		if part == "namespaces" && i+2 < len(parts) {
			namespace = parts[i+1]
		}
	}
	of := func(resource, name string) []any {
		found := []any{}
		for _, o := range objects[resource] {
			object, _ := o.(map[string]any)
			meta, _ := object["metadata"].(map[string]any)
			if namespace != "" && meta["namespace"] != namespace || name != "" && meta["name"] != name {
				continue
			}
			object["apiVersion"], object["kind"] = group, cmp.Or(map[string]string{"configmaps": "ConfigMap"}[resource], resource)
			found = append(found, object)
		}
		return found
	}
	last := parts[len(parts)-1]
	if _, known := objects[last]; known {
		write(w, http.StatusOK, map[string]any{"apiVersion": group, "kind": "List", "metadata": map[string]any{}, "items": of(last, "")})
		return
	}
	if found := of(parts[len(parts)-2], last); len(found) > 0 {
		write(w, http.StatusOK, found[0])
		return
	}
	write(w, http.StatusNotFound, statusOf(http.StatusNotFound, "NotFound", strings.ReplaceAll(hostile, "\n", " ")))
}
