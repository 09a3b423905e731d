package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"sluice/api/v1alpha1"
	"sluice/cmd/internal/exit"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
)

// forbidden is a cluster with one node, whose user may get everything, but may not list and
// watch some.
func forbidden(t *testing.T, resource schema.GroupVersionResource) *access {
	t.Helper()
	t.Setenv("KUBE_FEATURE_WatchListClient", "false") // client-go's fakes can't send a list as a watch
	object := func(version, kind, name string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"apiVersion": version, "kind": kind, "metadata": map[string]any{"name": name}}}
	}
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		kube.Networks(): "NetworkList", kube.NodeFlowExports(): "NodeFlowExportList", kube.Nodes(): "NodeList", kube.Leases(): "LeaseList", kube.Profiles(): "FlowExportProfileList",
	}, leaseOf("worker-1"), object("operator.openshift.io/v1", "Network", "cluster"), object("sluice.dev/v1alpha1", "NodeFlowExport", "worker-1"), object("v1", "Node", "worker-1"))
	refusal := apierrors.NewForbidden(resource.GroupResource(), "", nil)
	first := true // status itself lists the reports before it watches them
	client.PrependReactor("list", resource.Resource, func(clienttesting.Action) (bool, runtime.Object, error) {
		if resource == kube.NodeFlowExports() && first {
			first = false
			return false, nil, nil
		}
		return true, nil, refusal
	})
	client.PrependWatchReactor(resource.Resource, func(clienttesting.Action) (bool, watch.Interface, error) {
		return true, nil, refusal
	})
	return &access{Reader: kube.Reader{Client: client}, now: time.Now, ahead: func() time.Duration { return 0 }}
}

// leaseOf is a sign of life of the agent of a node.
func leaseOf(node string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": map[string]any{"name": node, "namespace": v1alpha1.AgentNamespace},
		"spec": map[string]any{"leaseDurationSeconds": int64(3600), "renewTime": time.Now().UTC().Format(metav1.RFC3339Micro)},
	}}
}

func open(a *access) func() (*access, error) {
	return func() (*access, error) { return a, nil }
}

// Nothing that was not seen may be called proved.
func TestVerifyNeedsToSeeTheReports(t *testing.T) {
	var out bytes.Buffer
	err := verifyFlags{timeout: time.Second, output: "text"}.run(t.Context(), open(forbidden(t, kube.NodeFlowExports())), screen{out: &out}, nil)
	if err == nil || exit.Status(err, "test", io.Discard) != 2 || !strings.Contains(err.Error(), "nodeflowexports.sluice.dev is forbidden") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if strings.Contains(out.String(), "RESULT") {
		t.Errorf("a result is printed:\n%s", out.String())
	}
}

func TestVerifyNeedsNotWatchTheNetwork(t *testing.T) {
	var out bytes.Buffer
	err := verifyFlags{timeout: time.Second, output: "text"}.run(t.Context(), open(forbidden(t, kube.Networks())), screen{out: &out}, nil)
	if exit.Status(err, "test", io.Discard) != 1 || !strings.Contains(out.String(), "no answer from the agent") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestStatusSaysWhatItMayNotWatch(t *testing.T) {
	var out bytes.Buffer
	f := statusFlags{output: "text", watch: true}
	err := f.follow(t.Context(), forbidden(t, kube.Networks()), screen{out: &out}, func() status.View { return status.View{Now: time.Now()} })
	if err == nil || !strings.Contains(err.Error(), "networks.operator.openshift.io is forbidden") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestAnEmptyVerificationFails(t *testing.T) {
	p := progress{to: screen{out: &bytes.Buffer{}}}
	if err := p.result(); exit.Status(err, "test", io.Discard) != 1 {
		t.Error(err)
	}
}
