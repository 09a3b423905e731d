package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
)

// nodes reads the Nodes. Those on which no agent is to run, such as Windows nodes, count for nothing.
// Without the right to read Nodes, nodes without an agent are not known, which is a problem.
func (a *access) nodes(ctx context.Context, c *status.Cluster) error {
	nodes, err := a.List(ctx, kube.Nodes(), "")
	c.NodesUnknown = ""
	if apierrors.IsForbidden(err) {
		c.NodesUnknown = err.Error()
		err = nil
	}
	if err != nil {
		return err
	}
	selected, err := a.agentScope(ctx)
	if err != nil {
		return err
	}
	return placeNodes(c, nodes, selected)
}

// placeNodes sorts the Nodes into those on which an agent is to run, and all others.
func placeNodes(c *status.Cluster, nodes []unstructured.Unstructured, of scope) error {
	c.Installed, c.ScopeUnknown = of.installed, of.unknown
	c.Labels = map[string]map[string]string{}
	for _, u := range nodes {
		c.Labels[u.GetName()] = u.GetLabels()
		var n corev1.Node
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &n); err != nil {
			return fmt.Errorf("read Node %s: %w", u.GetName(), err)
		}
		in, err := of.selected.Match(&n)
		if err != nil {
			return fmt.Errorf("read the node affinity of DaemonSet %s: %w", v1alpha1.AgentDaemonSet, err)
		}
		if !in {
			c.OutOfScope = append(c.OutOfScope, n.Name)
			continue
		}
		c.Nodes = append(c.Nodes, n.Name)
		if !ready(u) {
			c.NotReady = append(c.NotReady, n.Name)
		}
	}
	return nil
}

// scope is where agents are to run, and whether their DaemonSet exists.
type scope struct {
	selected  nodeaffinity.RequiredNodeAffinity
	installed bool
	// unknown says why the DaemonSet can't be read; empty if it can.
	unknown string
}

// agentScope says on which nodes agents are to run: those that the DaemonSet selects by node selector
// and affinity. If the DaemonSet can't be read, or agents run without one, these are all but the
// Windows nodes.
func (a *access) agentScope(ctx context.Context) (scope, error) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
			MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelOSStable, Operator: corev1.NodeSelectorOpNotIn, Values: []string{string(corev1.Windows)}}},
		}}},
	}}}}
	u, err := a.Client.Resource(kube.DaemonSets()).Namespace(v1alpha1.AgentNamespace).Get(ctx, v1alpha1.AgentDaemonSet, metav1.GetOptions{})
	switch {
	case apierrors.IsForbidden(err):
		return scope{selected: nodeaffinity.GetRequiredNodeAffinity(pod), unknown: err.Error()}, nil
	case apierrors.IsNotFound(err):
		return scope{selected: nodeaffinity.GetRequiredNodeAffinity(pod)}, nil
	case err != nil:
		return scope{}, fmt.Errorf("read DaemonSet %s/%s: %w", v1alpha1.AgentNamespace, v1alpha1.AgentDaemonSet, err)
	}
	var d appsv1.DaemonSet
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &d); err != nil {
		return scope{}, fmt.Errorf("read DaemonSet %s/%s: %w", v1alpha1.AgentNamespace, v1alpha1.AgentDaemonSet, err)
	}
	pod.Spec = d.Spec.Template.Spec
	return scope{selected: nodeaffinity.GetRequiredNodeAffinity(pod), installed: true}, nil
}

// ready reports whether a Node is ready. One that has no such condition is not run by a
// kubelet; nothing is known of it then.
func ready(node unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(node.Object, "status", "conditions")
	for _, c := range conditions {
		if condition, ok := c.(map[string]any); ok && condition["type"] == "Ready" {
			return condition["status"] == "True"
		}
	}
	return true
}
