package main

import (
	"errors"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	clienttesting "k8s.io/client-go/testing"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
)

func nodeWith(name string, labels map[string]string) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
}

func daemonSet(selector map[string]string, requirements ...corev1.NodeSelectorRequirement) *appsv1.DaemonSet {
	spec := corev1.PodSpec{NodeSelector: selector}
	if len(requirements) > 0 {
		spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: requirements}},
		}}}
	}
	return &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.AgentNamespace, Name: v1alpha1.AgentDaemonSet},
		Spec:       appsv1.DaemonSetSpec{Template: corev1.PodTemplateSpec{Spec: spec}},
	}
}

func TestNodesWithoutAnAgentByIntention(t *testing.T) {
	linux := map[string]string{corev1.LabelOSStable: "linux"}
	all := []runtime.Object{
		nodeWith("bare", nil), nodeWith("linux", linux),
		nodeWith("virtual", map[string]string{corev1.LabelOSStable: "linux", "type": "virtual-kubelet"}),
		nodeWith("windows", map[string]string{corev1.LabelOSStable: "windows"}),
	}
	notVirtual := corev1.NodeSelectorRequirement{Key: "type", Operator: corev1.NodeSelectorOpNotIn, Values: []string{"virtual-kubelet"}}
	for name, c := range map[string]struct {
		set  *appsv1.DaemonSet
		fail error
		in   []string
	}{
		"no DaemonSet":                 {nil, nil, []string{"bare", "linux", "virtual"}},
		"the DaemonSet can't be read":  {nil, apierrors.NewForbidden(schema.GroupResource{Resource: "daemonsets"}, v1alpha1.AgentDaemonSet, errors.New("no")), []string{"bare", "linux", "virtual"}},
		"the DaemonSet as shipped":     {daemonSet(linux), nil, []string{"linux", "virtual"}},
		"a DaemonSet with an affinity": {daemonSet(linux, notVirtual), nil, []string{"linux"}},
		"a DaemonSet for all nodes":    {daemonSet(nil), nil, []string{"bare", "linux", "virtual", "windows"}},
	} {
		t.Run(name, func(t *testing.T) {
			objects := slices.Clone(all)
			if c.set != nil {
				objects = append(objects, c.set)
			}
			client := fake.NewSimpleDynamicClient(clientscheme.Scheme, objects...)
			if c.fail != nil {
				client.PrependReactor("get", "daemonsets", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, c.fail })
			}
			var got status.Cluster
			if err := (&access{Reader: kube.Reader{Client: client}}).nodes(t.Context(), &got); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Nodes, c.in) || len(got.Nodes)+len(got.OutOfScope) != len(all) {
				t.Errorf("in scope %v, out of scope %v, want %v in scope", got.Nodes, got.OutOfScope, c.in)
			}
			if got.Installed != (c.set != nil) || (got.ScopeUnknown != "") != (c.fail != nil) {
				t.Errorf("installed: %v, unknown: %s", got.Installed, got.ScopeUnknown)
			}
		})
	}
}

// What is unknown is not taken for a node without an agent.
func TestAnUnreadableDaemonSetIsAnError(t *testing.T) {
	client := fake.NewSimpleDynamicClient(clientscheme.Scheme)
	client.PrependReactor("get", "daemonsets", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, errors.New("timeout") })
	if err := (&access{Reader: kube.Reader{Client: client}}).nodes(t.Context(), &status.Cluster{}); err == nil {
		t.Error("no error")
	}
}
