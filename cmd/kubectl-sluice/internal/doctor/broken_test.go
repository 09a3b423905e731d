package doctor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
	"sigs.k8s.io/yaml"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
	"sluice/manifests"
)

// objects are the objects of a YAML text.
func objects(t *testing.T, text string) []runtime.Object {
	t.Helper()
	var list []runtime.Object
	for part := range strings.SplitSeq(text, "\n---\n") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(part), &u.Object); err != nil {
			t.Fatalf("%v:\n%s", err, part)
		}
		list = append(list, u)
	}
	return list
}

// broken is a cluster with objects.
func broken(t *testing.T, text string) (Cluster, *fake.FakeDynamicClient) {
	t.Helper()
	kinds := map[schema.GroupVersionResource]string{
		kube.Policies(): "FlowExportPolicyList", kube.FlowExports(): "FlowExportList", kube.Profiles(): "FlowExportProfileList", kube.NodeFlowExports(): "NodeFlowExportList",
		podsOf(): "PodList", kube.DaemonSets(): "DaemonSetList", deploymentsOf(): "DeploymentList", kube.Leases(): "LeaseList",
		kube.AdmissionPolicies(): "ValidatingAdmissionPolicyList", kube.AdmissionPolicyBindings(): "ValidatingAdmissionPolicyBindingList",
		{Group: "monitoring.coreos.com", Version: "v1", Resource: "prometheusrules"}: "PrometheusRuleList", crds(): "CustomResourceDefinitionList",
	}
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, objects(t, text)...)
	return Cluster{Reader: kube.Reader{Client: client}, Plugin: "v0.2.0"}, client
}

// pod is a pod of the webhook in a state.
func pod(status string) string {
	return "{apiVersion: v1, kind: Pod, metadata: {name: sluice-webhook-a, namespace: sluice-system, labels: {app.kubernetes.io/name: sluice}}, status: " + status + "}"
}

// agents is the DaemonSet with a status, and its image.
func agents(image, status string) string {
	return "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: sluice-agent, namespace: sluice-agent, labels: {app.kubernetes.io/name: sluice}}, " +
		"spec: {template: {spec: {containers: [{name: agent, image: '" + image + "'}]}}}, status: " + status + "}"
}

func webhook(image string) string {
	return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: sluice-webhook, namespace: sluice-system, labels: {app.kubernetes.io/name: sluice}}, " +
		"spec: {template: {spec: {containers: [{name: webhook, image: '" + image + "'}]}}}}"
}

func admissionPolicyNamed(name, status string) string {
	return "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: " + name + ", labels: {app.kubernetes.io/name: sluice}}, status: " + status + "}"
}

func bindingOf(name, action string) string {
	return "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: {name: " + name + "}, spec: {policyName: " + name + ", validationActions: [" + action + "]}}"
}

func networkWith(spec string) string {
	return "{apiVersion: operator.openshift.io/v1, kind: Network, metadata: {name: cluster}, spec: " + spec + "}"
}

// TestBrokenStates: each state is found by its check, with the cause and a fix.
func TestBrokenStates(t *testing.T) {
	const sep = "\n---\n"
	const allReady = "{observedGeneration: 1, desiredNumberScheduled: 3, currentNumberScheduled: 3, numberReady: 3, updatedNumberScheduled: 3}"
	all := shippedPolicies(t)
	const badNetwork = `{exportNetworkFlows: {netFlow: {collectors: ['10.0.0.5:2055', '10.0.0.05:99']}}}`
	flowsConfig := func(target string) string {
		return "{apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config, namespace: openshift-network-operator}, data: {sharedTarget: '" + target + "'}}"
	}
	both2 := replicasOf("Deployment", "sluice-webhook", "spec: {replicas: 2}, status: {observedGeneration: 1, readyReplicas: 2}")
	one1 := replicasOf("Deployment", "sluice-controller", "spec: {replicas: 1}, status: {observedGeneration: 1, readyReplicas: 1}")
	lacks := func(ready, conditions string) string {
		return replicasOf("Deployment", "sluice-webhook", "spec: {replicas: 2}, status: {observedGeneration: 1, readyReplicas: "+ready+", conditions: ["+conditions+"]}") + sep + one1
	}
	const quota = "{type: Progressing, status: 'False', message: has timed out}, {type: ReplicaFailure, status: 'True', message: 'exceeded quota: pods'}"
	check := map[string]func(Cluster, context.Context) Finding{
		idPods: Cluster.pods, idDaemonSet: Cluster.scheduled, idVersions: Cluster.versions, idAdmissionPolicies: Cluster.admissionPolicies, idPlatform: Cluster.platform, idMonitoring: Cluster.monitoring, idSchemas: Cluster.schemas,
		idDeployments: Cluster.deployments, idStoredLists: Cluster.storedLists, idCRDs: Cluster.served, idValidity: Cluster.validity,
	}
	for name, c := range map[string]struct {
		id, objects string
		state       State
		says, fix   string
	}{
		"no pods":                  {idPods, "", OK, "none", ""},
		"a pod that runs":          {idPods, pod("{phase: Running, conditions: [{type: Ready, status: 'True'}]}"), OK, "1 run", ""},
		"an image is missing":      {idPods, pod("{phase: Pending, containerStatuses: [{state: {waiting: {reason: ImagePullBackOff, message: Back-off pulling image x}}}]}"), Bad, "sluice-system/sluice-webhook-a: ImagePullBackOff: Back-off pulling image x", "describe pod sluice-webhook-a"},
		"a program crashes":        {idPods, pod("{phase: Running, containerStatuses: [{state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}]}"), Bad, "CrashLoopBackOff, it ended with exit code 137 (OOMKilled)", "logs sluice-webhook-a --previous"},
		"no node has room":         {idPods, pod("{phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/3 nodes are available}]}"), Bad, "Unschedulable: 0/3 nodes are available", "describe pod"},
		"a pod is not ready":       {idPods, pod("{phase: Running, conditions: [{type: Ready, status: 'False'}]}"), Bad, "not ready", "describe pod"},
		"a pod just starts":        {idPods, pod("{phase: Pending, containerStatuses: [{state: {waiting: {reason: ContainerCreating}}}]}"), OK, "1 run", ""},
		"no agents":                {idDaemonSet, "", OK, "not installed", ""},
		"all agents are ready":     {idDaemonSet, agents("a:v1", allReady), OK, "3 of 3 ready", ""},
		"agents are not ready":     {idDaemonSet, agents("a:v1", strings.Replace(allReady, "numberReady: 3", "numberReady: 1", 1)), Bad, "1 of 3 agents are ready", "describe daemonset sluice-agent"},
		"pods are not created":     {idDaemonSet, agents("a:v1", strings.Replace(allReady, "currentNumberScheduled: 3", "currentNumberScheduled: 0", 1)), Bad, "the agent is missing on 3 of 3 nodes: the pods are not created", "describe daemonset sluice-agent"},
		"it selects no node":       {idDaemonSet, agents("a:v1", "{observedGeneration: 1}"), Warn, "it selects no node", "describe daemonset"},
		"an update hangs":          {idDaemonSet, agents("a:v1", strings.Replace(allReady, "updatedNumberScheduled: 3", "updatedNumberScheduled: 2", 1)), Warn, "2 of 3 agents are of the present version", "rollout status daemonset/sluice-agent"},
		"one version":              {idVersions, webhook("r.example.com:5000/w:v0.2.0") + sep + agents("r.example.com:5000/a:v0.2.0", allReady), OK, "plugin v0.2.0, sluice-webhook v0.2.0, sluice-agent v0.2.0", ""},
		"the webhook is older":     {idVersions, webhook("w:v0.1.0") + sep + agents("a:v0.2.0", allReady), Warn, "they differ: plugin v0.2.0, sluice-webhook v0.1.0, sluice-agent v0.2.0", "update the older ones"},
		"the plugin is older":      {idVersions, webhook("w:v0.3.0@sha256:0123456789abcdef"), Warn, "plugin v0.2.0, sluice-webhook v0.3.0", "update"},
		"only digests":             {idVersions, webhook("r.example.com:5000/w@sha256:0123456789abcdef") + sep + agents("a@sha256:123456789abcdef0", allReady), Warn, "2 of 3 can't be compared, because they do not name a release: plugin v0.2.0, sluice-webhook by digest sha256:0123456789ab", "kubectl get deployments,daemonsets -A"},
		"one digest":               {idVersions, webhook("w:v0.2.0") + sep + agents("a@sha256:123456789abcdef0", allReady), OK, "sluice-agent by digest sha256:123456789abc; 1 of 3 can't be compared", ""},
		"only the plugin":          {idVersions, "", OK, "plugin v0.2.0; no other program is installed", ""},
		"no admission policies":    {idAdmissionPolicies, "", Bad, "sluice-flowexport-metadata is missing: tenants could store labels, owners and finalizers of any number, which are sent to all agents; sluice-flowexport-status is missing: users who may write the status", reinstall},
		"those of the manifests":   {idAdmissionPolicies, agents("a:v1", allReady) + sep + all, OK, "5 of 5 in force", ""},
		"one is not bound yet":     {idAdmissionPolicies, all + sep + admissionPolicyNamed("sluice-removal", "{}"), OK, "5 of 6 in force; sluice-removal is not bound", ""},
		"verify-only is missing":   {idAdmissionPolicies, agents("a:v1", allReady) + sep + strings.ReplaceAll(all, "sluice-verify-only", "other"), Bad, "sluice-verify-only is missing: users who may request", reinstall},
		"without agents":           {idAdmissionPolicies, strings.ReplaceAll(all, "sluice-verify-only", "other"), OK, "5 of 5 in force", ""},
		"a binding is narrowed":    {idAdmissionPolicies, strings.ReplaceAll(all, "policyName: sluice-verify-only", "matchResources: {objectSelector: {matchLabels: {a: b}}}\n  policyName: sluice-verify-only"), Bad, "sluice-verify-only: no binding puts it into force: sluice-verify-only has matchResources", reinstall},
		"narrowed by resources":    {idAdmissionPolicies, strings.ReplaceAll(all, "policyName: sluice-verify-only", "matchResources: {excludeResourceRules: [{apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['*']}]}\n  policyName: sluice-verify-only"), Bad, "has matchResources", reinstall},
		"without what it selects":  {idAdmissionPolicies, strings.ReplaceAll(all, "policyName: sluice-verify-only", "matchResources: {matchPolicy: Equivalent, objectSelector: {}, namespaceSelector: {}}\n  policyName: sluice-verify-only"), OK, "5 of 5 in force", ""},
		"one that warns":           {idAdmissionPolicies, all + sep + admissionPolicyNamed("sluice-networks-warn", "{}") + sep + bindingOf("sluice-networks-warn", "Warn"), OK, "6 of 6 in force", ""},
		"all Deployments are up":   {idDeployments, both2 + sep + one1, OK, "sluice-webhook 2 of 2 ready, sluice-controller 1 of 1 ready", ""},
		"a replica has no pod":     {idDeployments, lacks("1", quota), Warn, "1 of 2 replicas of sluice-webhook are ready: exceeded quota: pods", "describe deployment sluice-webhook; kubectl sluice runbook SluiceWebhookReplicaMissing"},
		"no progress":              {idDeployments, lacks("1", "{type: Progressing, status: 'False', message: has timed out}"), Warn, "are ready: has timed out", "SluiceWebhookReplicaMissing"},
		"no replica has a pod":     {idDeployments, lacks("0", quota), Bad, "0 of 2 replicas of sluice-webhook are ready: exceeded quota", "SluiceWebhookDown"},
		"scaled to none":           {idDeployments, both2 + sep + replicasOf("Deployment", "sluice-controller", "spec: {replicas: 0}, status: {observedGeneration: 1}"), Bad, "the Deployment sluice-controller wants no replicas", "SluiceControllerDown"},
		"the webhook is deleted":   {idDeployments, one1, Bad, "there is no Deployment sluice-system/sluice-webhook", reinstall},
		"both are deleted":         {idDeployments, "", Bad, "there is no Deployment sluice-system/sluice-webhook; there is no Deployment sluice-system/sluice-controller", reinstall},
		"not read yet":             {idDeployments, both2 + sep + replicasOf("Deployment", "sluice-controller", "spec: {replicas: 1}"), Unknown, "no controller of Kubernetes has reported about generation 1 of the Deployment sluice-controller", ""},
		"a webhook on each master": {idDeployments, one1 + sep + replicasOf("DaemonSet", "sluice-webhook", "status: {observedGeneration: 1, desiredNumberScheduled: 3, numberReady: 2}"), Warn, "2 of 3 replicas of sluice-webhook", "describe daemonset sluice-webhook"},
		"agents not read yet":      {idDaemonSet, agents("a:v1", "{}"), Unknown, "no controller of Kubernetes has reported about", ""},
		"no policies":              {idValidity, "", OK, "there is no FlowExportPolicy", ""},
		"nothing is stored":        {idStoredLists, "", OK, "none", ""},
		"stored lists":             {idStoredLists, networkWith("{exportNetworkFlows: {netFlow: {collectors: ['10.0.0.5:2055']}}}") + sep + flowsConfig("10.0.0.5:4739"), OK, "well-formed: Network.operator cluster, ConfigMap ovs-flows-config", ""},
		"a malformed list":         {idStoredLists, networkWith(badNetwork), Bad, "Network.operator cluster: spec.exportNetworkFlows.netFlow.collectors[1]: \"10.0.0.05:99\"", "kubectl edit network.operator cluster"},
		"a malformed ConfigMap":    {idStoredLists, flowsConfig("10.0.0.05:99"), Bad, "ConfigMap ovs-flows-config: data.sharedTarget: \"10.0.0.05:99\"", "kubectl -n openshift-network-operator edit configmap ovs-flows-config"},
		"an unusual list":          {idStoredLists, networkWith("{exportNetworkFlows: {netFlow: {collectors: [' 10.0.0.5:2055']}}}"), Warn, "collectors[0]", "kubectl edit network.operator cluster"},
		"they are missing":         {idAdmissionPolicies, agents("a:v1", allReady), Bad, "sluice-agent-own-node is missing: an agent could write the reports of other nodes", reinstall},
		"a binding only audits":    {idAdmissionPolicies, admissionPolicyNamed("sluice-networks", "{}") + sep + bindingOf("sluice-networks", "Audit"), Bad, "sluice-networks: no binding puts it into force", reinstall},
		"it is not understood":     {idAdmissionPolicies, admissionPolicyNamed("sluice-networks", "{typeChecking: {expressionWarnings: [{fieldRef: 'spec.validations[0].expression', warning: undefined field}]}}") + sep + bindingOf("sluice-networks", "Deny"), Bad, "sluice-networks: the API server does not understand spec.validations[0].expression: undefined field", reinstall},
		"OVN-Kubernetes":           {idPlatform, networkWith("{defaultNetwork: {type: OVNKubernetes}}"), OK, "OVNKubernetes", ""},
		"no Network":               {idPlatform, "", Warn, `there is no Network.operator "cluster"`, "oc get clusteroperator network"},
		"another network plugin":   {idPlatform, networkWith("{defaultNetwork: {type: OpenShiftSDN}}"), Warn, "the network plugin is OpenShiftSDN", "without the agents"},
		"an unmanaged Network":     {idPlatform, networkWith("{managementState: Unmanaged}"), Warn, "managementState is Unmanaged", "oc patch network.operator"},
		"alerts":                   {idMonitoring, "{apiVersion: monitoring.coreos.com/v1, kind: PrometheusRule, metadata: {name: sluice, namespace: sluice-system, labels: {app.kubernetes.io/name: sluice}}}", OK, "installed", ""},
		"no alerts":                {idMonitoring, "", Warn, "there is no PrometheusRule of Sluice", "components/monitoring"},
		"a CRD of another version": {idSchemas, "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: flowexportpolicies.sluice.dev}, spec: {versions: [{name: v1alpha1, schema: {openAPIV3Schema: {properties: {spec: {properties: {}}}}}}]}}", Bad, "they lack flowexportpolicies spec.allow", "kubectl apply --server-side -k manifests/crds"},
		"the CRDs of this version": {idSchemas, shippedCRDs(t), OK, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cluster, _ := broken(t, c.objects)
			f := check[c.id](cluster, t.Context())
			if f.State != c.state || f.ID != c.id || !strings.Contains(f.Detail+f.Why, c.says) || !strings.Contains(f.Do, c.fix) || (f.State == OK) != (f.Do == "") {
				t.Errorf("%+v", f)
			}
			if c.state != OK && !strings.Contains(f.Why, c.says) {
				t.Errorf("the cause is not in %q", f.Why)
			}
		})
	}
}

// shippedPolicies are the admission policies of the manifests, with their bindings.
func shippedPolicies(t *testing.T) string {
	t.Helper()
	var list []string
	for part := range strings.SplitSeq(manifests.AdmissionPolicies()+"\n---\n"+manifests.AgentAdmissionPolicies(), "\n---\n") {
		if strings.Contains(part, "kind: ValidatingAdmissionPolicy") {
			list = append(list, part)
		}
	}
	return strings.Join(list, "\n---\n")
}

// replicasOf is a workload of generation 1 in the namespace of the webhook.
func replicasOf(kind, name, fields string) string {
	return "{apiVersion: apps/v1, kind: " + kind + ", metadata: {name: " + name + ", namespace: sluice-system, generation: 1}, " + fields + "}"
}

// TestTheCRDsAreThoseOfTheManifests: a new CRD is checked.
func TestTheCRDsAreThoseOfTheManifests(t *testing.T) {
	var want, got, types []string
	for _, o := range objects(t, shippedCRDs(t)) {
		want = append(want, o.(*unstructured.Unstructured).GetName())
	}
	for _, r := range resources() {
		got = append(got, r.GroupResource().String())
	}
	for name := range kinds() {
		types = append(types, name+".sluice.dev")
	}
	slices.Sort(got)
	slices.Sort(types)
	if !slices.Equal(got, want) || !slices.Equal(types, want) {
		t.Errorf("the manifests have %v, doctor looks for %v and compares %v", want, got, types)
	}
}

// TestEachMissingCRDIsNamed: also if all others are served.
func TestEachMissingCRDIsNamed(t *testing.T) {
	for _, missing := range resources() {
		cluster, client := broken(t, "")
		client.PrependReactor("list", missing.Resource, func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewNotFound(missing.GroupResource(), "")
		})
		f := cluster.served(t.Context())
		if f.State != Bad || f.Why != "there is no CRD "+missing.GroupResource().String() || f.Do != reinstall || f.absent {
			t.Errorf("%s: %+v", missing.Resource, f)
		}
	}
}

// shippedCRDs are the CRDs of the manifests.
func shippedCRDs(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../../../../manifests/crds/sluice.dev_*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	var texts []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, strings.TrimPrefix(string(text), "---\n"))
	}
	return strings.Join(texts, "\n---\n")
}

// TestWhatMayNotBeReadIsUnknown: no check takes what is forbidden for what is missing.
func TestWhatMayNotBeReadIsUnknown(t *testing.T) {
	cluster, client := broken(t, "")
	client.PrependReactor("*", "*", func(a clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(a.GetResource().GroupResource(), "", nil)
	})
	cluster.Status = func(context.Context) (status.Cluster, error) {
		return status.Cluster{}, apierrors.NewForbidden(kube.NodeFlowExports().GroupResource(), "", nil)
	}
	for _, f := range []Finding{
		cluster.platform(t.Context()), cluster.served(t.Context()), cluster.schemas(t.Context()), cluster.versions(t.Context()), cluster.pods(t.Context()), cluster.admissionPolicies(t.Context()),
		cluster.deployments(t.Context()), cluster.storedLists(t.Context()), cluster.scheduled(t.Context()), cluster.reports(t.Context()), cluster.monitoring(t.Context()),
	} {
		if f.State != Unknown || f.Why == "" {
			t.Errorf("%+v", f)
		}
	}
}

// TestReportsNameTheCauses: the causes that "status" lists, without those that other checks have.
func TestReportsNameTheCauses(t *testing.T) {
	for name, c := range map[string]struct {
		cluster status.Cluster
		state   State
		says    string
	}{
		"no agents":  {status.Cluster{Generation: 1}, OK, "no agent has reported"},
		"no reports": {status.Cluster{Generation: 1, Nodes: []string{"a"}, Heartbeats: map[string]status.Heartbeat{"a": {}}}, Bad, "a: NoReport: the node has no NodeFlowExport"},
		"stale":      {status.Cluster{Generation: 2, LivenessUnknown: "forbidden", Exports: []v1alpha1.NodeFlowExport{{Status: v1alpha1.NodeFlowExportStatus{ObservedGeneration: 1}}}}, Unknown, "Outdated: the node reports generation 1; the current one is 2"},
		"no Network": {status.Cluster{}, Bad, "cluster: NetworkMissing"},
	} {
		f := Cluster{Status: func(context.Context) (status.Cluster, error) { return c.cluster, nil }}.reports(t.Context())
		if f.State != c.state || !strings.Contains(f.Detail+f.Why, c.says) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestTheIDsAreStable: scripts use them.
func TestTheIDsAreStable(t *testing.T) {
	want := "kubernetes-version platform crds crd-schemas versions pods deployments registration-mutating registration-validating webhook-path webhook-ca webhook-replicas rejection stored-lists controller admission-policies policies-valid removals policies-in-force webhook-certificate unreviewed-changes agents-scheduled agents-alive reports flowexports monitoring"
	if got := strings.Join([]string{
		idKubernetes, idPlatform, idCRDs, idSchemas, idVersions, idPods, idDeployments, idMutating, idValidating, idPath, idAuthority, idReplicas, idRejection, idStoredLists, idController, idAdmissionPolicies, idValidity, idRemovals, idInForce, idCertificate, idUnreviewed, idDaemonSet, idAlive, idReports, idFlowExports, idMonitoring,
	}, " "); got != want {
		t.Errorf("the IDs are\n%s", got)
	}
}
