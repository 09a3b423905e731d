package packaging

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// at is what stands at a path of an object as JSON, "absent" if nothing does.
func at(t *testing.T, value any, path string) string {
	t.Helper()
	for part := range strings.SplitSeq(path, "/") {
		switch v := value.(type) {
		case map[string]any:
			value = v[strings.ReplaceAll(part, "~", "/")]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(v) {
				return "absent"
			}
			value = v[i]
		}
		if value == nil {
			return "absent"
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const (
	deployment = "Deployment.apps sluice-system sluice-webhook"
	controller = "Deployment.apps sluice-system sluice-controller"
	loopback   = "DaemonSet.apps sluice-system sluice-webhook"
	agents     = "DaemonSet.apps sluice-agent sluice-agent"
	pod        = "spec/template/spec/"
	container  = pod + "containers/0/"
	mutating   = "MutatingWebhookConfiguration.admissionregistration.k8s.io  sluice"
	validating = "ValidatingWebhookConfiguration.admissionregistration.k8s.io  sluice"
	reviews    = "NetworkPolicy.networking.k8s.io sluice-system sluice-webhook"
	clientCA   = "clientCA=-----BEGIN CERTIFICATE-----"
	disruption = "PodDisruptionBudget.policy sluice-system sluice-webhook"
	policies   = "CustomResourceDefinition.apiextensions.k8s.io  flowexportpolicies.sluice.dev"
	network    = "CustomResourceDefinition.apiextensions.k8s.io  networks.operator.openshift.io"
	digest     = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	bundle     = "certificates.caBundle=-----BEGIN CERTIFICATE-----"
	// files are the values of a certificate that others make.
	files = "certificates.mode=files,certificates.secretName=own," + bundle
)

// TestValues sets what the overlays don't, and looks where it shows.
// rules and missing are where the alert for missing replicas is.
const (
	rules   = "PrometheusRule.monitoring.coreos.com sluice-system sluice"
	missing = "spec/groups/1/rules/1/expr"
	// firstAlert is where the annotations of the first alert are.
	firstAlert = "spec/groups/1/rules/0/annotations/"
)

// alert is that expression, as JSON.
func alert(replicas string) string {
	const up = `count(up{job=\"sluice-webhook-metrics\"} == `
	return `"(` + up + `0) or ` + up + `1) \u003c ` + replicas + `)\nand on () ` + up + `1)\n"`
}

func TestValues(t *testing.T) {
	for _, c := range []struct{ set, object, path, want string }{
		{"webhook.replicas=3", deployment, "spec/replicas", "3"},
		{"webhook.replicas=3", disruption, "spec/maxUnavailable", "1"},
		// It must not keep the node of a single replica from being drained.
		{"webhook.replicas=1", disruption, "spec/maxUnavailable", "1"},
		{"webhook.mode=localhost", disruption, "spec", "absent"},
		{"webhook." + clientCA, deployment, container + "args/5", `"--client-ca=/etc/sluice/client-ca/ca.crt"`},
		{"webhook." + clientCA, deployment, container + "volumeMounts", `[{"mountPath":"/etc/sluice/client-ca","name":"client-ca","readOnly":true}]`},
		{"webhook." + clientCA + "," + files, deployment, pod + "volumes/1/configMap/name", `"sluice-client-ca"`},
		{"webhook." + clientCA + ",webhook.mode=localhost", loopback, pod + "volumes/0/configMap/name", `"sluice-client-ca"`},
		{"webhook." + clientCA, "ConfigMap sluice-system sluice-client-ca", "data/ca.crt", `"-----BEGIN CERTIFICATE-----"`},
		{"networkPolicy.apiServers={192.0.2.0/28,2001:db8::/64}", reviews, "spec/ingress/0", `{"from":[{"ipBlock":{"cidr":"192.0.2.0/28"}},{"ipBlock":{"cidr":"2001:db8::/64"}}],"ports":[{"port":"reviews"}]}`},
		{"networkPolicy.apiServers={192.0.2.0/28}", reviews, "spec/ingress/1/from", `[{"namespaceSelector":{}}]`},
		{"networkPolicy.apiServerPorts={443,16443}", reviews, "spec/egress", `[{"ports":[{"port":443},{"port":16443}]}]`},
		{"networkPolicy.apiServerPorts={8443}", "NetworkPolicy.networking.k8s.io sluice-system sluice-controller", "spec/egress", `[{"ports":[{"port":8443}]}]`},
		{"networkPolicy.enabled=false", "NetworkPolicy.networking.k8s.io sluice-system sluice-controller", "spec", "absent"},
		{"webhook.image.repository=r/s,webhook.image.tag=v1", deployment, container + "image", `"r/s:v1"`},
		{"webhook.image.repository=r/s,webhook.image.tag=v1,webhook.image.digest=" + digest, deployment, container + "image", `"r/s@` + digest + `"`},
		{"webhook.image.pullPolicy=Always", deployment, container + "imagePullPolicy", `"Always"`},
		{"webhook.image.pullSecrets={a,b}", deployment, pod + "imagePullSecrets", `[{"name":"a"},{"name":"b"}]`},
		{"webhook.normalization=reject", deployment, container + "args/5", `"--normalization=reject"`},
		{"webhook.policies=false", deployment, container + "args/5", `"--policies=off"`},
		{"webhook.exemptUsers={system:admin,x: y}", deployment, container + "args", `["--role=serve","--bind=:9443","--health-bind=:8081","--metrics-bind=:8080","--path-secret=sluice-webhook-path","--exempt-user=system:admin","--exempt-user=x: y"]`},
		{"controller.admissionPolicies=off", "ValidatingAdmissionPolicy.admissionregistration.k8s.io  sluice-removal", "spec", "absent"},
		{"webhook.policies=false", "ValidatingAdmissionPolicy.admissionregistration.k8s.io  sluice-removal", "spec", "absent"},
		{"controller.admissionPolicies=all", controller, container + "args/1", `"--admission-policies=all"`},
		{"ipFamilies={ipv6,ipv4}", deployment, container + "args/5", `"--ip-families=ipv4,ipv6"`},
		{"webhook.tlsMinVersion=1.2", deployment, container + "args/5", `"--tls-min-version=1.2"`},
		{"webhook.logLevel=debug", deployment, container + "args/5", `"--log-level=debug"`},
		{"webhook.extraArgs={--drain=20s}", deployment, container + "args/5", `"--drain=20s"`},
		{"webhook.resources.limits.memory=1Gi", deployment, container + "resources", `{"limits":{"memory":"1Gi"},"requests":{"cpu":"10m","memory":"48Mi"}}`},
		{"webhook.nodeSelector.a=b", deployment, pod + "nodeSelector", `{"a":"b"}`},
		{"webhook.nodeSelector.a=b,webhook.mode=localhost", loopback, pod + "nodeSelector", `{"a":"b"}`},
		{"webhook.nodeSelector.a=b,webhook.mode=localhost", loopback, pod + "affinity", "absent"},
		{"webhook.affinity.nodeAffinity.x=1,webhook.mode=localhost", loopback, pod + "affinity", `{"nodeAffinity":{"x":1}}`},
		// k3s and RKE2 give the label the value "true".
		{"webhook.mode=localhost", loopback, pod + "affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms", `[{"matchExpressions":[{"key":"node-role.kubernetes.io/control-plane","operator":"Exists"}]}]`},
		{"webhook.mode=localhost", loopback, pod + "tolerations", `[{"operator":"Exists"}]`},
		{"webhook.tolerations=null", deployment, pod + "tolerations/2/tolerationSeconds", "30"},
		{"webhook.tolerations[0].operator=Exists", deployment, pod + "tolerations", `[{"operator":"Exists"}]`},
		{"webhook.affinity.podAffinity.x=1", deployment, pod + "affinity", `{"podAffinity":{"x":1}}`},
		{"webhook.priorityClassName=high", deployment, pod + "priorityClassName", `"high"`},
		{"webhook.mode=localhost,webhook.priorityClassName=high", loopback, pod + "priorityClassName", `"high"`},
		{"networkPolicy.enabled=false", "NetworkPolicy.networking.k8s.io sluice-system sluice-webhook", "spec", "absent"},
		{files, deployment, pod + "volumes/0/secret/secretName", `"own"`},
		{files, deployment, container + "args/5", `"--cert-dir=/etc/sluice/tls"`},
		{files, mutating, "webhooks/1/clientConfig/caBundle", `"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"`},
		{files, validating, "webhooks/3/clientConfig/caBundle", `"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"`},
		{files, "Role.rbac.authorization.k8s.io sluice-system sluice-webhook-certs", "rules", "absent"},
		{files + ",webhook.mode=localhost", loopback, container + "args/1", `"--api-server=127.0.0.1:6443"`},
		{files + ",webhook.mode=localhost", mutating, "webhooks/0/clientConfig", `{"caBundle":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t","url":"https://127.0.0.1:9744/mutate"}`},
		{"platform=openshift,webhook.mode=localhost", loopback, container + "args/1", `"--cert-host=127.0.0.1"`},
		{"platform=openshift,certificates.mode=managed", "Service sluice-system sluice-webhook", "metadata/annotations", "absent"},
		// A default node selector of the cluster must not keep pods from nodes they belong on.
		{"platform=openshift,webhook.mode=localhost", "Namespace  sluice-system", "metadata/annotations", `{"openshift.io/node-selector":""}`},
		{"platform=openshift", "Namespace  sluice-system", "metadata/annotations", "absent"},
		{"platform=openshift", "Namespace  sluice-agent", "metadata/annotations", `{"openshift.io/node-selector":""}`},
		{"certificates.secretName=own,certificates.mode=cert-manager", deployment, pod + "volumes/0/secret/secretName", `"sluice-webhook-tls"`},
		{"agent.enabled=false,platform=openshift", "SecurityContextConstraints.security.openshift.io  sluice-agent", "users", "absent"},
		{"agent.enabled=false,monitoring.enabled=true", "ServiceMonitor.monitoring.coreos.com sluice-agent sluice-agent", "spec", "absent"},
		{"agent.enabled=false,monitoring.enabled=true", "ServiceMonitor.monitoring.coreos.com sluice-system sluice-webhook", "spec/endpoints/0/port", `"metrics"`},
		{"agent.enabled=false,monitoring.enabled=true", "PrometheusRule.monitoring.coreos.com sluice-agent sluice-agent", "spec", "absent"},
		{"monitoring.enabled=true,webhook.replicas=1", rules, missing, alert("1")},
		{"monitoring.enabled=true,webhook.replicas=5", rules, missing, alert("5")},
		{"monitoring.enabled=true,webhook.mode=localhost", rules, missing, alert("1")},
		{"monitoring.enabled=true", "PrometheusRule.monitoring.coreos.com sluice-agent sluice-agent", "spec/groups/0/name", `"sluice.agents"`},
		{"monitoring.enabled=true", rules, firstAlert + "runbook_url", "absent"},
		{"monitoring.enabled=true,monitoring.runbookURL=https://books.example.com/sluice", rules, firstAlert + "runbook_url", `"https://books.example.com/sluice/SluiceWebhookDown.md"`},
		{"monitoring.enabled=true,monitoring.runbookURL=https://books.example.com/sluice/", "PrometheusRule.monitoring.coreos.com sluice-agent sluice-agent", "spec/groups/0/rules/0/annotations/runbook_url", `"https://books.example.com/sluice/SluiceAgentsMissing.md"`},
		{"agent.mode=observe", agents, container + "env/1/value", `"observe"`},
		{"agent.image.tag=v1,agent.image.pullPolicy=Never", agents, container + "image", `"sluice-agent:v1"`},
		{"agent.image.pullPolicy=Never", agents, container + "imagePullPolicy", `"Never"`},
		{"agent.image.pullSecrets={a}", agents, pod + "imagePullSecrets", `[{"name":"a"}]`},
		{"agent.logLevel=debug,agent.extraArgs={--hold-down=1m}", agents, container + "args", `["--metrics-bind=:9797","--health-bind=127.0.0.1:9798","--log-level=debug","--hold-down=1m"]`},
		{"agent.hostPaths.ovn=/var/run/ovn", agents, pod + "volumes/2/hostPath/path", `"/var/run/ovn"`},
		{"agent.hostPaths.openvswitch=/ovs,agent.hostPaths.openvswitchLog=/log", agents, pod + "volumes/1/hostPath/path", `"/log"`},
		{"agent.resources.limits=null", agents, container + "resources", `{"requests":{"cpu":"10m","memory":"40Mi"}}`},
		{"agent.nodeSelector=null,agent.tolerations=null,agent.priorityClassName=", agents, pod + "nodeSelector", "absent"},
		{"agent.nodeSelector=null,agent.tolerations=null,agent.priorityClassName=", agents, pod + "tolerations", "absent"},
		{"agent.nodeSelector=null,agent.tolerations=null,agent.priorityClassName=", agents, pod + "priorityClassName", "absent"},
		{"agent.affinity.nodeAffinity.x=1", agents, pod + "affinity", `{"nodeAffinity":{"x":1}}`},
		{"agent.maxUnavailable=2", agents, "spec/updateStrategy/rollingUpdate/maxUnavailable", "2"},
		{"crds.install=false", policies, "spec", "absent"},
		{"crds.keep=false", policies, "metadata/annotations/helm.sh~resource-policy", "absent"},
		{"crds.keep=false,networkCRD.install=true", network, "metadata/annotations/helm.sh~resource-policy", "absent"},
		{"crds.keep=false,networkCRD.install=true", "Namespace  openshift-network-operator", "metadata/annotations", "absent"},
		{"createNamespaces=never,networkCRD.install=true", "Namespace  openshift-network-operator", "metadata", "absent"},
		{"createNamespaces=never", "Namespace  sluice-system", "metadata", "absent"},
		{"createNamespaces=never", "Namespace  sluice-agent", "metadata", "absent"},
		{"monitoring.enabled=true,monitoring.labels.release=x", "PrometheusRule.monitoring.coreos.com sluice-system sluice", "metadata/labels", `{"app.kubernetes.io/name":"sluice","release":"x"}`},
		{"monitoring.enabled=true,monitoring.prometheus.namespace=m,monitoring.prometheus.serviceAccount=p", "RoleBinding.rbac.authorization.k8s.io sluice-agent sluice-prometheus", "subjects", `[{"kind":"ServiceAccount","name":"p","namespace":"m"}]`},
	} {
		t.Run(c.set, func(t *testing.T) {
			objects := byName(t, rendered(t, "--set", c.set))
			if got := at(t, objects[c.object], c.path); got != c.want {
				t.Errorf("%s of %s is %s, not %s", c.path, c.object, got, c.want)
			}
		})
	}
}

// TestTheReleasesNamespace is Helm's to make; tools that only apply may have the chart do it.
func TestTheReleasesNamespace(t *testing.T) {
	for _, c := range []struct {
		args           []string
		system, agents bool
	}{
		{nil, true, true},
		{[]string{"--namespace=sluice-system"}, false, true},
		{[]string{"--namespace=sluice-agent"}, true, false},
		{[]string{"--namespace=sluice-system", "--set=createNamespaces=always"}, true, true},
	} {
		objects := byName(t, rendered(t, c.args...))
		if got := objects["Namespace  sluice-system"] != nil; got != c.system {
			t.Errorf("%v: sluice-system: %t", c.args, got)
		}
		if got := objects["Namespace  sluice-agent"] != nil; got != c.agents {
			t.Errorf("%v: sluice-agent: %t", c.args, got)
		}
	}
}

// The users to whom no policy applies are named in the admission policy on removals, too.
func TestExemptUsersMayRemove(t *testing.T) {
	const want = `"!(request.userInfo.username in ['system:serviceaccount:openshift-network-operator:cluster-network-operator', 'it\\'s']) \u0026\u0026 (`
	removal := byName(t, rendered(t, "--set", "webhook.exemptUsers={it's}"))["ValidatingAdmissionPolicy.admissionregistration.k8s.io  sluice-removal"]
	if got := at(t, removal, "spec/matchConditions/0/expression"); !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	}
}
