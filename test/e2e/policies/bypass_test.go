package policies

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"sluice/test/harness/cluster"
)

func TestEveryVerbIsJudged(t *testing.T) {
	reset(t)
	apply(t, guarded)
	for name, change := range map[string]func(flows string) cluster.Result{
		"merge patch": func(flows string) cluster.Result { return patch(t, mary, flows) },
		"JSON patch": func(flows string) cluster.Result {
			return kubectl(t, mary, "", "patch", "network.operator", "cluster", "--type=json", "-p", `[{"op":"add","path":"/spec/exportNetworkFlows","value":`+flows+`}]`)
		},
		"server-side apply": func(flows string) cluster.Result {
			text := `{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"cluster"},"spec":{"exportNetworkFlows":` + flows + `}}`
			return kubectl(t, mary, text, "apply", "--server-side", "--force-conflicts", "-f", "-")
		},
		"client-side apply": func(flows string) cluster.Result {
			return kubectl(t, mary, manifestWith(flows), "apply", "-f", "-")
		},
		"replace": func(flows string) cluster.Result {
			return kubectl(t, mary, manifestWith(flows), "replace", "-f", "-")
		},
		"edit": func(flows string) cluster.Result {
			return edit(t, mary, `s/^spec:/spec:\n  exportNetworkFlows: `+flows+"/", "network.operator", "cluster")
		},
	} {
		t.Run(name, func(t *testing.T) {
			store(t, "null")
			// kubectl edit shows the reason in the editor only.
			if r := change(notAllowed); name == "edit" {
				refused(t, r)
			} else {
				refused(t, r, told, "(Forbidden)")
			}
			stands(t, "")
			passes(t, change(allowed))
			stands(t, allowed)
		})
	}
}

func TestAStrategicMergePatchIsNotForCustomResources(t *testing.T) {
	reset(t)
	apply(t, guarded)
	r := kubectl(t, mary, "", "patch", "network.operator", "cluster", "--type=strategic", "-p", `{"spec":{"exportNetworkFlows":`+allowed+`}}`)
	refused(t, r, "application/strategic-merge-patch+json is not supported")
	stands(t, "")
}

// The API server itself drops what a request to /status says of the spec.
func TestTheStatusSubresourceDoesNotChangeTheLists(t *testing.T) {
	reset(t)
	store(t, allowed)
	apply(t, `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: nobody}
spec: {deny: [{}]}
`)
	body := `{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"cluster"},"spec":{"exportNetworkFlows":` + notAllowed + `},"status":{"readyReplicas":1}}`
	for _, c := range []struct{ method, query, contentType, body string }{
		{http.MethodPatch, "", mergePatch, body},
		{http.MethodPatch, "?fieldManager=admin&force=true", applyPatch, body},
		{http.MethodPut, "", "application/json", body},
	} {
		if c.method == http.MethodPut {
			c.body = withVersion(t, c.body)
		}
		if a := send(t, cluster.Admin, c.method, networks+"/cluster/status"+c.query, c.contentType, c.body); a.code != http.StatusOK {
			t.Errorf("%s %s: %d: %s", c.method, c.contentType, a.code, a.text)
		}
		stands(t, allowed)
	}
	// Nor is there another way around the object itself.
	for _, path := range []string{"/cluster/scale", "/cluster/spec"} {
		if a := send(t, cluster.Admin, http.MethodPatch, networks+path, mergePatch, body); a.code != http.StatusNotFound {
			t.Errorf("%s: %d: %s", path, a.code, a.text)
		}
	}
}

// The operator reads "cluster" alone, but nobody should learn that by trying.
func TestANetworkOfAnotherNameIsJudgedAsWell(t *testing.T) {
	reset(t)
	apply(t, guarded)
	other := func(flows string) string {
		return strings.Replace(manifestWith(flows), "name: cluster", "name: other", 1)
	}
	refused(t, kubectl(t, mary, other(notAllowed), "create", "-f", "-"), told)
	r := kubectl(t, mary, other(allowed), "create", "-f", "-")
	passes(t, r)
	if !strings.Contains(r.Stderr, `Warning: `) || !strings.Contains(r.Stderr, `"cluster"`) {
		t.Errorf("no word that it has no effect: %s", r.All())
	}
	generated := strings.Replace(manifestWith(notAllowed), "name: cluster", "generateName: cluster", 1)
	refused(t, kubectl(t, mary, generated, "create", "-f", "-"), told)
	stands(t, "")
}

// The registration names v1 and asks for equivalent requests too.
func TestAnotherServedVersionIsJudgedAsWell(t *testing.T) {
	reset(t)
	apply(t, guarded)
	t.Cleanup(func() {
		if err := shared.InstallCRD(afterwards(t), "Default"); err != nil {
			t.Error(err)
		}
	})
	must(t, cluster.Admin, crdWithVersion(t, "v2"), "apply", "--server-side", "--force-conflicts", "-f", "-")
	path := strings.Replace(networks, "v1", "v2", 1) + "/cluster"
	eventually(t, func() string {
		if a := send(t, cluster.Admin, http.MethodGet, path, "", ""); a.code != http.StatusOK {
			return "v2 is not served: " + a.text
		}
		return ""
	})
	// A new version is known to the webhooks' rules a moment after it is served.
	eventually(t, func() string {
		a := send(t, mary, http.MethodPatch, path+"?dryRun=All", mergePatch, `{"spec":{"exportNetworkFlows":`+notAllowed+`}}`)
		if a.code != http.StatusForbidden {
			return "v2 is not judged: " + a.text
		}
		return ""
	})
	forbidden(t, send(t, mary, http.MethodPatch, path, mergePatch, `{"spec":{"exportNetworkFlows":`+notAllowed+`}}`), told)
	if a := send(t, mary, http.MethodPatch, path, mergePatch, `{"spec":{"exportNetworkFlows":`+allowed+`}}`); a.code != http.StatusOK {
		t.Errorf("%d: %s", a.code, a.text)
	}
	stands(t, allowed)
}

// crdWithVersion is the Network CRD with one more version, the same as v1.
func crdWithVersion(t *testing.T, name string) string {
	t.Helper()
	text, err := shared.NetworkCRD(t.Context(), "Default")
	if err != nil {
		t.Fatal(err)
	}
	var crd struct {
		APIVersion string         `json:"apiVersion"`
		Kind       string         `json:"kind"`
		Metadata   map[string]any `json:"metadata"`
		Spec       map[string]any `json:"spec"`
	}
	if err := yaml.Unmarshal([]byte(text), &crd); err != nil {
		t.Fatal(err)
	}
	versions, _ := crd.Spec["versions"].([]any)
	first, _ := versions[0].(map[string]any)
	second := maps.Clone(first)
	second["name"], second["storage"] = name, false
	crd.Spec["versions"] = append(versions, second)
	out, err := yaml.Marshal(crd)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// An object that waits for a finalizer is still read by the operator.
func TestAnObjectThatIsBeingDeletedIsStillJudged(t *testing.T) {
	reset(t)
	apply(t, guarded)
	finalizers := func(list string) {
		must(t, cluster.Operator, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"metadata":{"finalizers":`+list+`}}`)
	}
	finalizers(`["example.com/wait"]`)
	t.Cleanup(func() {
		free := []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`}
		if _, err := shared.Kubectl(afterwards(t), cluster.Operator, free...); err != nil {
			t.Error(err)
		}
	})
	must(t, mary, "", "delete", "network.operator", "cluster", "--wait=false")
	if at := must(t, mary, "", "get", "network.operator", "cluster", "-o", "jsonpath={.metadata.deletionTimestamp}").Stdout; at == "" {
		t.Fatal("it is not being deleted")
	}
	for _, flows := range []string{notAllowed, allowed} {
		refused(t, patch(t, mary, flows), "the object is being deleted")
	}
	// The last update, which lets it go, is not about the lists.
	passes(t, kubectl(t, mary, "", "patch", "network.operator", "cluster", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`))
}

func TestWhatIsDeletedAndCreatedAgainIsJudgedAsAdded(t *testing.T) {
	reset(t)
	store(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]},"ipfix":{"collectors":["10.0.0.5:4739"]}}`)
	apply(t, guarded+`---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: siem}
spec:
  exempt: [{kind: Group, name: security}]
  required: [{format: IPFIX, collector: "10.0.0.5:4739"}]
`)
	must(t, guard, "", "delete", "network.operator", "cluster")
	// What others had stored is hers to answer for now.
	refused(t, kubectl(t, mary, manifestWith(`{"netFlow":{"collectors":["192.0.2.1:2055"]}}`), "create", "-f", "-"),
		told, `"10.0.0.5:4739": is missing: the policy requires it; add it [policy siem/required[0]]`)
	refused(t, kubectl(t, mary, manifestWith(allowed), "create", "-f", "-"), "siem/required[0]")
	// She may not add the one that is required, so somebody else must.
	refused(t, kubectl(t, mary, manifestWith(`{"ipfix":{"collectors":["10.0.0.5:4739"]}}`), "create", "-f", "-"), "team-a/allow")
	passes(t, kubectl(t, john, manifestWith(`{"ipfix":{"collectors":["10.0.0.5:4739"]}}`), "create", "-f", "-"))
	passes(t, patch(t, mary, allowed))
}

// Deleting is removing: who may not remove a collector can't get there by deleting the
// object and creating one without it.
func TestADeletionIsJudgedAsARemoval(t *testing.T) {
	reset(t)
	store(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]},"ipfix":{"collectors":["10.0.0.5:4739"]}}`)
	must(t, cluster.Operator, configWith("10.9.9.9:4739"), "create", "-f", "-")
	apply(t, `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: siem}
spec:
  exempt: [{kind: Group, name: security}]
  required: [{format: IPFIX, collector: "10.0.0.5:4739"}]
---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-a}
spec:
  subjects: [{kind: Group, name: team-a}]
  allow: [{destinations: [10.20.0.0/16]}]
  removal: OnlyAllowed
`)
	for _, args := range [][]string{{"delete", "network.operator", "cluster"}, {"delete", "network.operator", "--all"}, {"delete", "network.operator", "cluster", "--dry-run=server"}} {
		refused(t, kubectl(t, mary, "", args...), `"10.0.0.5:4739": must not be removed: the policy requires it; add it back [policy siem/required[0]]`, "[policy team-a/removal]")
	}
	refused(t, kubectl(t, john, "", "delete", "network.operator", "cluster"), "siem/required[0]")
	// The namespace controller deletes the contents of a namespace that a user has deleted. Apart from that,
	// Kubernetes' controllers are users like any other.
	clean := func(controller string, object ...string) cluster.Result {
		return kubectl(t, cluster.Admin, "", append([]string{"delete", "--dry-run=server", "--as=system:serviceaccount:kube-system:" + controller}, object...)...)
	}
	passes(t, clean("namespace-controller", "configmap", "ovs-flows-config", "-n", "openshift-network-operator"))
	refused(t, clean("namespace-controller", "network.operator", "cluster"), "siem/required[0]")
	refused(t, clean("generic-garbage-collector", "network.operator", "cluster"), "siem/required[0]")
	refused(t, kubectl(t, mary, "", "delete", "configmap", "-n", "openshift-network-operator", "ovs-flows-config"), "10.9.9.9:4739", "[policy team-a/removal]")
	// For each object of a deletecollection the API server leaves the request's name empty.
	for path, policy := range map[string]string{
		"/api/v1/namespaces/openshift-network-operator/configmaps?fieldSelector=metadata.name%3Dovs-flows-config": "[policy team-a/removal]",
		"/apis/operator.openshift.io/v1/networks": "[policy siem/required[0]]",
	} {
		refused(t, kubectl(t, mary, "", "delete", "--raw", path), policy)
	}
	passes(t, kubectl(t, john, "", "delete", "configmap", "-n", "openshift-network-operator", "ovs-flows-config"))
	passes(t, kubectl(t, guard, "", "delete", "network.operator", "cluster"))
}

func TestADryRunIsRefusedInTheSameWords(t *testing.T) {
	reset(t)
	apply(t, guarded)
	args := []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + notAllowed + `}}`}
	dry, wet := kubectl(t, mary, "", append(args, "--dry-run=server")...), kubectl(t, mary, "", args...)
	refused(t, dry, told)
	if withoutUID(dry.All()) != withoutUID(wet.All()) || dry.Code != wet.Code {
		t.Errorf("the dry run printed %s, the real one %s", dry.All(), wet.All())
	}
	args[len(args)-1] = `{"spec":{"exportNetworkFlows":` + allowed + `}}`
	passes(t, kubectl(t, mary, "", append(args, "--dry-run=server")...))
	stands(t, "")
}
