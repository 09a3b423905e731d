package doctor

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// platform checks whether there is a Network.operator that Sluice can work with.
func (c Cluster) platform(ctx context.Context) Finding {
	f := Finding{ID: idPlatform, State: OK, What: "Network.operator and network plugin"}
	u, err := c.Network(ctx)
	if err != nil {
		return f.unknown(err)
	}
	if u == nil {
		f.State, f.Why = Warn, `there is no Network.operator "cluster", so nothing is exported`
		f.Do = "on OpenShift, look at the Cluster Network Operator: oc get clusteroperator network; elsewhere, create the object: see docs/install/kubernetes.md"
		return f
	}
	kind, _, _ := unstructured.NestedString(u.Object, "spec", "defaultNetwork", "type")
	managed, _, _ := unstructured.NestedString(u.Object, "spec", "managementState")
	var details []string
	if version := c.openShift(ctx); version != "" {
		details = append(details, "OpenShift "+version)
	}
	if kind != "" {
		details = append(details, kind)
	}
	f.Detail = strings.Join(details, ", ")
	switch {
	case kind != "" && kind != "OVNKubernetes":
		f.State, f.Why = Warn, fmt.Sprintf("the network plugin is %s; agents apply the lists only with OVNKubernetes", kind)
		f.Do = "without OVN-Kubernetes, install Sluice without the agents"
	case managed == "Unmanaged":
		f.State, f.Why = Warn, "managementState is Unmanaged, so neither the Cluster Network Operator nor the agents apply the lists"
		f.Do = `oc patch network.operator cluster --type=merge -p '{"spec":{"managementState":"Managed"}}'`
	}
	return f
}

// openShift is the version of OpenShift; empty on other clusters, and if it can't be read.
func (c Cluster) openShift(ctx context.Context) string {
	u, err := c.Client.Resource(schema.GroupVersionResource{Group: "config.openshift.io", Version: "v1", Resource: "clusterversions"}).Get(ctx, "version", metav1.GetOptions{})
	if err != nil {
		return ""
	}
	version, _, _ := unstructured.NestedString(u.Object, "status", "desired", "version")
	return version
}

// monitoring checks whether Prometheus has Sluice's alerts.
func (c Cluster) monitoring(ctx context.Context) Finding {
	f := Finding{ID: idMonitoring, State: OK, What: "alerts of Sluice in Prometheus"}
	rules := c.Client.Resource(schema.GroupVersionResource{Group: "monitoring.coreos.com", Version: "v1", Resource: "prometheusrules"})
	list, err := rules.Namespace(webhookNamespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	switch {
	case apierrors.IsNotFound(err):
		f.Detail = "the cluster has no Prometheus Operator, so there are none"
	case err != nil:
		return f.unknown(err)
	case len(list.Items) == 0:
		f.State, f.Why = Warn, "the cluster has the Prometheus Operator, but there is no PrometheusRule of Sluice in namespace "+webhookNamespace
		f.Do = "add the component manifests/components/monitoring to your overlay, or set monitoring.enabled=true in the Helm chart"
	default:
		f.Detail = "installed"
	}
	return f
}
