package kube

import (
	"testing"

	operatorv1 "github.com/openshift/api/operator/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
)

// TestResourcesMatchTheirGoTypes derives each resource from the Go type of its objects.
func TestResourcesMatchTheirGoTypes(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		operatorv1.Install, appsv1.AddToScheme, admissionregistrationv1.AddToScheme, authenticationv1.AddToScheme, coordinationv1.AddToScheme,
		corev1.AddToScheme, discoveryv1.AddToScheme, v1alpha1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		object   runtime.Object
		resource schema.GroupVersionResource
	}{
		{&operatorv1.Network{}, Networks()},
		{&corev1.ConfigMap{}, ConfigMaps()},
		{&corev1.Node{}, Nodes()},
		{&coordinationv1.Lease{}, Leases()},
		{&discoveryv1.EndpointSlice{}, EndpointSlices()},
		{&appsv1.DaemonSet{}, DaemonSets()},
		{&admissionregistrationv1.ValidatingAdmissionPolicy{}, AdmissionPolicies()},
		{&authenticationv1.SelfSubjectReview{}, selfSubjectReviews()},
		{&v1alpha1.FlowExportPolicy{}, Policies()},
		{&v1alpha1.FlowExportProfile{}, Profiles()},
		{&v1alpha1.NodeFlowExport{}, NodeFlowExports()},
		{&v1alpha1.FlowExport{}, FlowExports()},
	} {
		kinds, _, err := scheme.ObjectKinds(c.object)
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := meta.UnsafeGuessKindToResource(kinds[0]); c.resource != want {
			t.Errorf("%s is not the resource of %s, which is %s", c.resource, kinds[0], want)
		}
	}
}
