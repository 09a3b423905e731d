package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupName is the API group of Sluice's objects.
const GroupName = "sluice.dev"

// Version is the group's version and kind of these types.
func Version() schema.GroupVersion { return schema.GroupVersion{Group: GroupName, Version: "v1alpha1"} }

// AddToScheme makes the types known to a scheme.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(
		Version(),
		&FlowExportPolicy{}, &FlowExportPolicyList{},
		&FlowExportProfile{}, &FlowExportProfileList{},
		&NodeFlowExport{}, &NodeFlowExportList{},
	)
	metav1.AddToGroupVersion(scheme, Version())
	return nil
}
