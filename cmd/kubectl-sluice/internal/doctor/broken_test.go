package doctor

import (
	"context"
	"os"
	"path/filepath"
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
		podsOf(): "PodList", kube.DaemonSets(): "DaemonSetList", {Group: "apps", Version: "v1", Resource: "deployments"}: "DeploymentList",
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
	both := admissionPolicyNamed("sluice-agent-own-node", "{}") + sep + admissionPolicyNamed("sluice-agent-own-events", "{}") + sep + bindingOf("sluice-agent-own-node", "Deny") + sep + bindingOf("sluice-agent-own-events", "Deny")
	check := map[string]func(Cluster, context.Context) Finding{
		idPods: Cluster.pods, idDaemonSet: Cluster.scheduled, idVersions: Cluster.versions, idAdmissionPolicies: Cluster.admissionPolicies, idPlatform: Cluster.platform, idMonitoring: Cluster.monitoring, idSchemas: Cluster.schemas,
	}
	for name, c := range map[string]struct {
		id, objects string
		state       State
		says, fix   string
	}{
		"no pods":                  {idPods, "", OK, "0 run", ""},
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
		"only digests":             {idVersions, webhook("r.example.com:5000/w@sha256:0123456789abcdef"), OK, "sluice-webhook by digest sha256:0123456789ab", ""},
		"no admission policies":    {idAdmissionPolicies, "", OK, "0 in force", ""},
		"those of the agents":      {idAdmissionPolicies, agents("a:v1", allReady) + sep + both, OK, "2 in force", ""},
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
		cluster.scheduled(t.Context()), cluster.reports(t.Context()), cluster.monitoring(t.Context()),
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
	want := "kubernetes-version platform crds crd-schemas versions pods registration-mutating registration-validating webhook-path webhook-ca webhook-replicas rejection controller admission-policies policies-valid removals policies-in-force unreviewed-changes agents-scheduled agents-alive reports monitoring"
	if got := strings.Join([]string{
		idKubernetes, idPlatform, idCRDs, idSchemas, idVersions, idPods, idMutating, idValidating, idPath, idAuthority, idReplicas, idRejection, idController, idAdmissionPolicies, idValidity, idRemovals, idInForce, idUnreviewed, idDaemonSet, idAlive, idReports, idMonitoring,
	}, " "); got != want {
		t.Errorf("the IDs are\n%s", got)
	}
}
