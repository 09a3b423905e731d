package runbooks

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"sluice/test/harness/cluster"
)

// TestPagesAboutPods installs the overlay with the controllers of Kubernetes and without a scheduler, so that the pods are
// pending. The test does the scheduler's and the kubelet's part for one of them.
func TestPagesAboutPods(t *testing.T) {
	control, err := cluster.StartControlPlane(t.Context(), cluster.Users())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := control.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := control.InstallOpenShift(t.Context()); err != nil {
		t.Fatal(err)
	}
	overlay, err := control.Overlay(t.Context(), "managed")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := control.Apply(t.Context(), overlay); err != nil {
		t.Fatal(err)
	}
	var log cluster.Log
	stop, err := control.StartWorkloadControllers(t.Context(), &log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("%v\n%s", err, log.String())
		}
	})
	const webhooks, controllers = "kubectl -n sluice-system get pods -l app.kubernetes.io/component=webhook", "kubectl -n sluice-system get pods -l app.kubernetes.io/component=controller"
	eventually(t, func() string {
		if output := run(t, control, webhooks+"; "+controllers); strings.Count(output, "Pending") != 3 {
			return output
		}
		return ""
	})
	shows(t, "SluiceControllerDown", controllers+" -o wide", run(t, control, controllers+" -o wide"))
	const arguments = webhooks + " -o jsonpath='{.items[*].spec.containers[*].args}'"
	shows(t, "SluiceCertificateExpiring", arguments, run(t, control, arguments))
	shows(t, "SluiceCertificateNotRenewed", arguments, run(t, control, arguments))
	const daemonsets = "kubectl -n sluice-agent get daemonsets"
	shows(t, "SluiceAgentsMissing", daemonsets, run(t, control, daemonsets))
	shows(t, "SluiceWebhookDown", doctor, finding(t, control, "no ready endpoint"))
	if err := runOne(t, control); err != nil {
		t.Fatal(err)
	}
	shows(t, "SluiceWebhookReplicaMissing", webhooks+" -o wide", run(t, control, webhooks+" -o wide"))
	measurePods(t, control)
	top := strings.Replace(webhooks, "get pods", "top pods", 1)
	shows(t, "SluiceWebhookSlow", top, run(t, control, top))
}

// measurePods does the part of the Metrics API, with a CRD in place of a server: kubectl reads the same objects.
func measurePods(t *testing.T, control *cluster.ControlPlane) {
	t.Helper()
	must(t, control, `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: pods.metrics.k8s.io
  annotations: {api-approved.kubernetes.io: "unapproved, in the place of the Metrics API"}
spec:
  group: metrics.k8s.io
  scope: Namespaced
  names: {kind: PodMetrics, listKind: PodMetricsList, plural: pods}
  versions: [{name: v1beta1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`, "apply", "-f", "-")
	must(t, control, "", "wait", "--for=condition=Established", "--timeout=30s", "crd/pods.metrics.k8s.io")
	list, err := kubernetes.NewForConfigOrDie(control.As(cluster.Admin)).CoreV1().Pods(cluster.SystemNamespace).List(t.Context(), metav1.ListOptions{LabelSelector: "app.kubernetes.io/component=webhook"})
	if err != nil {
		t.Fatal(err)
	}
	usage := [][2]string{{"3m", "31Mi"}, {"187m", "46Mi"}}
	for i, pod := range list.Items {
		must(t, control, fmt.Sprintf("{apiVersion: metrics.k8s.io/v1beta1, kind: PodMetrics, metadata: {name: %s, namespace: %s, labels: {app.kubernetes.io/component: webhook}}, "+
			"timestamp: %q, window: 30s, containers: [{name: webhook, usage: {cpu: %s, memory: %s}}]}", pod.Name, pod.Namespace, time.Now().UTC().Format(time.RFC3339), usage[i%2][0], usage[i%2][1]), "apply", "-f", "-")
	}
}

// runOne binds the first replica to a node and reports it as ready.
func runOne(t *testing.T, control *cluster.ControlPlane) error {
	t.Helper()
	must(t, control, `{apiVersion: v1, kind: Node, metadata: {name: master-0}}`, "create", "-f", "-")
	pods := kubernetes.NewForConfigOrDie(control.As(cluster.Admin)).CoreV1().Pods(cluster.SystemNamespace)
	list, err := pods.List(t.Context(), metav1.ListOptions{LabelSelector: "app.kubernetes.io/component=webhook"})
	if err != nil || len(list.Items) != 2 {
		return errors.Join(errors.New("there are not two replicas"), err)
	}
	name := list.Items[0].Name
	if err := pods.Bind(t.Context(), &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: name}, Target: corev1.ObjectReference{Kind: "Node", Name: "master-0"}}, metav1.CreateOptions{}); err != nil {
		return err
	}
	pod, err := pods.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	pod.Status.Phase, pod.Status.PodIP = corev1.PodRunning, "10.128.0.17"
	pod.Status.PodIPs = []corev1.PodIP{{IP: pod.Status.PodIP}}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: pod.Spec.Containers[0].Name, Ready: true,
		State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: pod.CreationTimestamp}},
	}}
	_, err = pods.UpdateStatus(t.Context(), pod, metav1.UpdateOptions{})
	return err
}
