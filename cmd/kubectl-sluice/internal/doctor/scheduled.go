package doctor

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// scheduled checks whether the DaemonSet of the agents has a ready pod on each node that it selects.
func (c Cluster) scheduled(ctx context.Context) Finding {
	f := Finding{ID: idDaemonSet, State: OK, What: "DaemonSet of the agents"}
	u, err := c.Client.Resource(kube.DaemonSets()).Namespace(v1alpha1.AgentNamespace).Get(ctx, v1alpha1.AgentDaemonSet, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		f.Detail = "not installed; the agents are optional"
		return f
	case err != nil:
		return f.unknown(err)
	}
	var d appsv1.DaemonSet
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &d); err != nil {
		return f.unknown(err)
	}
	s := d.Status
	f.Detail = fmt.Sprintf("%d of %d ready", s.NumberReady, s.DesiredNumberScheduled)
	describe := fmt.Sprintf("kubectl -n %[1]s describe daemonset %[2]s; kubectl -n %[1]s get pods -o wide", v1alpha1.AgentNamespace, v1alpha1.AgentDaemonSet)
	switch {
	case s.ObservedGeneration == 0 || s.ObservedGeneration < d.Generation:
		f.State, f.Do = Unknown, describe
		f.Why = fmt.Sprintf("no controller of Kubernetes has reported about generation %d of the DaemonSet", d.Generation)
	case s.DesiredNumberScheduled == 0:
		f.State, f.Why, f.Do = Warn, "it selects no node", describe
	case s.CurrentNumberScheduled < s.DesiredNumberScheduled:
		f.State, f.Do = Bad, describe
		f.Why = fmt.Sprintf("the agent is missing on %d of %d nodes: the pods are not created; see the Events", s.DesiredNumberScheduled-s.CurrentNumberScheduled, s.DesiredNumberScheduled)
	case s.NumberReady < s.DesiredNumberScheduled:
		f.State, f.Do = Bad, describe
		f.Why = fmt.Sprintf("%d of %d agents are ready", s.NumberReady, s.DesiredNumberScheduled)
	case s.UpdatedNumberScheduled < s.DesiredNumberScheduled:
		f.State, f.Do = Warn, fmt.Sprintf("kubectl -n %s rollout status daemonset/%s", v1alpha1.AgentNamespace, v1alpha1.AgentDaemonSet)
		f.Why = fmt.Sprintf("%d of %d agents are of the present version of the DaemonSet", s.UpdatedNumberScheduled, s.DesiredNumberScheduled)
	}
	return f
}
