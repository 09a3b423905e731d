package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
)

// podsOf is the resource of Pod.
func podsOf() schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: "pods"}
}

// selector selects the pods and workloads of Sluice.
const selector = "app.kubernetes.io/name=sluice"

// pods looks for pods of Sluice that do not run, and names why. The status of the Deployments and of the
// DaemonSet, which other checks read, says whether pods are missing.
func (c Cluster) pods(ctx context.Context) Finding {
	f := Finding{ID: idPods, State: OK, What: "pods of Sluice"}
	total := 0
	var sick []string
	for _, namespace := range []string{webhookNamespace, v1alpha1.AgentNamespace} {
		list, err := c.Client.Resource(podsOf()).Namespace(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return f.unknown(err)
		}
		for i := range list.Items {
			var p corev1.Pod
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, &p); err != nil {
				return f.unknown(err)
			}
			total++
			if why := sickness(p); why != "" {
				sick = append(sick, fmt.Sprintf("%s/%s: %s", namespace, p.Name, why))
				if f.Do == "" {
					f.Do = fmt.Sprintf("kubectl -n %[1]s describe pod %[2]s; kubectl -n %[1]s logs %[2]s --previous", namespace, p.Name)
				}
			}
		}
	}
	if total == 0 {
		f.Detail = "none"
		return f
	}
	if len(sick) == 0 {
		f.Detail = fmt.Sprintf("%d run", total)
		return f
	}
	slices.Sort(sick)
	f.State, f.Why = Bad, fmt.Sprintf("%d of %d do not run or are not ready: %s", len(sick), total, strings.Join(sick[:min(len(sick), shownPolicies)], "; "))
	if more := len(sick) - shownPolicies; more > 0 {
		f.Why += fmt.Sprintf("; and %d more", more)
	}
	return f
}

// sickness says why a pod does not work; empty if it does, has just started, or has ended.
func sickness(p corev1.Pod) string {
	if p.DeletionTimestamp != nil || p.Status.Phase == corev1.PodSucceeded {
		return ""
	}
	for _, s := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		w := s.State.Waiting
		if w == nil || w.Reason == "ContainerCreating" || w.Reason == "PodInitializing" {
			continue
		}
		text := w.Reason
		if t := s.LastTerminationState.Terminated; t != nil {
			text += fmt.Sprintf(", it ended with exit code %d (%s)", t.ExitCode, t.Reason)
		} else if w.Message != "" {
			text += ": " + shortText(w.Message)
		}
		return text
	}
	for _, c := range p.Status.Conditions {
		if c.Status != corev1.ConditionFalse {
			continue
		}
		switch {
		case c.Type == corev1.PodScheduled:
			return c.Reason + ": " + shortText(c.Message)
		case c.Type == corev1.PodReady && p.Status.Phase == corev1.PodRunning:
			return "not ready"
		}
	}
	if p.Status.Phase == corev1.PodFailed {
		return "failed: " + shortText(p.Status.Reason+" "+p.Status.Message)
	}
	return ""
}

// shortText bounds a text of others.
func shortText(text string) string {
	const most = 200
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strings.Join(strings.Fields(text), " ")
}
