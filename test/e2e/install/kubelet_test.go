package install

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"sluice/test/harness/cluster"
)

// kubelet does what a scheduler and a kubelet do with the pods of a namespace, without containers.
type kubelet struct {
	nodes corev1client.NodeInterface
	pods  corev1client.PodInterface
}

const nodeName = "only"

func newKubelet(control *cluster.ControlPlane) *kubelet {
	client := kubernetes.NewForConfigOrDie(control.As(cluster.Admin)).CoreV1()
	return &kubelet{client.Nodes(), client.Pods("sluice-system")}
}

// run handles the pods until ctx ends.
func (k *kubelet) run(ctx context.Context) error {
	err := wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		pods, err := k.pods.List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err
		}
		for i := range pods.Items {
			if err := k.handle(ctx, &pods.Items[i]); err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
				return false, fmt.Errorf("pod %s: %w", pods.Items[i].Name, err)
			}
		}
		return false, nil
	})
	if wait.Interrupted(err) {
		return nil // the test ended
	}
	return err
}

func (k *kubelet) handle(ctx context.Context, pod *corev1.Pod) error {
	switch {
	case pod.DeletionTimestamp != nil:
		return k.pods.Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: new(int64)})
	case pod.Spec.NodeName == "":
		node, err := k.nodes.Get(ctx, nodeName, metav1.GetOptions{})
		if err != nil || node.Spec.Unschedulable {
			return err
		}
		return k.pods.Bind(ctx, &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: pod.Name}, Target: corev1.ObjectReference{Kind: "Node", Name: nodeName}}, metav1.CreateOptions{})
	case pod.Status.Phase != corev1.PodRunning:
		pod.Status.Phase = corev1.PodRunning
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		_, err := k.pods.UpdateStatus(ctx, pod, metav1.UpdateOptions{})
		return err
	}
	return nil
}
