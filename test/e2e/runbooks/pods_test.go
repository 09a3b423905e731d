package runbooks

import (
	"errors"
	"strings"
	"testing"

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
