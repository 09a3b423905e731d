package kube

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// Networks is the resource of Network.operator. Package operator/v1 of openshift/api defines it
// too, and a test compares the two. Linking that package would cost an agent memory for three
// words.
func Networks() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "operator.openshift.io", Version: "v1", Resource: "networks"}
}

// The resources of Kubernetes that Sluice reads or writes.

// ConfigMaps is the resource of ConfigMap.
func ConfigMaps() schema.GroupVersionResource { return core("configmaps") }

// Namespaces is the resource of Namespace.
func Namespaces() schema.GroupVersionResource { return core("namespaces") }

// Nodes is the resource of Node.
func Nodes() schema.GroupVersionResource { return core("nodes") }

// Events is the resource of Event.
func Events() schema.GroupVersionResource { return core("events") }

func core(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: resource}
}

// Leases is the resource of Lease.
func Leases() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
}

// DaemonSets is the resource of DaemonSet.
func DaemonSets() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "daemonsets"}
}

// CustomResourceDefinitions is the resource of CustomResourceDefinition.
func CustomResourceDefinitions() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
}

// EndpointSlices is the resource of EndpointSlice.
func EndpointSlices() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
}

// AdmissionPolicies is the resource of ValidatingAdmissionPolicy.
func AdmissionPolicies() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies"}
}

// AdmissionPolicyBindings is the resource of ValidatingAdmissionPolicyBinding.
func AdmissionPolicyBindings() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicybindings"}
}

// selfSubjectReviews is the resource that returns the user of a request.
func selfSubjectReviews() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "authentication.k8s.io", Version: "v1", Resource: "selfsubjectreviews"}
}

// selfSubjectAccessReviews is the resource that says what the user of a request may do.
func selfSubjectAccessReviews() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "authorization.k8s.io", Version: "v1", Resource: "selfsubjectaccessreviews"}
}

// Policies is the resource of FlowExportPolicy.
func Policies() schema.GroupVersionResource {
	return v1alpha1.GroupVersion.WithResource("flowexportpolicies")
}

// Profiles is the resource of FlowExportProfile.
func Profiles() schema.GroupVersionResource {
	return v1alpha1.GroupVersion.WithResource("flowexportprofiles")
}

// FlowExports is the resource of FlowExport.
func FlowExports() schema.GroupVersionResource {
	return v1alpha1.GroupVersion.WithResource("flowexports")
}

// NodeFlowExports is the resource of NodeFlowExport.
func NodeFlowExports() schema.GroupVersionResource {
	return v1alpha1.GroupVersion.WithResource("nodeflowexports")
}

// FlowCollectors is the resource of NetObserv's FlowCollector, in the version that it stores.
func FlowCollectors() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: validation.FlowCollectorGroup, Version: "v1beta2", Resource: validation.FlowCollectorResource}
}
